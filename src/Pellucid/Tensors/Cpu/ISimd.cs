namespace Pellucid.Tensors.Cpu;

/// <summary>A register of floats. Every kernel is written once over it, and compiled for each instruction set.</summary>
internal unsafe interface ISimd<TSelf> where TSelf : unmanaged, ISimd<TSelf>
{
    /// <summary>Floats in a register.</summary>
    static abstract int Width { get; }

    static abstract TSelf Load(float* source);

    static abstract void Store(TSelf value, float* destination);

    /// <summary>The same float in every lane.</summary>
    static abstract TSelf All(float value);

    /// <summary>A float in the first lane, in each of the next ones 1 more.</summary>
    static abstract TSelf Sequence(float first);

    static abstract TSelf operator +(TSelf left, TSelf right);

    static abstract TSelf operator -(TSelf left, TSelf right);

    static abstract TSelf operator *(TSelf left, TSelf right);

    static abstract TSelf operator /(TSelf left, TSelf right);

    /// <summary>a · b + c, rounded once.</summary>
    static abstract TSelf MultiplyAdd(TSelf a, TSelf b, TSelf c);

    /// <summary>The larger of each lane; NaN in <paramref name="right"/> stays, in <paramref name="left"/> need not.</summary>
    static abstract TSelf Max(TSelf left, TSelf right);

    /// <summary>The smaller of each lane, with NaN as in <see cref="Max"/>.</summary>
    static abstract TSelf Min(TSelf left, TSelf right);

    static abstract TSelf Sqrt(TSelf value);

    /// <summary>To the nearest integer.</summary>
    static abstract TSelf Round(TSelf value);

    /// <summary>x · 2ⁿ for whole n from −126 to 127.</summary>
    static abstract TSelf TimesPowerOfTwo(TSelf x, TSelf n);

    /// <summary>Splits a positive normal number into m · 2ᵉ with m from √½ to √2.</summary>
    static abstract TSelf Split(TSelf x, out TSelf exponent);

    /// <summary>Lanes of <paramref name="then"/> where a &lt; b, else of <paramref name="otherwise"/>; NaN is not less.</summary>
    static abstract TSelf WhereLess(TSelf a, TSelf b, TSelf then, TSelf otherwise);

    /// <summary>Two registers from one register of words:
    /// the lower halves of the words, and the upper ones, each the upper half of a single.</summary>
    static abstract TSelf FromBFloat16(uint* words, out TSelf upper);

    /// <summary>The same from halves in IEEE half precision; finite ones.</summary>
    /// <remarks>
    /// Exponent and fraction, moved to where singles have them and 96 added to the exponent, are 2⁻¹⁶ of what they stand for. Of a
    /// subnormal half that reads a leading bit which is not there: twice it less 2⁻¹⁴ is right, and is the smaller of the two for
    /// these alone. No single on the way is subnormal, for Intel's processors multiply such ones many times slower.
    /// </remarks>
    static abstract TSelf FromFloat16(uint* words, out TSelf upper);

    /// <summary>A register of consecutive upper halves of singles.</summary>
    static abstract TSelf FromBFloat16(ushort* halves);

    /// <summary>A register of consecutive signed bytes.</summary>
    static abstract TSelf FromBytes(sbyte* bytes);

    /// <summary>Sum of the lanes, in a fixed order.</summary>
    static abstract float Sum(TSelf value);

    /// <summary>Largest lane.</summary>
    static abstract float Largest(TSelf value);
}
