using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Pellucid.Tensors.Cpu;

/// <summary>
/// Matrix multiplication c (M, N) = [c +] a (M, K) · b (K, N) [+ bias], after Goto and van de Geijn (2008): a panel of a, some
/// rows of it, stays in the first-level cache while panels of b, some columns, pass by from the second, and a kernel keeps a
/// tile of c in registers. So c is written in long runs. A factor is read where it lies; copied into panels is only what a
/// kernel cannot read there, or would read more slowly.
/// </summary>
internal static unsafe class Gemm<T> where T : unmanaged, ISimd<T>
{
    /// <summary>Steps of the inner dimension that a panel holds.</summary>
    public const int InnerBlock = 384;

    /// <summary>Rows of a that are packed at a time: 32 panels.</summary>
    public const int RowBlock = 32 * 14;

    /// <summary>Columns of b whose panels are kept for all blocks of rows.</summary>
    private const int ColumnBlock = 3072;

    /// <summary>Panels of b that a panel of a is multiplied by in one go;
    /// at most 590 KB, so that they stay in the second-level cache.</summary>
    private const int PanelsTogether = 12;

    /// <summary>Panels of b that are packed together, so that a row of b is read in longer runs.</summary>
    private const int PanelsPacked = 4;

    /// <summary>Up to so many rows, b is read where it lies however far its rows are apart:
    /// copying it would cost more than it saves.</summary>
    private const int FewRows = 64;

    /// <summary>Up to so many columns, a is read where it lies: if its rows are apart, and if they are side by side.</summary>
    private const int FewColumnsForRowsApart = 768, FewColumnsForRowsSideBySide = 256;

    /// <summary>More rows of a than this come from memory, which packing reads faster than a kernel does.</summary>
    private const int RowsInCaches = 2048;

    private const int LargestTile = 14 * 32;

    /// <summary>Columns of a panel of b.</summary>
    public static int Columns => 2 * T.Width;

