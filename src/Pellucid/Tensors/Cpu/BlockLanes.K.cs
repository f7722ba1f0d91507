using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static Pellucid.Tensors.Cpu.BlockLanes;

namespace Pellucid.Tensors.Cpu;

/// <summary>q2_K: x = (d · s) · q − dmin · m.</summary>
internal readonly unsafe struct Q2KLanes : IBlockLanes
{
    public static int Steps => 256;

    public static int Bytes => 84;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Widen(byte* block, int column, float* to, nint stride)
    {
        var first = block + column;
        var (d, dmin) = (Half(first, 80), Half(first, 82));
        for (var sub = 0; sub < 16; sub++)
        {
            var both = Byte(first, sub);
            var (scale, offset) = (d * Singles(Nibble(both, 0)), dmin * Singles(Nibble(both, 1)));
            var (numbers, shift) = (16 + 32 * (sub / 8) + 16 * (sub % 2), 2 * (sub / 2 % 4));
            for (var i = 0; i < 16; i++, to += stride)
                (scale * Singles(Byte(first, numbers + i) >>> shift & All(3)) - offset).Store(to);
        }
    }
}

/// <summary>q3_K: x = (d · s) · q, a third bit of 0 standing for 4 less.</summary>
internal readonly unsafe struct Q3KLanes : IBlockLanes
{
    public static int Steps => 256;

    public static int Bytes => 110;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Widen(byte* block, int column, float* to, nint stride)
    {
        var first = block + column;
        var d = Half(first, 108);
        for (var sub = 0; sub < 16; sub++)
        {
            var low = Nibble(Byte(first, 96 + sub % 8), sub / 8);
            var high = Byte(first, 104 + sub % 4) >>> 2 * (sub / 4) & All(3);
            var scale = d * Singles((low | high << 4) - All(32));
            var (half, numbers, shift) = (16 * (sub % 2), 32 + 32 * (sub / 8), 2 * (sub / 2 % 4));
            for (var i = half; i < half + 16; i++, to += stride)
            {
                var q = Byte(first, numbers + i) >>> shift & All(3) | (Byte(first, i) >>> sub / 2 & All(1)) << 2;
                (scale * Singles(q - All(4))).Store(to);
            }
        }
    }
}

/// <summary>q4_K: x = (d · s) · q − dmin · m.</summary>
internal readonly unsafe struct Q4KLanes : IBlockLanes
{
    public static int Steps => 256;

    public static int Bytes => 144;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Widen(byte* block, int column, float* to, nint stride)
    {
        var first = block + column;
        for (var pair = 0; pair < 4; pair++, to += 64 * stride)
        {
            var (scale, offset) = SixBitLanes.Of(first, 2 * pair);
            var (upperScale, upperOffset) = SixBitLanes.Of(first, 2 * pair + 1);
            for (var i = 0; i < 32; i++)
            {
                var both = Byte(first, 16 + 32 * pair + i);
                (scale * Singles(Nibble(both, 0)) - offset).Store(to + i * stride);
                (upperScale * Singles(Nibble(both, 1)) - upperOffset).Store(to + (32 + i) * stride);
            }
        }
    }
}

/// <summary>q5_K: as q4_K, with a fifth bit.</summary>
internal readonly unsafe struct Q5KLanes : IBlockLanes
{
    public static int Steps => 256;

    public static int Bytes => 176;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Widen(byte* block, int column, float* to, nint stride)
    {
        var first = block + column;
        for (var pair = 0; pair < 4; pair++, to += 64 * stride)
        {
            var (scale, offset) = SixBitLanes.Of(first, 2 * pair);
            var (upperScale, upperOffset) = SixBitLanes.Of(first, 2 * pair + 1);
            for (var i = 0; i < 32; i++)
            {
                var (both, fifth) = (Byte(first, 48 + 32 * pair + i), Byte(first, 16 + i) >>> 2 * pair);
                (scale * Singles(Nibble(both, 0) | (fifth & All(1)) << 4) - offset).Store(to + i * stride);
                (upperScale * Singles(Nibble(both, 1) | (fifth & All(2)) << 3) - upperOffset).Store(to + (32 + i) * stride);
            }
        }
    }
}

