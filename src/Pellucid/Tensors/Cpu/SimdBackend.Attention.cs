using System.Runtime.CompilerServices;

namespace Pellucid.Tensors.Cpu;

/// <summary>
/// Attention in tiles of 64 keys with a running maximum and sum (Milakov and Gimelshein 2018; Dao et al. 2022). Tiles
/// are counted from position 0, and every score and every element of z is one chain in ascending order, so a row has the
/// same bits alone, in a batch, and with keys and values from a store.
/// </summary>
internal sealed unsafe partial class SimdBackend<T>
{
    private const int Tile = KeyValueStore.TileLength;

    internal override void Attention(Tensor qkv, Tensor sinks, in SegmentTable segments, in AttentionShape shape,
        KeyValueStore? store, int layer,
        Tensor z, Tensor logSumExp)
    {
        var tiles = new HeadTiles(qkv.Floats, shape, StoredTiles.Of(store, layer));
        var floats = Gemm<T>.ScratchFloats + AttentionJob.BlockFloats(shape.HeadWidth) + tiles.Floats(TilesOf(segments.LongestKeyCount));
        lock (_scratchInUse)
            Run(new AttentionJob(qkv.Floats, sinks.IsEmpty ? null : sinks.Floats, new(segments), shape, tiles, z.Floats, logSumExp.Floats,
                Reserve(floats)), segments.Pairs * z.Columns);
    }

    // The tile of the first key that a row at that position sees.
    private static int FirstTile(int position, in AttentionShape shape) => shape.FirstKey(position) / Tile * Tile;

    private static int TilesOf(int keys) => (keys + Tile - 1) / Tile;

    // Rows from the i-th on whose positions lie in one tile.
    private static int RowsInTile(in Segment segment, int i) => Math.Min(Tile - (segment.FirstPosition + i) % Tile, segment.RowCount - i);

    // Columns that the kernel computes whole; lanes beyond the keys are there and finite.
    private static int WholeColumns(int keys) => Math.Min(Tile, (keys + 2 * T.Width - 1) / (2 * T.Width) * (2 * T.Width));

    /// <summary>Queries of consecutive rows whose positions lie in one tile, times the scale.</summary>
    private readonly struct Queries
    {
        private readonly float* _rows, _gemm;
        private readonly int _count, _width;
        private readonly float _cap;

        public Queries(float* qkv, in Segment segment, int first, int count, int head, in AttentionShape shape, float* memory, float* gemm)
        {
            _rows = memory;
            _gemm = gemm;
            (_count, _width, _cap) = (count, shape.HeadWidth, (float)shape.SoftCap);
            var start = qkv + ((long)segment.RowStart + first) * shape.InputWidth + shape.QueryColumn(head);
            ScaleRows(start, shape.InputWidth, shape.SingleFactor, _rows, count, _width);
        }

        public static long Floats(int D) => Tile * (long)D;

        /// <summary>Scores (rows, 64) against a tile of keys; those of key j for row i, j &gt;
        /// i + <paramref name="diagonal"/>, are of no use and may be anything.</summary>
        public void Score(float* keys, int columns, int diagonal, float* scores)
        {
            if (_count == 1)
                ScoresOfOne(_rows, keys, scores, columns, _width);
            else
                Gemm<T>.MultiplyVisible(new(_rows, _width, 1), keys, Tile, scores, Tile, _count, columns, _width, diagonal, _gemm);
            for (var i = 0; _cap != 0 && i < _count; i++)
                Cap(scores + i * Tile, Math.Min(columns, i + diagonal + 1), _cap);
        }
    }