    /// <summary>Rows of a whole panel.</summary>
    public static int FullRows
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => T.Width == 16 ? Kernel14<T>.Rows : Kernel6<T>.Rows;
    }

    /// <summary>Floats of scratch that a member needs.</summary>
    public static int ScratchFloats => (RowBlock + 14) * InnerBlock + LargestTile + Columns + ColumnBlock * InnerBlock;

    /// <summary>Multiplies on one thread; sums b's columns in passing, and finishes elements of c as soon as they are whole.</summary>
    public static void Multiply(MatrixView a, MatrixView b, float* c, nint cStride, int M, int N, int K,
        bool accumulate, float* bias, float* scratch,
        in ColumnSums<T> sums = default, in Finish<T> finish = default)
    {
        for (var j = 0; j < N; j += ColumnBlock)
        for (var k = 0; k < K || k == 0; k += InnerBlock)
        {
            var inner = Math.Min(InnerBlock, K - k);
            var whole = k + inner >= K;
            MultiplyBlock(a.From(0, k), b.From(k, j), c + j, cStride, M, Math.Min(ColumnBlock, N - j), inner, accumulate || k > 0,
                whole && bias != null ? bias + j : null, scratch, sums.From(j), whole ? finish : default);
        }
    }

    /// <summary>Where the tile lies in a member's scratch, and where packed panels of b do; packed rows of a lie at its start.</summary>
    public static float* TileOf(float* scratch) => scratch + (RowBlock + 14) * InnerBlock;

    /// <inheritdoc cref="TileOf"/>
    public static float* PackedBOf(float* scratch) => TileOf(scratch) + LargestTile + Columns;

    /// <summary>
    /// c (M, N) = a · b; b is read where it lies, and N is a multiple of <see cref="Columns"/>. Of no use,
    /// and not all computed, are elements (i, j) with j &gt; i + <paramref name="diagonal"/>.
    /// </summary>
    public static void MultiplyVisible(MatrixView a, float* b, nint bStride, float* c, nint cStride, int M, int N,
        int K, int diagonal, float* scratch)
    {
        for (var k = 0; k < K; k += InnerBlock)
        {
            var inner = Math.Min(InnerBlock, K - k);
            var rows = new PanelsOfA(a.From(0, k), M, ReadInPlace(a, M, N), inner, scratch);
            for (var j = 0; j < N; j += Columns)
                MultiplyPanels(rows, j - diagonal, new BPanel((byte*)(b + k * bStride + j), bStride * sizeof(float), Columns), 0, c + j,
                    cStride, inner, k > 0, null, TileOf(scratch), default);
        }
    }

    private static void MultiplyBlock(MatrixView a, MatrixView b, float* c, nint cStride, int M, int N, int inner, bool resume, float* bias,
        float* scratch, in ColumnSums<T> sums, in Finish<T> finish)
    {
        var packedB = PackedBOf(scratch);
        var inPlace = ReadInPlace(a, M, N);
        for (var i = 0; i < M; i += RowBlock)
        {
            var rows = new PanelsOfA(a.From(i, 0), Math.Min(RowBlock, M - i), inPlace, inner, scratch);
            for (int j = 0, columns; j < N; j += columns)
            {
                columns = Math.Min(PanelsTogether * Columns, N - j);
                if (i == 0 && sums.AreWanted)
                    sums.Add(b, j, columns, inner);
                var (panels, panelBytes) = (new BPanel((byte*)b.From(0, j).Start, b.RowStride * sizeof(float), columns),
                    (nint)Columns * sizeof(float));
                if (b.ColumnStride != 1 || columns % Columns > 0 || (M > FewRows && CollideInCache(b.RowStride)))
                {
                    // With a single block of rows nothing is needed twice: panels go over one another and stay near.
                    var packed = packedB + (M > RowBlock ? j : 0) * (nint)inner;
                    for (var n = 0; i == 0 && n < columns; n += PanelsPacked * Columns)
                        Packing.Panels(b.From(0, j + n), inner, Math.Min(PanelsPacked * Columns, columns - n),
                            Columns, packed + (nint)n * inner);
                    (panels, panelBytes) = (new BPanel(packed, columns), inner * panelBytes);
                }
                MultiplyPanels(rows, 0, panels, panelBytes, c + i * cStride + j, cStride, inner, resume,
                    bias == null ? null : bias + j, TileOf(scratch), finish);
            }
        }
    }

    // The panels of a that reach beyond row first, each with all panels of b, which lie so many bytes apart.
    private static void MultiplyPanels(in PanelsOfA a, int first, BPanel b, nint panelBytes, float* c, nint cStride, int inner, bool resume,
        float* bias, float* tile, in Finish<T> finish)
    {
        for (int i = 0, width; i < a.Rows; i += width)
        {
            width = PanelRows(a.Rows - i);
            var (rows, used, panel) = (a.From(i), Math.Min(width, a.Rows - i), (nint)b.Start);
            for (var j = 0; i + width > first && j < b.Columns; j += Columns, panel += panelBytes)
            {
                if (finish.IsNeeded)
                    finish.Fetch(c + i * cStride + j, cStride, used);
                MultiplyTile<SingleWords<T>>(width, used, rows, new BPanel((byte*)panel, b.Stride, Math.Min(Columns, b.Columns - j)),
                    c + i * cStride + j, cStride, inner, resume, bias == null ? null : bias + j, tile);
            }
            if (finish.IsNeeded)
                finish.Apply(c + i * cStride, cStride, used, b.Columns);
        }
    }

    private static bool ReadInPlace(MatrixView a, int M, int N) => a.ColumnStride == 1
        ? N <= FewColumnsForRowsApart && M <= RowsInCaches && !CollideInCache(a.RowStride)
        : a.RowStride == 1 && N <= FewColumnsForRowsSideBySide && !CollideInCache(a.ColumnStride);

    // Rows that lie a multiple of 4 KB apart fall on the same few lines of the first-level cache.
    private static bool CollideInCache(nint stride) => stride % (4096 / sizeof(float)) == 0;

    /// <summary>Rows of a in panels: where they lie, or packed.</summary>
    private readonly struct PanelsOfA
    {
        public readonly int Rows;
        private readonly MatrixView _a;
        private readonly float* _packed;
        private readonly int _inPlace, _inner;

        /// <summary>Packs them, or only the last ones, for which no kernel has just so many rows.</summary>
        public PanelsOfA(MatrixView a, int rows, bool inPlace, int inner, float* packed)
        {
            (Rows, _a, _inner) = (rows, a, inner);
            _packed = packed;
            _inPlace = inPlace ? InFullPanels(rows) : 0;
            PackRows(a.From(_inPlace, 0), rows - _inPlace, inner, packed);
        }

        /// <summary>The panel that begins with row i.</summary>
        public MatrixView From(int i) =>
            i < _inPlace ? _a.From(i, 0) : new(_packed + (nint)(i - _inPlace) * _inner, 1, PanelRows(Rows - i));
    }

    /// <summary>A panel of b: floats of a step of the inner dimension side by side.</summary>
    /// <param name="start">First step.</param>
    /// <param name="stride">Bytes from one step to the next.</param>
    /// <param name="columns">Columns that count; the others are only computed.</param>
    public readonly struct BPanel(byte* start, nint stride, int columns)
    {
        /// <summary>A dense panel of singles.</summary>
        public BPanel(float* start, int columns) : this((byte*)start, 2 * T.Width * sizeof(float), columns)
        {
        }

        public readonly byte* Start = start;
        public readonly nint Stride = stride;
        public readonly int Columns = columns;
    }

    // Rows of the first of the panels that so many rows make: the largest kernel's while there are many, and smaller ones at the
    // end, so that few rows are computed that do not exist, and, of many, none if their number is even.
    private static int PanelRows(int rows) => rows switch
    {
        <= 1 => rows,
        12 or 18 when FullRows == 14 => 6,
        16 or 24 when FullRows == 14 => 8,
        _ when rows >= FullRows => FullRows,
        <= 6 => 6,
        <= 8 => 8,
        _ => FullRows,
    };

    // Of so many rows, those in panels none of whose rows is empty.
    private static int InFullPanels(int rows)
    {
        var full = 0;
        while (full < rows && PanelRows(rows - full) is var width && width <= rows - full)
            full += width;
        return full;
    }

    /// <summary>Packs rows of a in the panels that <see cref="MultiplyPanel"/> takes.</summary>
    public static void PackRows(MatrixView a, int rows, int inner, float* packed)
    {
        for (int i = 0, run; i < rows; i += run)
        {
            var width = PanelRows(rows - i);
            run = width;
            while (i + run < rows && PanelRows(rows - i - run) == width)
                run += width;
            Packing.Panels(a.From(i, 0).Transposed, inner, Math.Min(run, rows - i), width, packed + (nint)i * inner);
        }
    }

    /// <summary>Packed rows of a times one panel of b; the tile is scratch for what hangs over the edge.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MultiplyPanel<TWords>(float* a, BPanel b, float* c, nint cStride, int rows, int inner, bool resume, float* bias,
        float* tile) where TWords : IPanelWords<T>
    {
        for (int i = 0, width; i < rows; i += width)
        {
            width = PanelRows(rows - i);
            if (i + width < rows)
                FetchTile(c + (i + width) * cStride, cStride, Math.Min(width, rows - i - width));
            MultiplyTile<TWords>(width, Math.Min(width, rows - i), new(a + (nint)i * inner, 1, width), b, c + i * cStride,
                cStride, inner, resume, bias, tile);
        }
    }

    // The tile that comes next: its kernel begins with it, and shall not wait for memory.
    private static void FetchTile(float* c, nint cStride, int rows)
    {
        for (var i = 0; Sse.IsSupported && i < rows; i++, c += cStride)
        {
            Sse.Prefetch1(c);
            Sse.Prefetch1(c + Columns - 1);
        }
    }

    private static void MultiplyTile<TWords>(int width, int rows, MatrixView a, BPanel b, float* c, nint cStride, int inner, bool resume,
        float* bias, float* tile) where TWords : IPanelWords<T>
    {
        if (rows == width && b.Columns == Columns)
            MultiplyWhole<TWords>(width, a, b, c, cStride, inner, resume, bias);
        else
            MultiplyEdge<TWords>(width, rows, a, b, c, cStride, inner, resume, bias, tile);
    }

    // A tile that hangs over the edge of c is computed beside it.
    private static void MultiplyEdge<TWords>(int width, int rows, MatrixView a, BPanel b, float* c, nint cStride, int inner, bool resume,
        float* bias, float* tile) where TWords : IPanelWords<T>
    {
        var wideBias = tile + LargestTile;
        if (bias != null)
            new ReadOnlySpan<float>(bias, b.Columns).CopyTo(new Span<float>(wideBias, Columns));
        for (var i = 0; resume && i < rows; i++)
            new ReadOnlySpan<float>(c + i * cStride, b.Columns).CopyTo(new Span<float>(tile + i * Columns, Columns));
        MultiplyWhole<TWords>(width, a, b, tile, Columns, inner, resume, bias == null ? null : wideBias);
        for (var i = 0; i < rows; i++)
            new ReadOnlySpan<float>(tile + i * Columns, b.Columns).CopyTo(new Span<float>(c + i * cStride, b.Columns));
    }

    private static void MultiplyWhole<TWords>(int width, MatrixView a, BPanel b, float* c, nint cStride, int inner, bool resume,
        float* bias) where TWords : IPanelWords<T>
    {
        if (a.RowStride == 1)
            MultiplyWhole<RowsSideBySide, TWords>(width, new(a.Start, a.ColumnStride), b, c, cStride, inner, resume, bias);
        else
            MultiplyWhole<RowsApart, TWords>(width, new(a.Start, a.RowStride), b, c, cStride, inner, resume, bias);
    }

    private static void MultiplyWhole<TRows, TWords>(int width, TRows a, BPanel b, float* c, nint cStride,
        int inner, bool resume, float* bias)
        where TRows : struct, IPanelRows where TWords : IPanelWords<T>
    {
        if (width == 14)
            Kernel14<T>.Multiply<TRows, TWords>(a, b.Start, b.Stride, c, cStride, inner, resume, bias);
        else if (width == 8)
            Kernel8<T>.Multiply<TRows, TWords>(a, b.Start, b.Stride, c, cStride, inner, resume, bias);
        else if (width == 6)
            Kernel6<T>.Multiply<TRows, TWords>(a, b.Start, b.Stride, c, cStride, inner, resume, bias);
        else
            Kernel1<T>.Multiply<TRows, TWords>(a, b.Start, b.Stride, c, cStride, inner, resume, bias);
    }
}

