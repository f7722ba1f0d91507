using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pellucid.Tensors.Cpu;

/// <summary>
/// Rows of rounded activations times a panel of 32 columns of blocks. The steps of a scale are summed in integers, exactly, and
/// added to the result with one fused multiply-add, steps ascending, and another one for an offset: a row's bits are the same
/// alone and in company.
/// </summary>
internal static unsafe class QuantisedKernel<T, TDot>
    where T : unmanaged, ISimd<T>
    where TDot : IByteDot
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
                if (IsWide<TBlocks>())
                    FourRows<TBlocks, ByteLanes512, Lanes512>(slab, steps, x.From(first + r, k, words), sum);
                else
                {
                    FourRows<TBlocks, ByteLanes256<TDot>, Lanes256>(slab, steps, x.From(first + r, k, words), sum);
                    FourRows<TBlocks, ByteLanes256<TDot>, Lanes256>(slab.From(0, 0, Half), steps, x.From(first + r, k, words),
                        sum + Half);
                }
            }
            block = next;
        }
        for (var r = fours; r < R; r += 2)
            FewRows<TBlocks>(panel, inner, x, first + r, Math.Min(2, R - r), slab, sums + r * WeightPanels.BlockColumns);
    }

    // Whether four rows meet registers of 512 bits. Small integers do: a product and a sum there are as many instructions as VNNI
    // needs for two of 256 bits, but only one of them is a product. Signed ones take more, and do so only where there is no VNNI.
    [MethodImpl(Inline)]
    private static bool IsWide<TBlocks>() where TBlocks : IBlockIntegers =>
        T.Width == Lanes512.Width && (TBlocks.Range == IntegerRange.Unsigned || !TDot.HasRoom);

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
            BlockIntegers.Unpack<TBlocks>(block, slab.From(k / 4, k / 4 / TBlocks.WordsOfScale, 0),
                unsigned: TDot.HasRoom && !IsWide<TBlocks>());
    }

    /// <summary>One or two rows and all columns, some at a time: integers are multiplied as they are unpacked.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FewRows<TBlocks>(byte* panel, int inner, QuantisedRows x, int first, int R, IntegerSlab slab, float* sums)
        where TBlocks : IBlockIntegers
    {
        for (var k = 0; k < inner; k += TBlocks.Steps, panel += BlockBytes<TBlocks>())
        {
            var (one, other) = (x.From(first, k, TBlocks.WordsOfScale), x.From(first + R - 1, k, TBlocks.WordsOfScale));
            for (nint column = 0; column < WeightPanels.BlockColumns; column += Half)
            {
                for (var line = 0; line < BlockBytes<TBlocks>() / 2 && Sse.IsSupported; line += CacheLine)
                    Sse.Prefetch0(panel + Ahead + line + column * (BlockBytes<TBlocks>() / WeightPanels.BlockColumns));
                BlockIntegers.PutScales<TBlocks>(panel, (int)column, Half, slab);
                if (R == 1)
                    OneRow<TBlocks>((int*)panel + column, one, slab.From(0, 0, (int)column), sums + column);
                else
                    for (var some = column; some < column + Half; some += BlockIntegers.Width)
                        TwoRows<TBlocks>((int*)panel + some, one, other, slab.From(0, 0, (int)some), sums + some);
            }
        }
    }

    // Sixteen columns.
    [MethodImpl(Inline)]
    private static void OneRow<TBlocks>(int* block, QuantisedRow x, IntegerSlab slab, float* sums) where TBlocks : IBlockIntegers
    {
        float* scales = slab.Scales, offsets = slab.Offsets;
        sbyte* at = x.Integers;
        Vector256<float> f = Vector256.Load(sums), g = Vector256.Load(sums + 8);
        for (nint scale = 0; scale < Scales<TBlocks>(); scale++, scales += 32, offsets += 32, at += 4 * TBlocks.WordsOfScale)
        {
            ScaleWords left = TBlocks.At(block, scale), right = TBlocks.At(block + BlockIntegers.Width, scale);
            Vector256<int> a = default, b = default, aBefore = default, bBefore = default;
            Add<TBlocks>(ref a, ref b, TBlocks.Integers(left, 0), TBlocks.Integers(right, 0), at);
            Add<TBlocks>(ref a, ref b, TBlocks.Integers(left, 1), TBlocks.Integers(right, 1), at + 4);
            if (TBlocks.WordsOfScale == 4)
            {
                Halve<TBlocks>(ref a, ref aBefore);
                Halve<TBlocks>(ref b, ref bBefore);
            }
            Add<TBlocks>(ref a, ref b, TBlocks.Integers(left, 2), TBlocks.Integers(right, 2), at + 8);
            Add<TBlocks>(ref a, ref b, TBlocks.Integers(left, 3), TBlocks.Integers(right, 3), at + 12);
            if (TBlocks.WordsOfScale == 8)
            {
                Halve<TBlocks>(ref a, ref aBefore);
                Halve<TBlocks>(ref b, ref bBefore);
                Add<TBlocks>(ref a, ref b, TBlocks.Integers(left, 4), TBlocks.Integers(right, 4), at + 16);
                Add<TBlocks>(ref a, ref b, TBlocks.Integers(left, 5), TBlocks.Integers(right, 5), at + 20);
                Add<TBlocks>(ref a, ref b, TBlocks.Integers(left, 6), TBlocks.Integers(right, 6), at + 24);
                Add<TBlocks>(ref a, ref b, TBlocks.Integers(left, 7), TBlocks.Integers(right, 7), at + 28);
            }
            Vector256<float> correction = Vector256.Create(x.Corrections[scale]), xScale = ScaleOf<TBlocks>(x, scale);
            aBefore += Whole<TBlocks>(a, TBlocks.Range, correction);
            bBefore += Whole<TBlocks>(b, TBlocks.Range, correction);
            f = Scaled<TBlocks>(f, aBefore, scales, offsets, xScale, correction);
            g = Scaled<TBlocks>(g, bBefore, scales + 8, offsets + 8, xScale, correction);
        }
        f.Store(sums);
        g.Store(sums + 8);
    }

    [MethodImpl(Inline)]
    private static void TwoRows<TBlocks>(int* block, QuantisedRow x, QuantisedRow y, IntegerSlab slab, float* sums)
        where TBlocks : IBlockIntegers
    {
        float* scales = slab.Scales, offsets = slab.Offsets;
        sbyte* xAt = x.Integers, yAt = y.Integers;
        Vector256<float> f = Vector256.Load(sums), g = Vector256.Load(sums + WeightPanels.BlockColumns);
        for (nint scale = 0; scale < Scales<TBlocks>(); scale++, scales += 32, offsets += 32)
        {
            var words = TBlocks.At(block, scale);
            Vector256<int> a = default, b = default, aBefore = default, bBefore = default;
            Add<TBlocks>(ref a, ref b, TBlocks.Integers(words, 0), xAt, yAt);
            Add<TBlocks>(ref a, ref b, TBlocks.Integers(words, 1), xAt + 4, yAt + 4);
            if (TBlocks.WordsOfScale == 4)
            {
                Halve<TBlocks>(ref a, ref aBefore);
                Halve<TBlocks>(ref b, ref bBefore);
            }
            Add<TBlocks>(ref a, ref b, TBlocks.Integers(words, 2), xAt + 8, yAt + 8);
            Add<TBlocks>(ref a, ref b, TBlocks.Integers(words, 3), xAt + 12, yAt + 12);
            if (TBlocks.WordsOfScale == 8)
            {
                Halve<TBlocks>(ref a, ref aBefore);
                Halve<TBlocks>(ref b, ref bBefore);
                Add<TBlocks>(ref a, ref b, TBlocks.Integers(words, 4), xAt + 16, yAt + 16);
                Add<TBlocks>(ref a, ref b, TBlocks.Integers(words, 5), xAt + 20, yAt + 20);
                Add<TBlocks>(ref a, ref b, TBlocks.Integers(words, 6), xAt + 24, yAt + 24);
                Add<TBlocks>(ref a, ref b, TBlocks.Integers(words, 7), xAt + 28, yAt + 28);
            }
            xAt += 4 * TBlocks.WordsOfScale;
            yAt += 4 * TBlocks.WordsOfScale;
            var (xCorrection, yCorrection) = (Vector256.Create(x.Corrections[scale]), Vector256.Create(y.Corrections[scale]));
            aBefore += Whole<TBlocks>(a, TBlocks.Range, xCorrection);
            bBefore += Whole<TBlocks>(b, TBlocks.Range, yCorrection);
            f = Scaled<TBlocks>(f, aBefore, scales, offsets, ScaleOf<TBlocks>(x, scale), xCorrection);
            g = Scaled<TBlocks>(g, bBefore, scales, offsets, ScaleOf<TBlocks>(y, scale), yCorrection);
        }
        f.Store(sums);
        g.Store(sums + WeightPanels.BlockColumns);
    }

    // After half of the words of a scale, where 16 bits have room for no more.
    [MethodImpl(Inline)]
    private static void Halve<TBlocks>(ref Vector256<int> sum, ref Vector256<int> before) where TBlocks : IBlockIntegers
    {
        if (TBlocks.Range != IntegerRange.UnsignedHalves || TDot.HasRoom)
            return;
        before = TDot.Whole(sum);
        sum = default;
    }

    [MethodImpl(Inline)]
    private static Vector256<float> ScaleOf<TBlocks>(QuantisedRow x, nint scale) where TBlocks : IBlockIntegers =>
        Vector256.Create(x.Scales[TBlocks.WordsOfScale == 8 ? scale : scale >> 1]);

    [MethodImpl(Inline)]
    private static int Scales<TBlocks>() where TBlocks : IBlockIntegers => TBlocks.Steps / 4 / TBlocks.WordsOfScale;

    [MethodImpl(Inline)]
    private static void Add<TBlocks>(ref Vector256<int> a, ref Vector256<int> b, Vector256<int> left, Vector256<int> right, sbyte* x)
        where TBlocks : IBlockIntegers
    {
        var four = Vector256.Create(*(int*)x).AsSByte();
        a = Add(TBlocks.Range, a, left.AsByte(), Magnitude(TBlocks.Range, left), four);
        b = Add(TBlocks.Range, b, right.AsByte(), Magnitude(TBlocks.Range, right), four);
    }

    [MethodImpl(Inline)]
    private static void Add<TBlocks>(ref Vector256<int> a, ref Vector256<int> b, Vector256<int> word, sbyte* x, sbyte* y)
        where TBlocks : IBlockIntegers
    {
        var magnitude = Magnitude(TBlocks.Range, word);
        a = Add(TBlocks.Range, a, word.AsByte(), magnitude, Vector256.Create(*(int*)x).AsSByte());
        b = Add(TBlocks.Range, b, word.AsByte(), magnitude, Vector256.Create(*(int*)y).AsSByte());
    }

    /// <summary>Four rows and two registers of columns: as many sums as registers hold beside what they are made of.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourRows<TBlocks, TLanes, TSingles>(IntegerSlab weight, int steps, QuantisedRow x, float* sums)
        where TBlocks : IBlockIntegers
        where TLanes : unmanaged, IByteLanes<TLanes, TSingles>
        where TSingles : unmanaged, ISimd<TSingles>
    {
        var (K, blocks, next) = (x.Stride, x.Stride / WeightBlock.Length, x.CorrectionStride);
        var range = Unpacked<TBlocks>(TLanes.HasRoom);
        byte* words = weight.Integers;
        float* scales = weight.Scales, offsets = weight.Offsets;
        sbyte* x0 = x.Integers, x1 = x0 + K, x2 = x1 + K, x3 = x2 + K;
        for (var scale = 0; scale < steps / 4 / TBlocks.WordsOfScale; scale++, scales += 32, offsets += 32)
        {
            TLanes a00 = default, a01 = default, a10 = default, a11 = default, a20 = default, a21 = default, a30 = default, a31 = default;
            for (nint k = 0; k < 4 * TBlocks.WordsOfScale; k += 4, words += IntegerSlab.WordBytes)
            {
                TLanes left = TLanes.Load(words), right = TLanes.Load(words + 4 * TSingles.Width);
                TLanes leftSize = Magnitude<TLanes, TSingles>(range, left), rightSize = Magnitude<TLanes, TSingles>(range, right);
                var four = TLanes.All(*(int*)(x0 + k));
                a00 = Add<TLanes, TSingles>(range, a00, left, leftSize, four);
                a01 = Add<TLanes, TSingles>(range, a01, right, rightSize, four);
                four = TLanes.All(*(int*)(x1 + k));
                a10 = Add<TLanes, TSingles>(range, a10, left, leftSize, four);
                a11 = Add<TLanes, TSingles>(range, a11, right, rightSize, four);
                four = TLanes.All(*(int*)(x2 + k));
                a20 = Add<TLanes, TSingles>(range, a20, left, leftSize, four);
                a21 = Add<TLanes, TSingles>(range, a21, right, rightSize, four);
                four = TLanes.All(*(int*)(x3 + k));
                a30 = Add<TLanes, TSingles>(range, a30, left, leftSize, four);
                a31 = Add<TLanes, TSingles>(range, a31, right, rightSize, four);
            }
            x0 += 4 * TBlocks.WordsOfScale;
            x1 += 4 * TBlocks.WordsOfScale;
            x2 += 4 * TBlocks.WordsOfScale;
            x3 += 4 * TBlocks.WordsOfScale;
            float* block = x.Scales + scale * TBlocks.WordsOfScale / 8, correction = x.Corrections + scale;
            Put<TBlocks, TLanes, TSingles>(sums, a00, a01, scales, offsets, block[0], correction);
            Put<TBlocks, TLanes, TSingles>(sums + 32, a10, a11, scales, offsets, block[blocks], correction + next);
            Put<TBlocks, TLanes, TSingles>(sums + 64, a20, a21, scales, offsets, block[2 * blocks], correction + 2 * next);
            Put<TBlocks, TLanes, TSingles>(sums + 96, a30, a31, scales, offsets, block[3 * blocks], correction + 3 * next);
        }
    }

    // As integers stand in a slab: where sums have room, not negative.
    [MethodImpl(Inline)]
    private static IntegerRange Unpacked<TBlocks>(bool room) where TBlocks : IBlockIntegers =>
        room ? IntegerRange.Unsigned : TBlocks.Range == IntegerRange.UnsignedHalves ? IntegerRange.Signed : TBlocks.Range;

    [MethodImpl(Inline)]
    private static TLanes Magnitude<TLanes, TSingles>(IntegerRange range, TLanes word)
        where TLanes : unmanaged, IByteLanes<TLanes, TSingles>
        where TSingles : unmanaged, ISimd<TSingles> => range == IntegerRange.Unsigned ? word : TLanes.Abs(word);

    [MethodImpl(Inline)]
    private static TLanes Add<TLanes, TSingles>(IntegerRange range, TLanes sum, TLanes integers, TLanes magnitude, TLanes x)
        where TLanes : unmanaged, IByteLanes<TLanes, TSingles>
        where TSingles : unmanaged, ISimd<TSingles> => range switch
        {
            IntegerRange.Signed => TLanes.Add(sum, magnitude, TLanes.WithSign(x, integers)),
            IntegerRange.SignedByte => TLanes.AddLarge(sum, magnitude, TLanes.WithSign(x, integers)),
            _ => TLanes.Add(sum, integers, x),
        };

    [MethodImpl(Inline)]
    private static void Put<TBlocks, TLanes, TSingles>(float* sums, TLanes left, TLanes right, float* scale, float* offset,
        float xScale, float* correction)
        where TBlocks : IBlockIntegers
        where TLanes : unmanaged, IByteLanes<TLanes, TSingles>
        where TSingles : unmanaged, ISimd<TSingles>
    {
        Put<TBlocks, TLanes, TSingles>(sums, left, scale, offset, TSingles.All(xScale), correction);
        Put<TBlocks, TLanes, TSingles>(sums + TSingles.Width, right, scale + TSingles.Width, offset + TSingles.Width,
            TSingles.All(xScale), correction);
    }

    [MethodImpl(Inline)]
    private static void Put<TBlocks, TLanes, TSingles>(float* sums, TLanes sum, float* scale, float* offset, TSingles xScale,
        float* correction)
        where TBlocks : IBlockIntegers
        where TLanes : unmanaged, IByteLanes<TLanes, TSingles>
        where TSingles : unmanaged, ISimd<TSingles>
    {
        var range = Unpacked<TBlocks>(TLanes.HasRoom);
        var whole = range == IntegerRange.SignedByte ? sum : TLanes.Whole(sum);
        if (range == IntegerRange.Unsigned && BlockIntegers.CorrectedBy<TBlocks>() != 0)
            whole -= TLanes.All(*(int*)correction);
        var product = TSingles.MultiplyAdd(TLanes.Singles(whole), TSingles.Load(scale) * xScale, TSingles.Load(sums));
        if (TBlocks.HasOffsets)
            product = TSingles.MultiplyAdd(TSingles.Load(offset), TSingles.All(*correction), product);
        TSingles.Store(product, sums);
    }

    // What one and two rows do is written for registers themselves: over IByteLanes, as four rows have it, the compiler inlines no more of
    // it, and a row of q8_0 takes four times as long.
    [MethodImpl(Inline)]
    private static Vector256<byte> Magnitude(IntegerRange range, Vector256<int> word) =>
        range is IntegerRange.Signed or IntegerRange.SignedByte ? Vector256.Abs(word.AsSByte()).AsByte() : default;

    // A signed integer times x is its magnitude times x with its sign.
    [MethodImpl(Inline)]
    private static Vector256<int> Add(IntegerRange range, Vector256<int> sum, Vector256<byte> integers, Vector256<byte> magnitude,
        Vector256<sbyte> x) => range switch
        {
            IntegerRange.Signed => TDot.Add(sum, magnitude, TDot.WithSign(x, integers.AsSByte())),
            IntegerRange.SignedByte => TDot.AddLarge(sum, magnitude, TDot.WithSign(x, integers.AsSByte())),
            _ => TDot.Add(sum, integers, x),
        };

    // The sum of a scale, of integers less their centre.
    [MethodImpl(Inline)]
    private static Vector256<int> Whole<TBlocks>(Vector256<int> sum, IntegerRange range, Vector256<float> correction)
        where TBlocks : IBlockIntegers
    {
        var whole = range == IntegerRange.SignedByte ? sum : TDot.Whole(sum);
        return range is IntegerRange.Unsigned or IntegerRange.UnsignedHalves && TBlocks.Centre != 0
            ? whole - correction.AsInt32()
            : whole;
    }

    [MethodImpl(Inline)]
    private static Vector256<float> Scaled<TBlocks>(Vector256<float> before, Vector256<int> whole, float* scale, float* offset,
        Vector256<float> xScale, Vector256<float> correction) where TBlocks : IBlockIntegers
    {
        var product = Vector256.FusedMultiplyAdd(Vector256.ConvertToSingle(whole), Vector256.Load(scale) * xScale, before);
        return TBlocks.HasOffsets ? Vector256.FusedMultiplyAdd(Vector256.Load(offset), correction, product) : product;
    }
}