    private readonly struct AttentionJob(float* qkv, float* sinks, SharedHeads heads, in AttentionShape shape, HeadTiles tiles,
        float* z, float* logSumExp, Scratch scratch) : ITeamJob
    {
        private readonly AttentionShape _shape = shape;

        public void Execute(int member, int members)
        {
            var (part, H) = (heads.Of(member, members, _shape.Heads), _shape.Heads);
            float* gemm = scratch.Of(member), own = gemm + Gemm<T>.ScratchFloats, laid = own + BlockFloats(_shape.HeadWidth);
            for (var item = part.Start; item < part.End; item++)
            {
                ref readonly var segment = ref heads[item, H];
                var head = (int)(item % H);
                var keyValueHead = _shape.KeyValueHeadOf(head);
                if (item == part.Start || head % _shape.HeadsPerGroup == 0)
                    tiles.Prepare(segment, keyValueHead, laid);
                for (int i = 0, rows; i < segment.RowCount; i += rows)
                {
                    rows = RowsInTile(segment, i);
                    Block(segment, head, keyValueHead, i, rows, own, gemm);
                }
            }
        }

        private void Block(in Segment segment, int head, int keyValueHead, int first, int rows, float* own, float* gemm)
        {
            var (H, D) = (_shape.Heads, _shape.HeadWidth);
            float* mixed = own + Queries.Floats(D), scores = mixed + Tile * D, laid = own + BlockFloats(D);
            var softmax = new RunningSoftmax(scores, scores + Tile * Tile, rows, sinks == null ? null : sinks + head);
            var queries = new Queries(qkv, segment, first, rows, head, _shape, own, gemm);
            var (start, last) = (segment.FirstPosition + first, segment.FirstPosition + first + rows - 1);
            var firstTile = FirstTile(start, _shape);
            for (var j = firstTile; j <= last; j += Tile)
            {
                var keys = Math.Min(Tile, last + 1 - j);
                var columns = WholeColumns(keys);
                queries.Score(tiles.Keys(segment, keyValueHead, j, laid), columns, start - j, scores);
                softmax.Take(start, j, _shape, columns, j > firstTile ? mixed : null);
                var values = tiles.Values(segment, keyValueHead, j, laid);
                if (rows == 1)
                {
                    if (j + Tile <= last)
                        tiles.FetchKeys(segment, keyValueHead, j + Tile);
                    MixOfOne(scores, values, mixed, keys, D, j > firstTile);
                }
                else
                    MultiplyLower(new(scores, Tile, 1), values, mixed, D, rows, D, keys, start - j, j > firstTile, gemm);
            }
            softmax.Finish();
            for (var i = 0; i < rows; i++)
            {
                var item = ((long)segment.RowStart + first + i) * H + head;
                ScaleRows(mixed + i * D, D, softmax.Reciprocals[i], z + item * D, 1, D);
                logSumExp[item] = softmax.LogSumExps[i];
            }
        }

        /// <summary>Floats that a block of rows needs:
        /// its queries, what it mixed, scores, and what <see cref="RunningSoftmax"/> keeps.</summary>
        public static long BlockFloats(int D) => Queries.Floats(D) + Tile * (long)D + Tile * Tile + RunningSoftmax.Floats;
    }

    // c (M, N) = [c +] a · b, where element (i, k) of a is zero if k > i + diagonal, as weights of keys that come later are.
    private static void MultiplyLower(MatrixView a, MatrixView b, float* c, nint cStride, int M, int N, int K,
        int diagonal, bool accumulate, float* gemm)
    {
        var panel = diagonal < K ? Gemm<T>.FullRows : M;
        for (int i = 0, rows; i < M; i += rows)
        {
            rows = Math.Min(panel, M - i);
            Gemm<T>.Multiply(a.From(i, 0), b, c + i * cStride, cStride, rows, N, Math.Min(K, i + rows + diagonal), accumulate, null, gemm);
        }
    }

    // c (M, N) = [c +] a · b, where element (i, k) of a is zero if i > k + diagonal.
    private static void MultiplyUpper(MatrixView a, MatrixView b, float* c, nint cStride, int M, int N, int K,
        int diagonal, bool accumulate, float* gemm)
    {
        var panel = diagonal < M ? Gemm<T>.FullRows : M;
        for (int i = 0, rows; i < M; i += rows)
        {
            rows = Math.Min(panel, M - i);
            var first = Math.Max(0, i - diagonal);
            Gemm<T>.Multiply(a.From(i, first), b.From(first, 0), c + i * cStride, cStride, rows, N, K - first, accumulate, null, gemm);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Cap(float* scores, int valid, float cap)
    {
        var capped = new Capped(cap);
        for (var j = 0; j < valid; j += T.Width)
        {
            var score = T.Load(scores + j);
            T.Store(capped.Invoke(score, score, score), scores + j);
        }
    }

    // destination (rows, D), dense, = factor · source.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ScaleRows(float* source, nint stride, float factor, float* destination, int rows, int D)
    {
        for (var i = 0; i < rows; i++, source += stride, destination += D)
        {
            var d = 0;
            for (; d + T.Width <= D; d += T.Width)
                T.Store(T.Load(source + d) * T.All(factor), destination + d);
            for (; d < D; d++)
                destination[d] = source[d] * factor;
        }
    }
}
