using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static Pellucid.Tensors.Cpu.BlockIntegers;

namespace Pellucid.Tensors.Cpu;

/// <summary>q2_K: x = (d · s) · q − dmin · m.</summary>
internal readonly unsafe struct Q2KIntegers : IBlockIntegers
{
    public static int Steps => 256;

    public static int Bytes => 84;

    public static int WordsOfScale => 4;

    public static IntegerRange Range => IntegerRange.Unsigned;

    public static int Centre => 0;

    public static bool HasOffsets => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PutScales(int* block, byte* loose, IntegerSlab to)
    {
        var (d, dmin) = (LowerHalf(Word(block, 20)), UpperHalf(Word(block, 20)));
        for (nint i = 0; i < 4; i++)
        for (var (sub, four) = (4 * i, Word(block, i)); sub < 4 * i + 4; sub++, four >>>= 8)
        {
            to.PutScale(sub, d * Singles(four & All(15)));
            to.PutOffset(sub, -(dmin * Singles(four >>> 4 & All(15))));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScaleWords At(int* block, nint scale) =>
        // Sixteen words in each half of the block: two scales, the next two bits of the same words, and so on.
        new(WordAt(block, 4 + 8 * (scale >> 3) + 4 * (scale & 1)), scale & 6);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Integers(ScaleWords at, nint i) => at.Bits(i, 0x03030303);
}

/// <summary>q3_K: x = (d · s) · (q − 4).</summary>
internal readonly unsafe struct Q3KIntegers : IBlockIntegers
{
    public static int Steps => 256;

    public static int Bytes => 110;

    public static int WordsOfScale => 4;

    public static IntegerRange Range => IntegerRange.Unsigned;

    public static int Centre => 4;

    public static bool HasOffsets => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PutScales(int* block, byte* loose, IntegerSlab to)
    {
        var d = LooseHalves(loose);
        var (first, second, high) = (Word(block, 24), Word(block, 25), Word(block, 26));
        Four(d, Nibble(first, 0), high << 4, 0, to);
        Four(d, Nibble(second, 0), high << 2, 4, to);
        Four(d, Nibble(first, 1), high, 8, to);
        Four(d, Nibble(second, 1), high >>> 2, 12, to);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScaleWords At(int* block, nint scale)
    {
        // As in q2_K; the third bits of all eight pairs of scales lie in the bits of the same words.
        var word = 4 * (scale & 1);
        return new(WordAt(block, 8 + 8 * (scale >> 3) + word), scale & 6, WordAt(block, word), scale >> 1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Integers(ScaleWords at, nint i) => at.Bits(i, 0x03030303) | at.UpperBits(i, 0x01010101) << 2;

    // Scales of six bits, less 32: lower four bits, and in bits 4 and 5 the upper two.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Four(Vector256<float> d, Vector256<int> lower, Vector256<int> upper, nint first, IntegerSlab to)
    {
        var scales = lower | upper & All(0x30303030);
        to.PutScale(first, d * Singles((scales & All(255)) - All(32)));
        to.PutScale(first + 1, d * Singles((scales >>> 8 & All(255)) - All(32)));
        to.PutScale(first + 2, d * Singles((scales >>> 16 & All(255)) - All(32)));
        to.PutScale(first + 3, d * Singles((scales >>> 24) - All(32)));
    }
}

/// <summary>q4_K: x = (d · s) · q − dmin · m.</summary>
internal readonly unsafe struct Q4KIntegers : IBlockIntegers
{
    public static int Steps => 256;

    public static int Bytes => 144;

    public static int WordsOfScale => 8;

    public static IntegerRange Range => IntegerRange.Unsigned;

    public static int Centre => 0;

    public static bool HasOffsets => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PutScales(int* block, byte* loose, IntegerSlab to) => SixBits.Put(block, to, together: 1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScaleWords At(int* block, nint scale) => new(WordAt(block, 4 + 8 * (scale >> 1)), 4 * (scale & 1));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Integers(ScaleWords at, nint i) => at.Bits(i, 0x0f0f0f0f);
}

/// <summary>q5_K: as q4_K, with a fifth bit; its integers are summed as those of q5_1.</summary>
internal readonly unsafe struct Q5KIntegers : IBlockIntegers
{
    public static int Steps => 256;

    public static int Bytes => 176;

    public static int WordsOfScale => 4;

    public static IntegerRange Range => IntegerRange.Unsigned;

    public static int Centre => 0;

    public static bool HasOffsets => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PutScales(int* block, byte* loose, IntegerSlab to) => SixBits.Put(block, to, together: 2);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScaleWords At(int* block, nint scale)
    {
        var (sub, word) = (scale >> 1, 4 * (scale & 1)); // two of our scales are one of the format's
        return new(WordAt(block, 12 + 8 * (sub >> 1) + word), 4 * (sub & 1), WordAt(block, 4 + word), sub);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Integers(ScaleWords at, nint i) => at.Bits(i, 0x0f0f0f0f) | at.UpperBits(i, 0x01010101) << 4;
}

/// <summary>q6_K: x = (d · s) · (q − 32), laid out by <see cref="Q6KWords"/>.</summary>
internal readonly unsafe struct Q6KIntegers : IBlockIntegers
{
    public static int Steps => 256;

    public static int Bytes => 210;

    public static int WordsOfScale => 4;

    public static IntegerRange Range => IntegerRange.UnsignedHalves;

    public static int Centre => 32;

    public static bool HasOffsets => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PutScales(int* block, byte* loose, IntegerSlab to)
    {
        var d = LooseHalves(loose);
        for (nint word = 0; word < 4; word++)
        {
            var four = Word(block, 48 + word);
            to.PutScale(4 * word, d * Singles(four << 24 >> 24));
            to.PutScale(4 * word + 1, d * Singles(four << 16 >> 24));
            to.PutScale(4 * word + 2, d * Singles(four << 8 >> 24));
            to.PutScale(4 * word + 3, d * Singles(four >> 24));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScaleWords At(int* block, nint scale) => new(WordAt(block, 3 * scale));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Integers(ScaleWords at, nint i) => i < 3 ? at.Word(i) & All(0x3f3f3f3f) : Fourth(at);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Fourth(ScaleWords at)
    {
        var upper = All(unchecked((int)0xc0c0c0c0));
        return (at.Word(0) & upper) >>> 6 | (at.Word(1) & upper) >>> 4 | (at.Word(2) & upper) >>> 2;
    }
}

/// <summary>iq4_xs: x = (d · s) · T[q].</summary>
internal readonly unsafe struct Iq4XsIntegers : IBlockIntegers
{
    public static int Steps => 256;

    public static int Bytes => 136;

    public static int WordsOfScale => 8;

    public static IntegerRange Range => IntegerRange.SignedByte;

    public static int Centre => 0;

    public static bool HasOffsets => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PutScales(int* block, byte* loose, IntegerSlab to)
    {
        var (d, highs, lows) = (LowerHalf(Word(block, 0)), Word(block, 0) >>> 16, Word(block, 1));
        for (nint sub = 0; sub < 8; sub++, highs >>>= 2, lows >>>= 4)
            to.PutScale(sub, d * Singles((lows & All(15) | (highs & All(3)) << 4) - All(32)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScaleWords At(int* block, nint scale) => new(WordAt(block, 2 + 4 * scale));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Integers(ScaleWords at, nint i) => Look(Nibble(at.Word(i & 3), i >> 2), Iq4NlIntegers.Values);
}

/// <summary>Scales and offsets of six bits in twelve bytes, as q4_K and q5_K have them after their two units.</summary>
internal static unsafe class SixBits
{
    /// <summary>d · s and −dmin · m of all eight, each once or twice.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Put(int* block, IntegerSlab to, int together)
    {
        var (d, dmin) = (LowerHalf(Word(block, 0)), UpperHalf(Word(block, 0)));
        var (scales, offsets, upper) = (Word(block, 1), Word(block, 2), Word(block, 3));
        var lastScales = Nibble(upper, 0) | scales >>> 2 & All(0x30303030);
        var lastOffsets = Nibble(upper, 1) | offsets >>> 2 & All(0x30303030);
        (scales, offsets) = (scales & All(0x3f3f3f3f), offsets & All(0x3f3f3f3f));
        for (nint i = 0; i < 4; i++)
        {
            Put(d, scales, dmin, offsets, i * together, together, to);
            Put(d, lastScales, dmin, lastOffsets, (4 + i) * together, together, to);
            (scales, offsets, lastScales, lastOffsets) = (scales >>> 8, offsets >>> 8, lastScales >>> 8, lastOffsets >>> 8);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(Vector256<float> d, Vector256<int> scales, Vector256<float> dmin, Vector256<int> offsets, nint i,
        int together, IntegerSlab to)
    {
        var (scale, offset) = (d * Singles(scales & All(255)), -(dmin * Singles(offsets & All(255))));
        to.PutScale(i, scale);
        to.PutOffset(i, offset);
        if (together == 1)
            return;
        to.PutScale(i + 1, scale);
        to.PutOffset(i + 1, offset);
    }
}
