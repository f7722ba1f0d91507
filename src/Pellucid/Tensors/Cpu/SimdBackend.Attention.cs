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

    public override void Attention(Tensor qkv, ReadOnlySpan<Segment> segments, int heads, int band, KeyValueStore? store, int layer, Tensor z, Tensor logSumExp)
    {
        var D = z.Columns / heads;
        fixed (Segment* first = segments)
        {
            var tiles = new HeadTiles(qkv.Floats, heads, D, StoredHeads.Of(store, layer));
            lock (_scratchInUse)
                Run(new AttentionJob(qkv.Floats, first, segments.Length, heads, D, band, tiles, z.Floats, logSumExp.Floats,
                    Reserve(Gemm<T>.ScratchFloats + AttentionJob.BlockFloats(D) + tiles.Floats(MostTiles(segments)))), Pairs(segments) * z.Columns);
        }
    }

    public override void AttentionBackward(Tensor gradient, Tensor qkv, Tensor z, Tensor logSumExp, ReadOnlySpan<Segment> segments, int heads, int band, Tensor qkvGradient)
    {
        var D = z.Columns / heads;
        var tiles = MostTiles(segments);
        fixed (Segment* first = segments)
            lock (_scratchInUse)
                Run(new AttentionBackwardJob(gradient.Floats, qkv.Floats, z.Floats, logSumExp.Floats, first, segments.Length, heads, D, band, qkvGradient.Floats,
                    Reserve(Gemm<T>.ScratchFloats + AttentionBackwardJob.Floats(D, tiles))), Pairs(segments) * z.Columns);
    }

    private static int FirstTile(int position, int band) => Segment.FirstKey(position, band) / Tile * Tile;

    private static int TilesOf(int keys) => (keys + Tile - 1) / Tile;

    private static int MostTiles(ReadOnlySpan<Segment> segments)
    {
        var tiles = 0;
        foreach (var segment in segments)
            tiles = Math.Max(tiles, TilesOf(segment.KeyCount));
        return tiles;
    }

    // Rows from the i-th on whose positions lie in one tile.
    private static int RowsInTile(in Segment segment, int i) => Math.Min(Tile - (segment.FirstPosition + i) % Tile, segment.RowCount - i);

    // Columns that the kernel computes whole; lanes beyond the keys are there and finite.
    private static int WholeColumns(int keys) => Math.Min(Tile, (keys + 2 * T.Width - 1) / (2 * T.Width) * (2 * T.Width));

    /// <summary>Where a layer's keys and values of every sequence lie; none without a store.</summary>
    private readonly struct StoredHeads(float* keys, float* values, int heads, int capacity, int width)
    {
        public static StoredHeads Of(KeyValueStore? store, int layer) => store is null ? default
            : new(store.Keys[layer].Floats, store.Values[layer].Floats, store.Heads, store.Capacity, store.HeadWidth);

        public bool Exist => keys != null;

        /// <summary>The tile (D, 64) of keys that holds a position.</summary>
        public float* Keys(int sequence, int head, int position) => keys + At(sequence, head, position / Tile * Tile);

        /// <summary>The value (D) of a position; the next positions follow.</summary>
        public float* Values(int sequence, int head, int position) => values + At(sequence, head, position);

        private long At(int sequence, int head, int position) => (((long)sequence * heads + head) * capacity + position) * width;
    }

    // Members share the heads of all segments in order, equally by the pairs of rows and keys: what lies side by side in memory was
    // written by one of them just before.
    private static Part HeadsOf(Segment* segments, int count, int heads, int member, int members)
    {
        var pairs = Pairs(new ReadOnlySpan<Segment>(segments, count)) * heads;
        return new(HeadAfter(pairs * member / members, segments, count, heads), HeadAfter(pairs * (member + 1) / members, segments, count, heads));
    }

    // The first head that has so many pairs before it.
    private static long HeadAfter(long pairs, Segment* segments, int count, int heads)
    {
        for (var s = 0; s < count; s++)
        {
            var each = Pairs(segments[s]);
            if (pairs < each * heads)
                return (long)s * heads + (pairs + each - 1) / each;
            pairs -= each * heads;
        }
        return (long)count * heads;
    }

    private static long Pairs(ReadOnlySpan<Segment> segments)
    {
        var pairs = 0L;
        foreach (var segment in segments)
            pairs += Pairs(segment);
        return pairs;
    }

    private static long Pairs(in Segment segment) => (long)segment.RowCount * (segment.FirstPosition + segment.KeyCount + 1) / 2;

    /// <summary>A head's keys in tiles (D, 64), and its values: in the store, or laid out in memory where there is none.</summary>
    private readonly struct HeadTiles(float* qkv, int heads, int D, StoredHeads store)
    {
        /// <summary>Floats that <see cref="Lay"/> needs for segments of so many tiles.</summary>
        public long Floats(int tiles) => (store.Exist ? 0 : 2L * tiles) * Tile * D;

        /// <summary>Puts the segment's keys and values in the store, if there is one.</summary>
        public void Remember(in Segment segment, int head)
        {
            var C = heads * D;
            for (int i = 0, rows; store.Exist && i < segment.RowCount; i += rows)
            {
                rows = RowsInTile(segment, i);
                var position = segment.FirstPosition + i;
                var keys = new MatrixView(qkv + ((long)segment.RowStart + i) * 3 * C + C + head * D, 3 * C, 1);
                var tile = store.Keys(segment.Sequence, head, position) + position % Tile;
                if (rows == Tile)
                    Packing.Panels(keys.Transposed, D, Tile, Tile, tile);
                for (var row = 0; row < rows; row++)
                {
                    if (rows < Tile)
                        Turn(keys.From(row, 0).Start, tile + row);
                    new ReadOnlySpan<float>(keys.From(row, C).Start, D).CopyTo(new Span<float>(store.Values(segment.Sequence, head, position + row), D));
                }
            }
        }

        /// <summary>Lays out what is not in a store.</summary>
        public void Lay(in Segment segment, int head, float* memory)
        {
            if (!store.Exist && segment.FirstPosition > 0)
                GatherBranch(segment, head, memory);
            else if (!store.Exist)
                TurnKeys(segment, head, memory);
        }

        /// <summary>The tile of keys from position j on.</summary>
        public float* Keys(in Segment segment, int head, int j, float* laid) =>
            store.Exist ? store.Keys(SequenceAt(segment, j), head, j) : laid + (long)j * D;

        /// <summary>The values from position j on, as far as its tile goes.</summary>
        public MatrixView Values(in Segment segment, int head, int j, float* laid)
        {
            var C = heads * D;
            return store.Exist ? new(store.Values(SequenceAt(segment, j), head, j), D, 1)
                : segment.FirstPosition > 0 ? new(laid + ((long)TilesOf(segment.KeyCount) * Tile + j) * D, D, 1)
                : new(qkv + ((long)segment.RowStart + j) * 3 * C + 2 * C + head * D, 3 * C, 1);
        }

        private static int SequenceAt(in Segment segment, int j) => j < segment.PrefixLength ? segment.PrefixSequence : segment.Sequence;

        private void TurnKeys(in Segment segment, int head, float* keys)
        {
            var C = heads * D;
            var rows = new MatrixView(qkv + (long)segment.RowStart * 3 * C + C + head * D, 3 * C, 1);
            for (var j = 0; j < segment.RowCount; j += Tile)
                Packing.Panels(rows.From(j, 0).Transposed, D, Math.Min(Tile, segment.RowCount - j), Tile, keys + (long)j * D);
        }

        // One key into its lane of a tile.
        private void Turn(float* key, float* lane)
        {
            for (var d = 0; d < D; d++)
                lane[d * Tile] = key[d];
        }

        // The positions of a branch lie in two places: keys are turned into tiles, and values laid in a row behind the tiles.
        private void GatherBranch(in Segment segment, int head, float* keys)
        {
            var (C, tiles) = (heads * D, TilesOf(segment.KeyCount));
            var values = keys + (long)tiles * Tile * D;
            new Span<float>(keys + (long)(tiles - 1) * Tile * D, Tile * D).Clear(); // lanes that no position fills must be numbers
            for (var position = 0; position < segment.KeyCount; position++)
            {
                var key = qkv + (long)segment.RowAt(position) * 3 * C + C + head * D;
                var tile = keys + (long)(position / Tile) * Tile * D + position % Tile;
                Turn(key, tile);
                new ReadOnlySpan<float>(key + C, D).CopyTo(new Span<float>(values + (long)position * D, D));
            }
        }
    }

    /// <summary>Queries of consecutive rows whose positions lie in one tile, divided by √D.</summary>
    private readonly struct Queries
    {
        private readonly float* _rows, _gemm;
        private readonly int _count, _width;

        public Queries(float* qkv, in Segment segment, int first, int count, int head, int heads, int D, float* memory, float* gemm)
        {
            _rows = memory;
            _gemm = gemm;
            (_count, _width) = (count, D);
            ScaleRows(qkv + ((long)segment.RowStart + first) * 3 * heads * D + head * D, 3 * heads * D, 1 / MathF.Sqrt(D), _rows, count, D);
        }

        public static long Floats(int D) => Tile * (long)D;

        /// <summary>Scores (rows, 64) against a tile of keys; those of key j for row i, j &gt; i + <paramref name="diagonal"/>, are of no use and may be anything.</summary>
        public void Score(float* keys, int columns, int diagonal, float* scores)
        {
            if (_count == 1)
                ScoresOfOne(_rows, keys, scores, columns, _width);
            else
                Gemm<T>.MultiplyVisible(new(_rows, _width, 1), keys, Tile, scores, Tile, _count, columns, _width, diagonal, _gemm);
        }
    }

    private readonly struct AttentionJob(float* qkv, Segment* segments, int count, int heads, int D, int band, HeadTiles tiles, float* z, float* logSumExp, Scratch scratch) : ITeamJob
    {
        public void Execute(int member, int members)
        {
            var part = HeadsOf(segments, count, heads, member, members);
            for (var item = part.Start; item < part.End; item++)
                Head(segments[item / heads], (int)(item % heads), scratch.Of(member));
        }

        private void Head(in Segment segment, int head, float* memory)
        {
            float* gemm = memory, own = memory + Gemm<T>.ScratchFloats;
            tiles.Remember(segment, head);
            tiles.Lay(segment, head, own + BlockFloats(D));
            for (int i = 0, rows; i < segment.RowCount; i += rows)
            {
                rows = RowsInTile(segment, i);
                Block(segment, head, i, rows, own, gemm);
            }
        }

        private void Block(in Segment segment, int head, int first, int rows, float* own, float* gemm)
        {
            var C = heads * D;
            float* mixed = own + Queries.Floats(D), scores = mixed + Tile * D, laid = own + BlockFloats(D);
            var softmax = new RunningSoftmax(scores, scores + Tile * Tile, rows);
            var queries = new Queries(qkv, segment, first, rows, head, heads, D, own, gemm);
            var (start, last) = (segment.FirstPosition + first, segment.FirstPosition + first + rows - 1);
            var firstTile = FirstTile(start, band);
            for (var j = firstTile; j <= last; j += Tile)
            {
                var keys = Math.Min(Tile, last + 1 - j);
                var columns = WholeColumns(keys);
                queries.Score(tiles.Keys(segment, head, j, laid), columns, start - j, scores);
                softmax.Take(start, j, band, columns, j > firstTile ? mixed : null, D);
                var values = tiles.Values(segment, head, j, laid);
                if (rows == 1)
                    MixOfOne(scores, values, mixed, keys, D, j > firstTile);
                else
                    MultiplyLower(new(scores, Tile, 1), values, mixed, D, rows, D, keys, start - j, j > firstTile, gemm);
            }
            softmax.Finish();
            for (var i = 0; i < rows; i++)
            {
                var row = (long)segment.RowStart + first + i;
                ScaleRows(mixed + i * D, D, softmax.Reciprocals[i], z + row * C + head * D, 1, D);
                logSumExp[row * heads + head] = softmax.LogSumExps[i];
            }
        }

        /// <summary>Floats that a block of rows needs: its queries, what it mixed, scores, and what <see cref="RunningSoftmax"/> keeps.</summary>
        public static long BlockFloats(int D) => Queries.Floats(D) + Tile * (long)D + Tile * Tile + RunningSoftmax.Floats;
    }

    // c (M, N) = [c +] a · b, where element (i, k) of a is zero if k > i + diagonal, as weights of keys that come later are.
    private static void MultiplyLower(MatrixView a, MatrixView b, float* c, nint cStride, int M, int N, int K, int diagonal, bool accumulate, float* gemm)
    {
        var panel = diagonal < K ? Gemm<T>.FullRows : M;
        for (int i = 0, rows; i < M; i += rows)
        {
            rows = Math.Min(panel, M - i);
            Gemm<T>.Multiply(a.From(i, 0), b, c + i * cStride, cStride, rows, N, Math.Min(K, i + rows + diagonal), accumulate, null, gemm);
        }
    }

    // c (M, N) = [c +] a · b, where element (i, k) of a is zero if i > k + diagonal.
    private static void MultiplyUpper(MatrixView a, MatrixView b, float* c, nint cStride, int M, int N, int K, int diagonal, bool accumulate, float* gemm)
    {
        var panel = diagonal < M ? Gemm<T>.FullRows : M;
        for (int i = 0, rows; i < M; i += rows)
        {
            rows = Math.Min(panel, M - i);
            var first = Math.Max(0, i - diagonal);
            Gemm<T>.Multiply(a.From(i, first), b.From(first, 0), c + i * cStride, cStride, rows, N, K - first, accumulate, null, gemm);
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

    // Scores are computed anew from the stored log-sum-exp; tile by tile, keys ascending, and for each the queries that see it.
    private readonly struct AttentionBackwardJob(float* gradient, float* qkv, float* z, float* logSumExp, Segment* segments, int count, int heads, int D, int band,
        float* qkvGradient, Scratch scratch) : ITeamJob
    {
        public void Execute(int member, int members)
        {
            var part = HeadsOf(segments, count, heads, member, members);
            for (var item = part.Start; item < part.End; item++)
                Head(segments[item / heads], (int)(item % heads), scratch.Of(member));
        }

        private void Head(in Segment segment, int head, float* memory)
        {
            var (C, rows) = (heads * D, segment.RowCount);
            float* gemm = memory, own = memory + Gemm<T>.ScratchFloats;
            var weights = own + Queries.Floats(D);
            var slopes = weights + Tile * Tile;
            var turnedKeys = slopes + Tile * Tile;
            var turnedValues = turnedKeys + (long)TilesOf(rows) * Tile * D;
            var deltas = turnedValues + (long)TilesOf(rows) * Tile * D;
            var (start, scale) = ((long)segment.RowStart, 1 / MathF.Sqrt(D));

            var x = new MatrixView(qkv + start * 3 * C + head * D, 3 * C, 1);
            var dx = qkvGradient + start * 3 * C + head * D;
            var dz = new MatrixView(gradient + start * C + head * D, C, 1);
            for (var j = 0; j < rows; j += Tile)
            {
                var here = Math.Min(Tile, rows - j);
                Packing.Panels(x.From(j, C).Transposed, D, here, Tile, turnedKeys + (long)j * D);
                Packing.Panels(x.From(j, 2 * C).Transposed, D, here, Tile, turnedValues + (long)j * D);
            }
            for (var i = 0; i < rows; i++)
                deltas[i] = Dot(dz.From(i, 0).Start, z + (start + i) * C + head * D, D);

            for (var j = 0; j < rows; j += Tile)
            for (var i = j; i < rows && FirstTile(i, band) <= j; i += Tile)
            {
                var (keys, seeing) = (Math.Min(Tile, rows - j), Math.Min(Tile, rows - i));
                var columns = WholeColumns(keys);
                new Queries(qkv, segment, i, seeing, head, heads, D, own, gemm).Score(turnedKeys + (long)j * D, columns, i - j, weights);
                Gemm<T>.MultiplyVisible(dz.From(i, 0), turnedValues + (long)j * D, Tile, slopes, Tile, seeing, columns, D, i - j, gemm);
                for (var r = 0; r < seeing; r++)
                    Slopes(weights + r * Tile, slopes + r * Tile, Segment.FirstKey(i + r, band) - j, Math.Min(columns, i + r + 1 - j), columns, logSumExp[(start + i + r) * heads + head], deltas[i + r], scale);
                var (p, ds) = (new MatrixView(weights, Tile, 1), new MatrixView(slopes, Tile, 1));
                MultiplyLower(ds, x.From(j, C), dx + (long)i * 3 * C, 3 * C, seeing, D, keys, i - j, j > FirstTile(i, band), gemm);
                MultiplyUpper(ds.Transposed, x.From(i, 0), dx + (long)j * 3 * C + C, 3 * C, keys, D, seeing, i - j, i > j, gemm);
                MultiplyUpper(p.Transposed, dz.From(i, 0), dx + (long)j * 3 * C + 2 * C, 3 * C, keys, D, seeing, i - j, i > j, gemm);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Slopes(float* scores, float* slopes, int first, int valid, int columns, float logSumExp, float delta, float scale)
        {
            var j = 0;
            for (; j < valid; j += T.Width)
            {
                var weight = VectorMath.Exp(Visible(scores, j, first, valid) - T.All(logSumExp));
                T.Store(weight, scores + j);
                T.Store(weight * (T.Load(slopes + j) - T.All(delta)) * T.All(scale), slopes + j);
            }
            for (; j < columns; j += T.Width)
            {
                T.Store(T.All(0), scores + j);
                T.Store(T.All(0), slopes + j);
            }
        }

        /// <summary>Floats that a member needs for segments of so many tiles.</summary>
        public static long Floats(int D, int tiles) => Queries.Floats(D) + 2 * Tile * Tile + tiles * (2L * Tile * D + Tile);

        private static float Dot(float* a, float* b, int count)
        {
            var total = T.All(0);
            var i = 0;
            for (; i + T.Width <= count; i += T.Width)
                total = T.MultiplyAdd(T.Load(a + i), T.Load(b + i), total);
            var sum = T.Sum(total);
            for (; i < count; i++)
                sum += a[i] * b[i];
            return sum;
        }
    }
}
