using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static Pellucid.Tensors.Cpu.BlockLanes;

namespace Pellucid.Tensors.Cpu;

/// <summary>q8_0, which lies as it is multiplied in integers: four steps of a column side by side.</summary>
internal readonly unsafe struct Q8_0Lanes : IBlockLanes
{
    public static int Steps => 32;

    public static int Bytes => 34;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Widen(byte* block, int column, float* to, nint stride)
    {
        var scale = QuantisedScales.Load(block + 2 * column);
        var words = block + WeightPanels.ScaleBytes + 4 * column;
        for (var k = 0; k < Steps; k += 4, words += 4 * WeightPanels.BlockColumns, to += 4 * stride)
        {
            var four = Vector256.Load((int*)words);
            (Singles((four & All(255)) - All(WeightPanels.Q8Offset)) * scale).Store(to);
            (Singles((four >>> 8 & All(255)) - All(WeightPanels.Q8Offset)) * scale).Store(to + stride);
            (Singles((four >>> 16 & All(255)) - All(WeightPanels.Q8Offset)) * scale).Store(to + 2 * stride);
            (Singles((four >>> 24) - All(WeightPanels.Q8Offset)) * scale).Store(to + 3 * stride);
        }
    }
}

/// <summary>q4_0, likewise; the upper four bits are those of the step sixteen further.</summary>
internal readonly unsafe struct Q4_0Lanes : IBlockLanes
{
    public static int Steps => 32;

    public static int Bytes => 18;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Widen(byte* block, int column, float* to, nint stride)
    {
        var scale = QuantisedScales.Load(block + 2 * column);
        var words = block + WeightPanels.ScaleBytes + 4 * column;
        for (var k = 0; k < Steps / 2; k += 4, words += 4 * WeightPanels.BlockColumns)
        {
            var four = Vector256.Load((int*)words);
            for (var i = 0; i < 4; i++, four >>>= 8, to += stride)
            {
                (Singles((four & All(15)) - All(WeightPanels.Q4Offset)) * scale).Store(to);
                (Singles((four >>> 4 & All(15)) - All(WeightPanels.Q4Offset)) * scale).Store(to + 16 * stride);
            }
        }
    }
}

/// <summary>q4_1: x = q · d + m.</summary>
internal readonly unsafe struct Q4_1Lanes : IBlockLanes
{
    public static int Steps => 32;

    public static int Bytes => 20;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Widen(byte* block, int column, float* to, nint stride)
    {
        var first = block + column;
        var (d, m) = (Half(first, 0), Half(first, 2));
        for (var i = 0; i < Steps / 2; i++, to += stride)
        {
            var pair = Byte(first, 4 + i);
            (Singles(Nibble(pair, 0)) * d + m).Store(to);
            (Singles(Nibble(pair, 1)) * d + m).Store(to + 16 * stride);
        }
    }
}

/// <summary>q5_0: x = (q − 16) · d.</summary>
internal readonly unsafe struct Q5_0Lanes : IBlockLanes
{
    public static int Steps => 32;

    public static int Bytes => 22;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Widen(byte* block, int column, float* to, nint stride)
    {
        var first = block + column;
        var (d, fifth) = (Half(first, 0), FifthBits.Of(first, 2));
        var (lower, upper) = (fifth << 4, fifth >>> 12); // the bits of step 0, and of step 16, where they count 16
        for (var i = 0; i < Steps / 2; i++, to += stride, lower >>>= 1, upper >>>= 1)
        {
            var pair = Byte(first, 6 + i);
            (Singles((Nibble(pair, 0) | lower & All(16)) - All(16)) * d).Store(to);
            (Singles((Nibble(pair, 1) | upper & All(16)) - All(16)) * d).Store(to + 16 * stride);
        }
    }
}

/// <summary>q5_1: x = q · d + m.</summary>
internal readonly unsafe struct Q5_1Lanes : IBlockLanes
{
    public static int Steps => 32;

    public static int Bytes => 24;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Widen(byte* block, int column, float* to, nint stride)
    {
        var first = block + column;
        var (d, m, fifth) = (Half(first, 0), Half(first, 2), FifthBits.Of(first, 4));
        var (lower, upper) = (fifth << 4, fifth >>> 12); // as in q5_0
        for (var i = 0; i < Steps / 2; i++, to += stride, lower >>>= 1, upper >>>= 1)
        {
            var pair = Byte(first, 8 + i);
            (Singles(Nibble(pair, 0) | lower & All(16)) * d + m).Store(to);
            (Singles(Nibble(pair, 1) | upper & All(16)) * d + m).Store(to + 16 * stride);
        }
    }
}

/// <summary>iq4_nl: x = d · T[q].</summary>
internal readonly unsafe struct Iq4NlLanes : IBlockLanes
{
    public static int Steps => 32;

    public static int Bytes => 18;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Widen(byte* block, int column, float* to, nint stride)
    {
        var first = block + column;
        var (d, lower, upper) = (Half(first, 0), Iq4Lanes.Lower, Iq4Lanes.Upper);
        for (var i = 0; i < Steps / 2; i++, to += stride)
        {
            var pair = Byte(first, 2 + i);
            (d * Look(Nibble(pair, 0), lower, upper)).Store(to);
            (d * Look(Nibble(pair, 1), lower, upper)).Store(to + 16 * stride);
        }
    }
}

/// <summary>mxfp4: x = 2^(e − 128) · twice E2M1.</summary>
internal readonly unsafe struct MxFp4Lanes : IBlockLanes
{
    public static int Steps => 32;

    public static int Bytes => 17;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Widen(byte* block, int column, float* to, nint stride)
    {
        var first = block + column;
        var exponent = Byte(first, 0);
        // The two least powers are denormal.
        var scale = Vector256.ConditionalSelect(Vector256.LessThan(exponent, All(2)),
            Vector256.ConditionalSelect(Vector256.Equals(exponent, All(0)), All(0x200000), All(0x400000)),
            exponent - All(1) << 23).AsSingle();
        var (lower, upper) = (Vector256.Create(0f, 1, 2, 3, 4, 6, 8, 12), Vector256.Create(0f, -1, -2, -3, -4, -6, -8, -12));
        for (var i = 0; i < Steps / 2; i++, to += stride)
        {
            var pair = Byte(first, 1 + i);
            (scale * Look(Nibble(pair, 0), lower, upper)).Store(to);
            (scale * Look(Nibble(pair, 1), lower, upper)).Store(to + 16 * stride);
        }
    }
}

/// <summary>Thirty-two fifth bits of each of eight columns.</summary>
internal static unsafe class FifthBits
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Of(byte* first, int i) =>
        Byte(first, i) | Byte(first, i + 1) << 8 | Byte(first, i + 2) << 16 | Byte(first, i + 3) << 24;
}

/// <summary>The sixteen values of iq4_nl and iq4_xs.</summary>
internal static class Iq4Lanes
{
    public static Vector256<float> Lower => Vector256.Create(-127f, -104, -83, -65, -49, -35, -22, -10);

    public static Vector256<float> Upper => Vector256.Create(1f, 13, 25, 38, 53, 69, 89, 113);
}

/// <summary>Eight half-precision scales that lie side by side, finite ones.</summary>
internal static unsafe class QuantisedScales
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(byte* halves)
    {
        var bits = Vector256.WidenLower(Vector128.Load((ushort*)halves).ToVector256Unsafe()).AsInt32();
        return Lanes256.FromFloat16(bits << 13, bits << 16);
    }
}
