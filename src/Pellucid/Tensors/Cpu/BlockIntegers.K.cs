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

    public static bool LiesReady => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Unpack(int* block, byte* loose, IntegerSlab to)
    {
        var (d, dmin) = (LowerHalf(Word(block, 20)), UpperHalf(Word(block, 20)));
        for (nint i = 0; i < 4; i++)
        for (var (sub, four) = (4 * i, Word(block, i)); sub < 4 * i + 4; sub++, four >>>= 8)
        {
            to.PutScale(sub, d * Singles(four & All(15)));
            to.PutOffset(sub, -(dmin * Singles(four >>> 4 & All(15))));
        }
        for (nint half = 0; half < 2; half++)
        for (nint i = 0, place = 32 * half; i < 8; i++, place++)
        {
            var four = Word(block, 4 + 8 * half + i);
            to.PutWord(place, Pair(four, 0));
            to.PutWord(place + 8, Pair(four, 2));
            to.PutWord(place + 16, Pair(four, 4));
            to.PutWord(place + 24, Pair(four, 6));
        }
    }
}

/// <summary>q3_K: x = (d · s) · q, a third bit of 0 standing for 4 less.</summary>
internal readonly unsafe struct Q3KIntegers : IBlockIntegers
{
    public static int Steps => 256;

    public static int Bytes => 110;

    public static int WordsOfScale => 4;

    public static IntegerRange Range => IntegerRange.Signed;

    public static int Centre => 0;

    public static bool HasOffsets => false;

    public static bool LiesReady => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Unpack(int* block, byte* loose, IntegerSlab to)
    {
        var d = LooseHalves(loose);
        var (first, second, high) = (Word(block, 24), Word(block, 25), Word(block, 26));
        Four(d, Lower(first), high << 4, 0, to);
        Four(d, Lower(second), high << 2, 4, to);
        Four(d, Upper(first), high, 8, to);
        Four(d, Upper(second), high >>> 2, 12, to);
        var bit = All(0x04040404);
        for (nint i = 0; i < 8; i++)
        {
            var (four, third) = (Word(block, 8 + i), Word(block, i));
            to.PutWord(i, Less(Pair(four, 0) | third << 2 & bit, 4));
            to.PutWord(i + 8, Less(Pair(four, 2) | third << 1 & bit, 4));
            to.PutWord(i + 16, Less(Pair(four, 4) | third & bit, 4));
            to.PutWord(i + 24, Less(Pair(four, 6) | third >>> 1 & bit, 4));
            four = Word(block, 16 + i);
            to.PutWord(i + 32, Less(Pair(four, 0) | third >>> 2 & bit, 4));
            to.PutWord(i + 40, Less(Pair(four, 2) | third >>> 3 & bit, 4));
            to.PutWord(i + 48, Less(Pair(four, 4) | third >>> 4 & bit, 4));
            to.PutWord(i + 56, Less(Pair(four, 6) | third >>> 5 & bit, 4));
        }
    }

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

    public static bool LiesReady => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Unpack(int* block, byte* loose, IntegerSlab to)
    {
        SixBits.Put(block, to, together: 1);
        for (nint pair = 0; pair < 4; pair++)
        for (nint i = 0, place = 16 * pair; i < 8; i++, place++)
        {
            var both = Word(block, 4 + 8 * pair + i);
            to.PutWord(place, Lower(both));
            to.PutWord(place + 8, Upper(both));
        }
    }
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

    public static bool LiesReady => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Unpack(int* block, byte* loose, IntegerSlab to)
    {
        SixBits.Put(block, to, together: 2);
        var bit = All(0x10101010);
        for (nint i = 0; i < 8; i++)
        {
            var fifth = Word(block, 4 + i);
            Pair(Word(block, 12 + i), fifth << 4 & bit, fifth << 3 & bit, i, to);
            Pair(Word(block, 20 + i), fifth << 2 & bit, fifth << 1 & bit, 16 + i, to);
            Pair(Word(block, 28 + i), fifth & bit, fifth >>> 1 & bit, 32 + i, to);
            Pair(Word(block, 36 + i), fifth >>> 2 & bit, fifth >>> 3 & bit, 48 + i, to);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Pair(Vector256<int> both, Vector256<int> lower, Vector256<int> upper, nint place, IntegerSlab to)
    {
        to.PutWord(place, Lower(both) | lower);
        to.PutWord(place + 8, Upper(both) | upper);
    }
}

/// <summary>q6_K: x = (d · s) · (q − 32).</summary>
internal readonly unsafe struct Q6KIntegers : IBlockIntegers
{
    public static int Steps => 256;

    public static int Bytes => 210;

    public static int WordsOfScale => 4;

    public static IntegerRange Range => IntegerRange.Signed;

    public static int Centre => 0;

    public static bool HasOffsets => false;

    public static bool LiesReady => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Unpack(int* block, byte* loose, IntegerSlab to)
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
        for (nint half = 0; half < 2; half++)
        for (nint i = 0, place = 32 * half; i < 8; i++, place++)
        {
            var (low, lowOfNext, high) = (Word(block, 16 * half + i), Word(block, 16 * half + 8 + i), Word(block, 32 + 8 * half + i));
            to.PutWord(place, Less(Lower(low) | high << 4 & All(0x30303030), 32));
            to.PutWord(place + 8, Less(Lower(lowOfNext) | high << 2 & All(0x30303030), 32));
            to.PutWord(place + 16, Less(Upper(low) | high & All(0x30303030), 32));
            to.PutWord(place + 24, Less(Upper(lowOfNext) | high >>> 2 & All(0x30303030), 32));
        }
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

    public static bool LiesReady => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Unpack(int* block, byte* loose, IntegerSlab to)
    {
        var (d, highs, lows) = (LowerHalf(Word(block, 0)), Word(block, 0) >>> 16, Word(block, 1));
        for (nint sub = 0; sub < 8; sub++, highs >>>= 2, lows >>>= 4)
            to.PutScale(sub, d * Singles((lows & All(15) | (highs & All(3)) << 4) - All(32)));
        for (nint sub = 0; sub < 8; sub++)
        for (nint i = 0, place = 8 * sub; i < 4; i++, place++)
        {
            var both = Word(block, 2 + 4 * sub + i);
            to.PutWord(place, Look(Lower(both), Iq4NlIntegers.Values));
            to.PutWord(place + 4, Look(Upper(both), Iq4NlIntegers.Values));
        }
    }
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
        var (lastScales, lastOffsets) = (Lower(upper) | scales >>> 2 & All(0x30303030), Upper(upper) | offsets >>> 2 & All(0x30303030));
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
