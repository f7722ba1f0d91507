using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static Pellucid.Tensors.Cpu.BlockIntegers;

namespace Pellucid.Tensors.Cpu;

/// <summary>q8_0: x = d · q.</summary>
internal readonly unsafe struct Q8_0Integers : IBlockIntegers
{
    public static int Steps => 32;

    public static int Bytes => 34;

    public static int WordsOfScale => 8;

    public static IntegerRange Range => IntegerRange.SignedByte;

    public static int Centre => 0;

    public static bool HasOffsets => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PutScales(int* block, byte* loose, IntegerSlab to) => to.PutScale(0, LooseHalves(loose));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScaleWords At(int* block, nint scale) => new(block);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Integers(ScaleWords at, nint i) => at.Word(i);
}

/// <summary>q4_0: x = d · (q − 8); the upper four bits are those of the step sixteen further.</summary>
internal readonly unsafe struct Q4_0Integers : IBlockIntegers
{
    public static int Steps => 32;

    public static int Bytes => 18;

    public static int WordsOfScale => 8;

    public static IntegerRange Range => IntegerRange.Unsigned;

    public static int Centre => 8;

    public static bool HasOffsets => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PutScales(int* block, byte* loose, IntegerSlab to) => to.PutScale(0, LooseHalves(loose));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScaleWords At(int* block, nint scale) => new(block);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Integers(ScaleWords at, nint i) => Nibble(at.Word(i & 3), i >> 2);
}

/// <summary>q4_1: x = d · q + m.</summary>
internal readonly unsafe struct Q4_1Integers : IBlockIntegers
{
    public static int Steps => 32;

    public static int Bytes => 20;

    public static int WordsOfScale => 8;

    public static IntegerRange Range => IntegerRange.Unsigned;

    public static int Centre => 0;

    public static bool HasOffsets => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PutScales(int* block, byte* loose, IntegerSlab to)
    {
        to.PutScale(0, LowerHalf(Word(block, 0)));
        to.PutOffset(0, UpperHalf(Word(block, 0)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScaleWords At(int* block, nint scale) => new(WordAt(block, 1));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Integers(ScaleWords at, nint i) => Nibble(at.Word(i & 3), i >> 2);
}

/// <summary>q5_0: x = d · (q − 16), the fifth bits of 32 steps in a word of their own.</summary>
internal readonly unsafe struct Q5_0Integers : IBlockIntegers
{
    public static int Steps => 32;

    public static int Bytes => 22;

    public static int WordsOfScale => 8;

    public static IntegerRange Range => IntegerRange.UnsignedHalves;

    public static int Centre => 16;

    public static bool HasOffsets => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PutScales(int* block, byte* loose, IntegerSlab to) => to.PutScale(0, LooseHalves(loose));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScaleWords At(int* block, nint scale) => new(block);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Integers(ScaleWords at, nint i) =>
        Nibble(at.Word(1 + (i & 3)), i >> 2) | FifthBits.Of(at.Word(0), 4 * i);
}

/// <summary>q5_1: x = d · q + m. Sixteen of its integers are as many as 16 bits have room for.</summary>
internal readonly unsafe struct Q5_1Integers : IBlockIntegers
{
    public static int Steps => 32;

    public static int Bytes => 24;

    public static int WordsOfScale => 4;

    public static IntegerRange Range => IntegerRange.Unsigned;

    public static int Centre => 0;

    public static bool HasOffsets => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PutScales(int* block, byte* loose, IntegerSlab to)
    {
        var (scale, offset) = (LowerHalf(Word(block, 0)), UpperHalf(Word(block, 0)));
        for (var half = 0; half < 2; half++)
        {
            to.PutScale(half, scale);
            to.PutOffset(half, offset);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScaleWords At(int* block, nint scale) => new(WordAt(block, 2), 4 * scale, WordAt(block, 1), 16 * scale);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Integers(ScaleWords at, nint i) =>
        at.Bits(i, 0x0f0f0f0f) | FifthBits.Of(at.UpperBits(0, 0xffff), 4 * i);
}

/// <summary>iq4_nl: x = d · T[q].</summary>
internal readonly unsafe struct Iq4NlIntegers : IBlockIntegers
{
    /// <summary>The sixteen values of iq4_nl and iq4_xs.</summary>
    public static Vector128<sbyte> Values =>
        Vector128.Create(-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, (sbyte)113);

    public static int Steps => 32;

    public static int Bytes => 18;

    public static int WordsOfScale => 8;

    public static IntegerRange Range => IntegerRange.SignedByte;

    public static int Centre => 0;

    public static bool HasOffsets => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PutScales(int* block, byte* loose, IntegerSlab to) => to.PutScale(0, LooseHalves(loose));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScaleWords At(int* block, nint scale) => new(block);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Integers(ScaleWords at, nint i) => Look(Nibble(at.Word(i & 3), i >> 2), Values);
}

/// <summary>mxfp4: x = 2^(e − 128) · twice E2M1; the table has it twelve more.</summary>
internal readonly unsafe struct MxFp4Integers : IBlockIntegers
{
    private static Vector128<sbyte> Values => Vector128.Create(12, 13, 14, 15, 16, 18, 20, 24, 12, 11, 10, 9, 8, 6, 4, (sbyte)0);

    public static int Steps => 32;

    public static int Bytes => 17;

    public static int WordsOfScale => 8;

    public static IntegerRange Range => IntegerRange.UnsignedHalves;

    public static int Centre => 12;

    public static bool HasOffsets => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PutScales(int* block, byte* loose, IntegerSlab to)
    {
        var words = Vector128.WidenLower(Vector128.CreateScalar(*(ulong*)loose).AsByte());
        var exponent = Vector256.Create(Vector128.WidenLower(words), Vector128.WidenUpper(words)).AsInt32();
        // The two least powers are denormal.
        to.PutScale(0, Vector256.ConditionalSelect(Vector256.LessThan(exponent, All(2)),
            Vector256.ConditionalSelect(Vector256.Equals(exponent, All(0)), All(0x200000), All(0x400000)),
            exponent - All(1) << 23).AsSingle());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScaleWords At(int* block, nint scale) => new(block);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Integers(ScaleWords at, nint i) => Look(Nibble(at.Word(i & 3), i >> 2), Values);
}

/// <summary>Fifth bits that lie side by side.</summary>
internal static class FifthBits
{
    /// <summary>Four bits from the first on, each as 16 in a byte of its own.</summary>
    /// <remarks>The product has bit j of the four at place 8 j, and nothing else at these places.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Of(Vector256<int> bits, nint first) =>
        ((bits >>> (int)first & All(15)) * All(0x204081) & All(0x01010101)) << 4;
}
