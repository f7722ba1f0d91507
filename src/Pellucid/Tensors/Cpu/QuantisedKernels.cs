using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pellucid.Tensors.Cpu;

/// <summary>Adds to each 32-bit lane the sum of its four products of unsigned and signed bytes; exact.</summary>
internal interface IByteDot
{
    static abstract Vector256<int> Add(Vector256<int> sum, Vector256<byte> unsigned, Vector256<sbyte> signed);
}

/// <summary>One instruction, where the processor has it.</summary>
internal readonly struct VnniDot : IByteDot
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Add(Vector256<int> sum, Vector256<byte> unsigned, Vector256<sbyte> signed) =>
        AvxVnni.MultiplyWideningAndAdd(sum, unsigned, signed);
}

/// <summary>Even and odd bytes as 16-bit numbers, multiplied and added in pairs.</summary>
internal readonly struct Avx2Dot : IByteDot
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Add(Vector256<int> sum, Vector256<byte> unsigned, Vector256<sbyte> signed)
    {
        var (u, s) = (unsigned.AsInt16(), signed.AsInt16());
        var even = Avx2.MultiplyAddAdjacent(u & Vector256.Create((short)0xff), s << 8 >> 8);
        return sum + even + Avx2.MultiplyAddAdjacent(u >>> 8, s >> 8);
    }
}

/// <summary>Byte by byte in 32-bit lanes: any machine.</summary>
internal readonly struct PortableDot : IByteDot
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Add(Vector256<int> sum, Vector256<byte> unsigned, Vector256<sbyte> signed)
    {
        var (u, s, mask) = (unsigned.AsInt32(), signed.AsInt32(), Vector256.Create(0xff));
        sum += (u & mask) * (s << 24 >> 24);
        sum += (u >> 8 & mask) * (s << 16 >> 24);
        sum += (u >> 16 & mask) * (s << 8 >> 24);
        return sum + (u >>> 24) * (s >> 24);
    }
}

/// <summary>
/// Rows of rounded activations times a panel of 32 quantised columns. Each block of 32 steps is summed in integers, exactly,
/// and added to the result with one fused multiply-add, blocks ascending: a row's bits are the same alone and in company.
/// </summary>
internal static unsafe class QuantisedKernel<TDot> where TDot : IByteDot
{
    /// <summary>Rows of the larger kernel.</summary>
    public const int Rows = 4;

    private const int Ahead = 4096;

    /// <summary>sum (32) = x · panel for one row: integers, one scale a block, and the sum of each block's integers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void OneRow(byte* panel, bool fourBits, int blocks, sbyte* x, float* scales, int* sums, float* sum)
    {
        var offset = fourBits ? WeightPanels.Q4Offset : WeightPanels.Q8Offset;
        var blockBytes = WeightPanels.BytesOfBlock(fourBits);
        Vector256<float> f0 = default, f1 = default, f2 = default, f3 = default;
        for (var block = 0; block < blocks; block++, panel += blockBytes, x += WeightBlock.Length)
        {
            var start = Vector256.Create(-offset * sums[block]);
            Vector256<int> a0 = start, a1 = start, a2 = start, a3 = start;
            for (var step = 0; step < 4; step++)
            {
                FetchAhead(panel, step, fourBits);
                Load(panel + WeightPanels.ScaleBytes + step * 128, fourBits, out var low0, out var low1, out var low2, out var low3,
                    out var high0, out var high1, out var high2, out var high3);
                var (xLow, xHigh) = (Four(x + 4 * step), Four(x + 16 + 4 * step));
                a0 = TDot.Add(TDot.Add(a0, low0, xLow), high0, xHigh);
                a1 = TDot.Add(TDot.Add(a1, low1, xLow), high1, xHigh);
                a2 = TDot.Add(TDot.Add(a2, low2, xLow), high2, xHigh);
                a3 = TDot.Add(TDot.Add(a3, low3, xLow), high3, xHigh);
            }
            var scale = Vector256.Create(scales[block]);
            f0 = Vector256.FusedMultiplyAdd(Vector256.ConvertToSingle(a0), Singles(panel) * scale, f0);
            f1 = Vector256.FusedMultiplyAdd(Vector256.ConvertToSingle(a1), Singles(panel + 16) * scale, f1);
            f2 = Vector256.FusedMultiplyAdd(Vector256.ConvertToSingle(a2), Singles(panel + 32) * scale, f2);
            f3 = Vector256.FusedMultiplyAdd(Vector256.ConvertToSingle(a3), Singles(panel + 48) * scale, f3);
        }
        f0.Store(sum);
        f1.Store(sum + 8);
        f2.Store(sum + 16);
        f3.Store(sum + 24);
    }