/// <summary>q6_K: x = (d · s) · (q − 32).</summary>
internal readonly unsafe struct Q6KLanes : IBlockLanes
{
    public static int Steps => 256;

    public static int Bytes => 210;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Widen(byte* block, int column, float* to, nint stride)
    {
        var first = block + column;
        var d = Half(first, 208);
        for (var half = 0; half < 2; half++, to += 128 * stride)
        {
            Sixteen(first, half, 0, d, to, stride);
            Sixteen(first, half, 16, d, to + 16 * stride, stride);
        }
    }

    // Sixteen steps of each quarter of a half: those share the bytes that hold their upper two bits, and two each their lower four.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Sixteen(byte* first, int half, int start, Vector256<float> d, float* to, nint stride)
    {
        var scales = 192 + 8 * half + start / 16;
        var (s0, s1) = (d * Singles(SignedByte(first, scales)), d * Singles(SignedByte(first, scales + 2)));
        var (s2, s3) = (d * Singles(SignedByte(first, scales + 4)), d * Singles(SignedByte(first, scales + 6)));
        for (var i = start; i < start + 16; i++, to += stride)
        {
            var (low, lowOfNext) = (Byte(first, 64 * half + i), Byte(first, 64 * half + 32 + i));
            var high = Byte(first, 128 + 32 * half + i);
            (s0 * Singles((low & All(15) | high << 4 & All(48)) - All(32))).Store(to);
            (s1 * Singles((lowOfNext & All(15) | high << 2 & All(48)) - All(32))).Store(to + 32 * stride);
            (s2 * Singles((low >>> 4 | high & All(48)) - All(32))).Store(to + 64 * stride);
            (s3 * Singles((lowOfNext >>> 4 | high >>> 2 & All(48)) - All(32))).Store(to + 96 * stride);
        }
    }
}

/// <summary>iq4_xs: x = (d · s) · T[q].</summary>
internal readonly unsafe struct Iq4XsLanes : IBlockLanes
{
    public static int Steps => 256;

    public static int Bytes => 136;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Widen(byte* block, int column, float* to, nint stride)
    {
        var first = block + column;
        var (d, highs) = (Half(first, 0), Byte(first, 2) | Byte(first, 3) << 8);
        var (lower, upper) = (Iq4Lanes.Lower, Iq4Lanes.Upper);
        for (var sub = 0; sub < 8; sub++, to += 32 * stride)
        {
            var low = Nibble(Byte(first, 4 + sub / 2), sub % 2);
            var scale = d * Singles((low | (highs >>> 2 * sub & All(3)) << 4) - All(32));
            for (var i = 0; i < 16; i++)
            {
                var both = Byte(first, 8 + 16 * sub + i);
                (scale * Look(Nibble(both, 0), lower, upper)).Store(to + i * stride);
                (scale * Look(Nibble(both, 1), lower, upper)).Store(to + (16 + i) * stride);
            }
        }
    }
}

/// <summary>Scales and offsets of six bits in twelve bytes, as q4_K and q5_K have them after their two units.</summary>
internal static unsafe class SixBitLanes
{
    private const int Start = 4;

    /// <summary>d · s and dmin · m of a sub-block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector256<float> Scale, Vector256<float> Offset) Of(byte* first, int sub)
    {
        Vector256<int> scale, offset;
        if (sub < 4)
            (scale, offset) = (Byte(first, Start + sub) & All(63), Byte(first, Start + 4 + sub) & All(63));
        else
        {
            var both = Byte(first, Start + 4 + sub);
            scale = Nibble(both, 0) | Byte(first, Start + sub - 4) >>> 6 << 4;
            offset = Nibble(both, 1) | Byte(first, Start + sub) >>> 6 << 4;
        }
        return (Half(first, 0) * Singles(scale), Half(first, 2) * Singles(offset));
    }
}
