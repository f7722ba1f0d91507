using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pellucid.Tensors.Cpu;

/// <summary>
/// Rows of rounded activations times a panel of 32 columns of blocks. The steps of a scale are summed in integers, exactly, and
/// added to the result with one fused multiply-add, steps ascending, and another one for an offset: a row's bits are the same
/// alone and in company.
/// </summary>
internal static unsafe class QuantisedKernel<TDot> where TDot : IByteDot
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    private const int Rows = 4, Half = WeightPanels.BlockColumns / 2, CacheLine = 64;

    // Bytes ahead of what one row reads: a page, of which the processor itself foresees too little.
    private const int Ahead = 4096;

    /// <summary>sums (R, 32) += x · panel.</summary>
    /// <param name="panel">The first block of its columns.</param>
    /// <param name="inner">Steps of the inner dimension.</param>
    /// <param name="x">Rows of integers.</param>
    /// <param name="first">The first row.</param>
    /// <param name="R">How many.</param>
    /// <param name="slab">Memory to unpack some steps to, which fours of rows then meet.</param>
    /// <param name="sums">The sums.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply<TBlocks>(byte* panel, int inner, QuantisedRows x, int first, int R, IntegerSlab slab, float* sums)
        where TBlocks : IBlockIntegers
    {
        var (words, fours) = (TBlocks.WordsOfScale, R / Rows * Rows);
        var block = panel;
        for (var k = 0; k < inner && fours > 0; k += IntegerSlab.Steps)
        {
            var steps = Math.Min(IntegerSlab.Steps, inner - k);
            var next = block + steps / TBlocks.Steps * BlockBytes<TBlocks>();
            UnpackAll<TBlocks>(block, steps, slab);
            for (var r = 0; r < fours; r += Rows)
            {
                var sum = sums + r * WeightPanels.BlockColumns;
                Fetch(next, (int)(next - block) / CacheLine, r, fours);
                FourRows<TBlocks>(slab, steps, x.From(first + r, k, words), sum);
                FourRows<TBlocks>(slab.From(0, 0, Half), steps, x.From(first + r, k, words), sum + Half);
            }
            block = next;
        }
        for (var r = fours; r < R; r++)
            OneRow<TBlocks>(panel, inner, x.From(first + r, 0, words), slab, sums + r * WeightPanels.BlockColumns);
    }

    [MethodImpl(Inline)]
    private static int BlockBytes<TBlocks>() where TBlocks : IBlockIntegers => TBlocks.Bytes * WeightPanels.BlockColumns;

    // What comes next of the panel, or of the next one, is fetched while this is multiplied, a part with each of R rows: the processor
    // itself foresees too little.
    [MethodImpl(Inline)]
    private static void Fetch(byte* next, int lines, int r, int R)
    {
        for (var line = lines * r / R; line < lines * (r + Rows) / R && Sse.IsSupported; line++)
            Sse.Prefetch0(next + line * CacheLine);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void UnpackAll<TBlocks>(byte* block, int steps, IntegerSlab slab) where TBlocks : IBlockIntegers
    {
        for (var k = 0; k < steps; k += TBlocks.Steps, block += BlockBytes<TBlocks>())
            BlockIntegers.Unpack<TBlocks>(block, slab.From(k / 4, k / 4 / TBlocks.WordsOfScale, 0));
    }

    /// <summary>One row and all columns: integers are multiplied as they are unpacked.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OneRow<TBlocks>(byte* panel, int inner, QuantisedRow x, IntegerSlab slab, float* sums)
        where TBlocks : IBlockIntegers
    {
        sbyte* at = x.Integers;
        float* correction = x.Corrections;
        Vector256<float> f0 = Vector256.Load(sums), f1 = Vector256.Load(sums + 8), f2 = Vector256.Load(sums + 16),
            f3 = Vector256.Load(sums + 24);
        for (var k = 0; k < inner; k += TBlocks.Steps, panel += BlockBytes<TBlocks>())
        {
            for (var line = 0; line < BlockBytes<TBlocks>() && Sse.IsSupported; line += CacheLine)
                Sse.Prefetch0(panel + Ahead + line);
            BlockIntegers.PutScales<TBlocks>(panel, 0, WeightPanels.BlockColumns, slab);
            var block = (int*)panel;
            float* scales = slab.Scales, offsets = slab.Offsets;
            for (nint scale = 0; scale < TBlocks.Steps / 4 / TBlocks.WordsOfScale; scale++, scales += 32, offsets += 32, correction++)
            {
                var xScale = Vector256.Create(x.Scales[(k / 4 + scale * TBlocks.WordsOfScale) / 8]);
                f0 = Scaled<TBlocks>(f0, Sum<TBlocks>(block, scale, at), scales, offsets, xScale, correction);
                f1 = Scaled<TBlocks>(f1, Sum<TBlocks>(block + 8, scale, at), scales + 8, offsets + 8, xScale, correction);
                f2 = Scaled<TBlocks>(f2, Sum<TBlocks>(block + 16, scale, at), scales + 16, offsets + 16, xScale, correction);
                f3 = Scaled<TBlocks>(f3, Sum<TBlocks>(block + 24, scale, at), scales + 24, offsets + 24, xScale, correction);
                at += 4 * TBlocks.WordsOfScale;
            }
        }
        f0.Store(sums);
        f1.Store(sums + 8);
        f2.Store(sums + 16);
        f3.Store(sums + 24);
    }

    /// <summary>The products of all steps of a scale, for eight columns.</summary>
    [MethodImpl(Inline)]
    private static Vector256<int> Sum<TBlocks>(int* block, nint scale, sbyte* x) where TBlocks : IBlockIntegers
    {
        var sum = Add<TBlocks>(default, TBlocks.Integers(block, scale, 0), x);
        sum = Add<TBlocks>(sum, TBlocks.Integers(block, scale, 1), x + 4);
        sum = Add<TBlocks>(sum, TBlocks.Integers(block, scale, 2), x + 8);
        sum = Add<TBlocks>(sum, TBlocks.Integers(block, scale, 3), x + 12);
        if (TBlocks.WordsOfScale == 4)
            return sum;
        sum = Add<TBlocks>(sum, TBlocks.Integers(block, scale, 4), x + 16);
        sum = Add<TBlocks>(sum, TBlocks.Integers(block, scale, 5), x + 20);
        sum = Add<TBlocks>(sum, TBlocks.Integers(block, scale, 6), x + 24);
        return Add<TBlocks>(sum, TBlocks.Integers(block, scale, 7), x + 28);
    }

    [MethodImpl(Inline)]
    private static Vector256<int> Add<TBlocks>(Vector256<int> sum, Vector256<int> word, sbyte* x) where TBlocks : IBlockIntegers =>
        Add<TBlocks>(sum, word.AsByte(), Magnitude<TBlocks>(word), Vector256.Create(*(int*)x).AsSByte());

    /// <summary>Four rows and half of the columns: as many sums as registers hold beside what they are made of.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourRows<TBlocks>(IntegerSlab weight, int steps, QuantisedRow x, float* sums) where TBlocks : IBlockIntegers
    {
        var (K, blocks, next) = (x.Stride, x.Stride / WeightBlock.Length, x.CorrectionStride);
        byte* words = weight.Integers;
        float* scales = weight.Scales, offsets = weight.Offsets;
        sbyte* x0 = x.Integers, x1 = x0 + K, x2 = x1 + K, x3 = x2 + K;
        for (var scale = 0; scale < steps / 4 / TBlocks.WordsOfScale; scale++, scales += 32, offsets += 32)
        {
            Vector256<int> a00 = default, a01 = default, a10 = default, a11 = default, a20 = default, a21 = default,
                a30 = default, a31 = default;
            for (var i = 0; i < TBlocks.WordsOfScale; i++, words += IntegerSlab.WordBytes, x0 += 4, x1 += 4, x2 += 4, x3 += 4)
            {
                Vector256<byte> left = Vector256.Load(words), right = Vector256.Load(words + 32);
                Vector256<byte> leftSize = Magnitude<TBlocks>(left.AsInt32()), rightSize = Magnitude<TBlocks>(right.AsInt32());
                var four = Vector256.Create(*(int*)x0).AsSByte();
                a00 = Add<TBlocks>(a00, left, leftSize, four);
                a01 = Add<TBlocks>(a01, right, rightSize, four);
                four = Vector256.Create(*(int*)x1).AsSByte();
                a10 = Add<TBlocks>(a10, left, leftSize, four);
                a11 = Add<TBlocks>(a11, right, rightSize, four);
                four = Vector256.Create(*(int*)x2).AsSByte();
                a20 = Add<TBlocks>(a20, left, leftSize, four);
                a21 = Add<TBlocks>(a21, right, rightSize, four);
                four = Vector256.Create(*(int*)x3).AsSByte();
                a30 = Add<TBlocks>(a30, left, leftSize, four);
                a31 = Add<TBlocks>(a31, right, rightSize, four);
            }
            float* block = x.Scales + scale * TBlocks.WordsOfScale / 8, correction = x.Corrections + scale;
            var xScale = Vector256.Create(block[0]);
            Put<TBlocks>(sums, a00, scales, offsets, xScale, correction);
            Put<TBlocks>(sums + 8, a01, scales + 8, offsets + 8, xScale, correction);
            xScale = Vector256.Create(block[blocks]);
            Put<TBlocks>(sums + 32, a10, scales, offsets, xScale, correction + next);
            Put<TBlocks>(sums + 40, a11, scales + 8, offsets + 8, xScale, correction + next);
            xScale = Vector256.Create(block[2 * blocks]);
            Put<TBlocks>(sums + 64, a20, scales, offsets, xScale, correction + 2 * next);
            Put<TBlocks>(sums + 72, a21, scales + 8, offsets + 8, xScale, correction + 2 * next);
            xScale = Vector256.Create(block[3 * blocks]);
            Put<TBlocks>(sums + 96, a30, scales, offsets, xScale, correction + 3 * next);
            Put<TBlocks>(sums + 104, a31, scales + 8, offsets + 8, xScale, correction + 3 * next);
        }
    }

    [MethodImpl(Inline)]
    private static Vector256<byte> Magnitude<TBlocks>(Vector256<int> word) where TBlocks : IBlockIntegers =>
        TBlocks.Range == IntegerRange.Unsigned ? default : Vector256.Abs(word.AsSByte()).AsByte();

    // A signed integer times x is its magnitude times x with its sign.
    [MethodImpl(Inline)]
    private static Vector256<int> Add<TBlocks>(Vector256<int> sum, Vector256<byte> integers, Vector256<byte> magnitude, Vector256<sbyte> x)
        where TBlocks : IBlockIntegers => TBlocks.Range switch
        {
            IntegerRange.Unsigned => TDot.Add(sum, integers, x),
            IntegerRange.Signed => TDot.Add(sum, magnitude, TDot.WithSign(x, integers.AsSByte())),
            _ => TDot.AddLarge(sum, magnitude, TDot.WithSign(x, integers.AsSByte())),
        };

    [MethodImpl(Inline)]
    private static void Put<TBlocks>(float* sums, Vector256<int> sum, float* scale, float* offset, Vector256<float> xScale,
        float* correction) where TBlocks : IBlockIntegers =>
        Scaled<TBlocks>(Vector256.Load(sums), sum, scale, offset, xScale, correction).Store(sums);

    [MethodImpl(Inline)]
    private static Vector256<float> Scaled<TBlocks>(Vector256<float> before, Vector256<int> sum, float* scale, float* offset,
        Vector256<float> xScale, float* correction) where TBlocks : IBlockIntegers
    {
        var whole = TBlocks.Range == IntegerRange.SignedByte ? sum : TDot.Whole(sum);
        if (TBlocks.Centre != 0)
            whole -= Vector256.Create(*(int*)correction);
        var product = Vector256.FusedMultiplyAdd(Vector256.ConvertToSingle(whole), Vector256.Load(scale) * xScale, before);
        return TBlocks.HasOffsets ? Vector256.FusedMultiplyAdd(Vector256.Load(offset), Vector256.Create(*correction), product) : product;
    }
}
