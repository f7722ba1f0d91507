using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pellucid.Tensors.Cpu;

/// <summary>8 floats: AVX2 with FMA.</summary>
internal readonly unsafe struct Lanes256(Vector256<float> value) : ISimd<Lanes256>
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    private readonly Vector256<float> _value = value;

    public static int Width => Vector256<float>.Count;

    [MethodImpl(Inline)]
    public static Lanes256 Load(float* source) => new(Vector256.Load(source));

    [MethodImpl(Inline)]
    public static void Store(Lanes256 value, float* destination) => value._value.Store(destination);

    [MethodImpl(Inline)]
    public static Lanes256 All(float value) => new(Vector256.Create(value));

    [MethodImpl(Inline)]
    public static Lanes256 Sequence(float first) => new(Vector256.CreateSequence(first, 1));

    [MethodImpl(Inline)]
    public static Lanes256 operator +(Lanes256 left, Lanes256 right) => new(left._value + right._value);

    [MethodImpl(Inline)]
    public static Lanes256 operator -(Lanes256 left, Lanes256 right) => new(left._value - right._value);

    [MethodImpl(Inline)]
    public static Lanes256 operator *(Lanes256 left, Lanes256 right) => new(left._value * right._value);

    [MethodImpl(Inline)]
    public static Lanes256 operator /(Lanes256 left, Lanes256 right) => new(left._value / right._value);

    [MethodImpl(Inline)]
    public static Lanes256 MultiplyAdd(Lanes256 a, Lanes256 b, Lanes256 c) => new(Vector256.FusedMultiplyAdd(a._value, b._value, c._value));

    [MethodImpl(Inline)]
    public static Lanes256 Max(Lanes256 left, Lanes256 right) => new(Vector256.MaxNative(left._value, right._value));

    [MethodImpl(Inline)]
    public static Lanes256 Min(Lanes256 left, Lanes256 right) => new(Vector256.MinNative(left._value, right._value));

    [MethodImpl(Inline)]
    public static Lanes256 Sqrt(Lanes256 value) => new(Vector256.Sqrt(value._value));

    [MethodImpl(Inline)]
    public static Lanes256 Round(Lanes256 value) => new(Vector256.Round(value._value));

    [MethodImpl(Inline)]
    public static Lanes256 TimesPowerOfTwo(Lanes256 x, Lanes256 n) =>
        new(x._value * (Vector256.ConvertToInt32Native(n._value) + Vector256.Create(127) << 23).AsSingle());

    [MethodImpl(Inline)]
    public static Lanes256 Split(Lanes256 x, out Lanes256 exponent)
    {
        var shift = Vector256.Create(0x3f3504f3); // the bits of √½
        var bits = x._value.AsInt32() - shift;
        exponent = new(Vector256.ConvertToSingle(bits >> 23));
        return new(((bits & Vector256.Create(0x007fffff)) + shift).AsSingle());
    }

    [MethodImpl(Inline)]
    public static Lanes256 WhereLess(Lanes256 a, Lanes256 b, Lanes256 then, Lanes256 otherwise) =>
        new(Vector256.ConditionalSelect(Vector256.LessThan(a._value, b._value), then._value, otherwise._value));

    [MethodImpl(Inline)]
    public static Lanes256 FromBFloat16(uint* words, out Lanes256 upper)
    {
        var bits = Vector256.Load(words);
        upper = new((bits & Vector256.Create(0xffff0000)).AsSingle());
        return new((bits << 16).AsSingle());
    }

    [MethodImpl(Inline)]
    public static Lanes256 FromFloat16(uint* words, out Lanes256 upper)
    {
        var bits = Vector256.Load((int*)words);
        upper = new(FromFloat16(bits >>> 3, bits));
        return new(FromFloat16(bits << 13, bits << 16));
    }

    // From exponents and fractions that were moved, and signs.
    [MethodImpl(Inline)]
    internal static Vector256<float> FromFloat16(Vector256<int> moved, Vector256<int> signs)
    {
        var scaled = (moved & Vector256.Create(0x0fffe000) | Vector256.Create(0x30000000)).AsSingle();
        var size = Vector256.MinNative(scaled * 65536f,
            Vector256.FusedMultiplyAdd(scaled, Vector256.Create(131072f), Vector256.Create(-6.103515625e-5f)));
        return (size.AsInt32() | signs & Vector256.Create(int.MinValue)).AsSingle();
    }

    [MethodImpl(Inline)]
    public static Lanes256 FromBFloat16(ushort* halves) => new((Avx2.ConvertToVector256Int32(halves) << 16).AsSingle());

    [MethodImpl(Inline)]
    public static Lanes256 FromBytes(sbyte* bytes) => new(Vector256.ConvertToSingle(Avx2.ConvertToVector256Int32(bytes)));

    [MethodImpl(Inline)]
    public static float Sum(Lanes256 value) => Vector256.Sum(value._value);

    [MethodImpl(Inline)]
    public static float Largest(Lanes256 value) =>
        Lanes128.Largest(new(Vector128.MaxNative(value._value.GetLower(), value._value.GetUpper())));
}