/// <summary>A product shared by a team: c is cut into a grid, a rectangle for each member.</summary>
internal readonly unsafe struct GemmJob<T>(MatrixView a, MatrixView b, float* c, nint cStride, int M, int N, int K, bool accumulate,
    float* bias, Scratch scratch, float* columnSums, Finish<T> finish) : ITeamJob
    where T : unmanaged, ISimd<T>
{
    private const int RowGrain = 8, ColumnGrain = 32;

    public void Execute(int member, int members)
    {
        var rowParts = RowParts(members);
        var columnParts = members / rowParts;
        if (member >= rowParts * columnParts)
            return;
        var rowPart = member / columnParts;
        var rows = Part.Of(M, rowPart, rowParts, RowGrain);
        var columns = Part.Of(N, member % columnParts, columnParts, ColumnGrain);
        if (rows.Length == 0 || columns.Length == 0)
            return;
        var (i, j) = ((nint)rows.Start, (nint)columns.Start);
        // Who multiplies the same columns shares their sums.
        var sums = columnSums == null ? default : new ColumnSums<T>(columnSums + j, Part.Of(columns.Length, rowPart, rowParts, grain: 16));
        Gemm<T>.Multiply(a.From(i, 0), b.From(0, j), c + i * cStride + j, cStride, (int)rows.Length, (int)columns.Length, K,
            accumulate, bias == null ? null : bias + j, scratch.Of(member), sums, finish);
    }

    // The grid whose rectangles have the least to pack; none is without rows.
    private int RowParts(int members)
    {
        var (best, least) = (1, double.PositiveInfinity);
        for (var parts = 1; parts <= Math.Min(members, (M + RowGrain - 1) / RowGrain); parts++)
        {
            var cost = (double)M / parts + (double)N / (members / parts) + (double)M * N / (parts * (members / parts)) / 64;
            if (cost < least)
                (best, least) = (parts, cost);
        }
        return best;
    }
}

/// <summary>Memory that every member of a team has for itself.</summary>
internal readonly unsafe struct Scratch(float* start, nint floatsEach)
{
    public nint FloatsEach => floatsEach;

    public float* Of(int member) => start + member * floatsEach;

    public static Scratch Allocate(int members, long floatsEach)
    {
        var rounded = (floatsEach + 15) / 16 * 16;
        return new((float*)AlignedMemory.Allocate(members * rounded * sizeof(float)), (nint)rounded);
    }

    public void Free() => AlignedMemory.Free((nint)start);
}