    /// <summary>The same for four rows, whose integers lie <paramref name="stride"/> bytes and whose scales
    /// and sums <paramref name="blocks"/> numbers apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void FourRows(byte* panel, bool fourBits, int blocks, sbyte* x, nint stride, float* scales, int* sums, float* sum)
    {
        var offset = fourBits ? WeightPanels.Q4Offset : WeightPanels.Q8Offset;
        var blockBytes = WeightPanels.BytesOfBlock(fourBits);
        new Span<float>(sum, Rows * 32).Clear();
        for (var block = 0; block < blocks; block++, panel += blockBytes, x += WeightBlock.Length)
        {
            var start0 = Vector256.Create(-offset * sums[0 * blocks + block]);
            var start1 = Vector256.Create(-offset * sums[1 * blocks + block]);
            var start2 = Vector256.Create(-offset * sums[2 * blocks + block]);
            var start3 = Vector256.Create(-offset * sums[3 * blocks + block]);
            Vector256<int> a00 = start0, a01 = start0, a02 = start0, a03 = start0, a10 = start1, a11 = start1, a12 = start1, a13 = start1,
                a20 = start2, a21 = start2, a22 = start2, a23 = start2, a30 = start3, a31 = start3, a32 = start3, a33 = start3;
            for (var step = 0; step < 4; step++)
            {
                Load(panel + WeightPanels.ScaleBytes + step * 128, fourBits, out var low0, out var low1, out var low2, out var low3,
                    out var high0, out var high1, out var high2, out var high3);
                var at = x + 4 * step;
                var (x0Low, x0High) = (Four(at), Four(at + 16));
                var (x1Low, x1High) = (Four(at + stride), Four(at + stride + 16));
                var (x2Low, x2High) = (Four(at + 2 * stride), Four(at + 2 * stride + 16));
                var (x3Low, x3High) = (Four(at + 3 * stride), Four(at + 3 * stride + 16));
                a00 = TDot.Add(TDot.Add(a00, low0, x0Low), high0, x0High);
                a01 = TDot.Add(TDot.Add(a01, low1, x0Low), high1, x0High);
                a02 = TDot.Add(TDot.Add(a02, low2, x0Low), high2, x0High);
                a03 = TDot.Add(TDot.Add(a03, low3, x0Low), high3, x0High);
                a10 = TDot.Add(TDot.Add(a10, low0, x1Low), high0, x1High);
                a11 = TDot.Add(TDot.Add(a11, low1, x1Low), high1, x1High);
                a12 = TDot.Add(TDot.Add(a12, low2, x1Low), high2, x1High);
                a13 = TDot.Add(TDot.Add(a13, low3, x1Low), high3, x1High);
                a20 = TDot.Add(TDot.Add(a20, low0, x2Low), high0, x2High);
                a21 = TDot.Add(TDot.Add(a21, low1, x2Low), high1, x2High);
                a22 = TDot.Add(TDot.Add(a22, low2, x2Low), high2, x2High);
                a23 = TDot.Add(TDot.Add(a23, low3, x2Low), high3, x2High);
                a30 = TDot.Add(TDot.Add(a30, low0, x3Low), high0, x3High);
                a31 = TDot.Add(TDot.Add(a31, low1, x3Low), high1, x3High);
                a32 = TDot.Add(TDot.Add(a32, low2, x3Low), high2, x3High);
                a33 = TDot.Add(TDot.Add(a33, low3, x3Low), high3, x3High);
            }
            var (weight0, weight1, weight2, weight3) = (Singles(panel), Singles(panel + 16), Singles(panel + 32), Singles(panel + 48));
            var scale0 = Vector256.Create(scales[0 * blocks + block]);
            Accumulate(sum + 0, a00, weight0 * scale0);
            Accumulate(sum + 8, a01, weight1 * scale0);
            Accumulate(sum + 16, a02, weight2 * scale0);
            Accumulate(sum + 24, a03, weight3 * scale0);
            var scale1 = Vector256.Create(scales[1 * blocks + block]);
            Accumulate(sum + 32, a10, weight0 * scale1);
            Accumulate(sum + 40, a11, weight1 * scale1);
            Accumulate(sum + 48, a12, weight2 * scale1);
            Accumulate(sum + 56, a13, weight3 * scale1);
            var scale2 = Vector256.Create(scales[2 * blocks + block]);
            Accumulate(sum + 64, a20, weight0 * scale2);
            Accumulate(sum + 72, a21, weight1 * scale2);
            Accumulate(sum + 80, a22, weight2 * scale2);
            Accumulate(sum + 88, a23, weight3 * scale2);
            var scale3 = Vector256.Create(scales[3 * blocks + block]);
            Accumulate(sum + 96, a30, weight0 * scale3);
            Accumulate(sum + 104, a31, weight1 * scale3);
            Accumulate(sum + 112, a32, weight2 * scale3);
            Accumulate(sum + 120, a33, weight3 * scale3);
        }
    }

    // What is multiplied a few blocks later: with one row there is too little work to hide a miss behind.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FetchAhead(byte* block, int step, bool fourBits)
    {
        if (!Sse.IsSupported)
            return;
        var lines = block + Ahead + step * (fourBits ? 128 : 256);
        Sse.Prefetch0(lines);
        Sse.Prefetch0(lines + 64);
        if (fourBits)
            return;
        Sse.Prefetch0(lines + 128);
        Sse.Prefetch0(lines + 192);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Accumulate(float* sum, Vector256<int> integers, Vector256<float> scale) =>
        Vector256.FusedMultiplyAdd(Vector256.ConvertToSingle(integers), scale, Vector256.Load(sum)).Store(sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<sbyte> Four(sbyte* x) => Vector256.Create(*(int*)x).AsSByte();

    // Integers of four steps (low) and of the four steps that lie sixteen later (high), for 4 × 8 columns.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Load(byte* w, bool fourBits, out Vector256<byte> low0, out Vector256<byte> low1,
        out Vector256<byte> low2, out Vector256<byte> low3,
        out Vector256<byte> high0, out Vector256<byte> high1, out Vector256<byte> high2, out Vector256<byte> high3)
    {
        (low0, low1, low2, low3) = (Vector256.Load(w), Vector256.Load(w + 32), Vector256.Load(w + 64), Vector256.Load(w + 96));
        if (fourBits)
        {
            var mask = Vector256.Create((byte)15);
            (high0, high1, high2, high3) = (Upper(low0) & mask, Upper(low1) & mask, Upper(low2) & mask, Upper(low3) & mask);
            (low0, low1, low2, low3) = (low0 & mask, low1 & mask, low2 & mask, low3 & mask);
        }
        else
            (high0, high1, high2, high3) = (Vector256.Load(w + 512), Vector256.Load(w + 544),
                Vector256.Load(w + 576), Vector256.Load(w + 608));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Upper(Vector256<byte> bytes) => (bytes.AsUInt16() >> 4).AsByte();

    // Eight finite halves as singles.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Singles(byte* halves)
    {
        var bits = Vector256.WidenLower(Vector128.Load((ushort*)halves).ToVector256Unsafe()).AsInt32();
        return Lanes256.FromFloat16(bits << 13, bits << 16);
    }
}
