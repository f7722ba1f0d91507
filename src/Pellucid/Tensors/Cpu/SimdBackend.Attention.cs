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

    public override void Attention(Tensor qkv, ReadOnlySpan<Segment> segments, in AttentionShape shape, KeyValueStore? store, int layer,
        Tensor z, Tensor logSumExp)
    {
        var tiles = new HeadTiles(qkv.Floats, shape, StoredHeads.Of(store, layer));
        fixed (Segment* first = segments)
            lock (_scratchInUse)
                Run(new AttentionJob(qkv.Floats, first, segments.Length, shape, tiles, z.Floats, logSumExp.Floats,
                    Reserve(Gemm<T>.ScratchFloats + AttentionJob.BlockFloats(shape.HeadWidth) + tiles.Floats(MostTiles(segments)))), Pairs(segments) * z.Columns);
    }

    public override void AttentionBackward(Tensor gradient, Tensor qkv, Tensor z, Tensor logSumExp, ReadOnlySpan<Segment> segments,
        in AttentionShape shape, Tensor qkvGradient)
    {
        fixed (Segment* first = segments)
            lock (_scratchInUse)
                Run(new AttentionBackwardJob(gradient.Floats, qkv.Floats, z.Floats, logSumExp.Floats, first, segments.Length, shape, qkvGradient.Floats,
                    Reserve(Gemm<T>.ScratchFloats + AttentionBackwardJob.Floats(shape.HeadWidth, MostTiles(segments)))), Pairs(segments) * z.Columns);
    }

    // The tile of the first key that a row at that position sees.
    private static int FirstTile(int position, in AttentionShape shape) => shape.FirstKey(position) / Tile * Tile;

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
            : new(store.Keys[layer].Floats, store.Values[layer].Floats, store.KeyValueHeads, store.Capacity, store.HeadWidth);

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

    /// <summary>The keys that a head reads in tiles (D, 64), and the values: in the store, or laid out in memory where there is none.</summary>
    private readonly struct HeadTiles(float* qkv, in AttentionShape shape, StoredHeads store)
    {
        private readonly AttentionShape _shape = shape;
        private readonly int _width = shape.InputWidth, _toValue = shape.KeyValueWidth;

        private int D => _shape.HeadWidth;

        /// <summary>Floats that <see cref="Lay"/> needs for segments of so many tiles.</summary>
        public long Floats(int tiles) => (store.Exist ? 0 : 2L * tiles) * Tile * D;

        /// <summary>
        /// Puts the segment's keys and values in the store, if there is one, or else lays out what has to be. Of two members that
        /// share a group's heads each does, and writes the same.
        /// </summary>
        public void Prepare(in Segment segment, int head, float* memory)
        {
            if (store.Exist)
                Remember(segment, head);
            else
                Lay(segment, head, memory);
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
            store.Exist ? store.Keys(SequenceAt(segment, j), _shape.KeyValueHeadOf(head), j) : laid + (long)j * D;

        /// <summary>The values from position j on, as far as its tile goes.</summary>
        public MatrixView Values(in Segment segment, int head, int j, float* laid) =>
            store.Exist ? new(store.Values(SequenceAt(segment, j), _shape.KeyValueHeadOf(head), j), D, 1)
            : segment.FirstPosition > 0 ? new(laid + ((long)TilesOf(segment.KeyCount) * Tile + j) * D, D, 1)
            : new(Row(segment.RowStart + j) + _shape.ValueColumn(head), _width, 1);

        private static int SequenceAt(in Segment segment, int j) => j < segment.PrefixLength ? segment.PrefixSequence : segment.Sequence;

        private float* Row(long row) => qkv + row * _width;

        private void Remember(in Segment segment, int head)
        {
            var stored = _shape.KeyValueHeadOf(head);
            for (int i = 0, rows; i < segment.RowCount; i += rows)
            {
                rows = RowsInTile(segment, i);
                var position = segment.FirstPosition + i;
                var keys = new MatrixView(Row(segment.RowStart + i) + _shape.KeyColumn(head), _width, 1);
                var tile = store.Keys(segment.Sequence, stored, position) + position % Tile;
                if (rows == Tile)
                    Packing.Panels(keys.Transposed, D, Tile, Tile, tile);
                for (var row = 0; row < rows; row++)
                {
                    if (rows < Tile)
                        Turn(keys.From(row, 0).Start, tile + row);
                    new ReadOnlySpan<float>(keys.From(row, _toValue).Start, D)
                        .CopyTo(new Span<float>(store.Values(segment.Sequence, stored, position + row), D));
                }
            }
        }

        private void TurnKeys(in Segment segment, int head, float* keys)
        {
            var rows = new MatrixView(Row(segment.RowStart) + _shape.KeyColumn(head), _width, 1);
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
            var tiles = TilesOf(segment.KeyCount);
            var values = keys + (long)tiles * Tile * D;
            new Span<float>(keys + (long)(tiles - 1) * Tile * D, Tile * D).Clear(); // lanes that no position fills must be numbers
            for (var position = 0; position < segment.KeyCount; position++)
            {
                var key = Row(segment.RowAt(position)) + _shape.KeyColumn(head);
                Turn(key, keys + (long)(position / Tile) * Tile * D + position % Tile);
                new ReadOnlySpan<float>(key + _toValue, D).CopyTo(new Span<float>(values + (long)position * D, D));
            }
        }
    }

    /// <summary>Queries of consecutive rows whose positions lie in one tile, times the scale.</summary>
    private readonly struct Queries
    {
        private readonly float* _rows, _gemm;
        private readonly int _count, _width;

        public Queries(float* qkv, in Segment segment, int first, int count, int head, in AttentionShape shape, float* memory, float* gemm)
        {
            _rows = memory;
            _gemm = gemm;
            (_count, _width) = (count, shape.HeadWidth);
            var start = qkv + ((long)segment.RowStart + first) * shape.InputWidth + shape.QueryColumn(head);
            ScaleRows(start, shape.InputWidth, shape.SingleFactor, _rows, count, _width);
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

    private readonly struct AttentionJob(float* qkv, Segment* segments, int count, in AttentionShape shape, HeadTiles tiles,
        float* z, float* logSumExp, Scratch scratch) : ITeamJob
    {
        private readonly AttentionShape _shape = shape;

        public void Execute(int member, int members)
        {
            var (part, H) = (HeadsOf(segments, count, _shape.Heads, member, members), _shape.Heads);
            float* gemm = scratch.Of(member), own = gemm + Gemm<T>.ScratchFloats, laid = own + BlockFloats(_shape.HeadWidth);
            for (var item = part.Start; item < part.End; item++)
            {
                var (segment, head) = (segments[item / H], (int)(item % H));
                if (item == part.Start || head % _shape.HeadsPerGroup == 0)
                    tiles.Prepare(segment, head, laid);
                for (int i = 0, rows; i < segment.RowCount; i += rows)
                {
                    rows = RowsInTile(segment, i);
                    Block(segment, head, i, rows, own, gemm);
                }
            }
        }

        private void Block(in Segment segment, int head, int first, int rows, float* own, float* gemm)
        {
            var (H, D) = (_shape.Heads, _shape.HeadWidth);
            float* mixed = own + Queries.Floats(D), scores = mixed + Tile * D, laid = own + BlockFloats(D);
            var softmax = new RunningSoftmax(scores, scores + Tile * Tile, rows);
            var queries = new Queries(qkv, segment, first, rows, head, _shape, own, gemm);
            var (start, last) = (segment.FirstPosition + first, segment.FirstPosition + first + rows - 1);
            var firstTile = FirstTile(start, _shape);
            for (var j = firstTile; j <= last; j += Tile)
            {
                var keys = Math.Min(Tile, last + 1 - j);
                var columns = WholeColumns(keys);
                queries.Score(tiles.Keys(segment, head, j, laid), columns, start - j, scores);
                softmax.Take(start, j, _shape, columns, j > firstTile ? mixed : null);
                var values = tiles.Values(segment, head, j, laid);
                if (rows == 1)
                    MixOfOne(scores, values, mixed, keys, D, j > firstTile);
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

    // Scores are computed anew from the stored log-sum-exp; tile by tile, keys ascending, and for each the queries that see it. The heads
    // of a group belong to one member, in their order: their keys and values sum what each of them gives.
    private readonly struct AttentionBackwardJob(float* gradient, float* qkv, float* z, float* logSumExp, Segment* segments, int count,
        in AttentionShape shape, float* qkvGradient, Scratch scratch) : ITeamJob
    {
        private readonly AttentionShape _shape = shape;

        public void Execute(int member, int members)
        {
            var (part, K) = (HeadsOf(segments, count, _shape.KeyValueHeads, member, members), _shape.KeyValueHeads);
            for (var item = part.Start; item < part.End; item++)
                Group(segments[item / K], (int)(item % K) * _shape.HeadsPerGroup, scratch.Of(member));
        }

        private void Group(in Segment segment, int firstHead, float* memory)
        {
            var (rows, D) = (segment.RowCount, _shape.HeadWidth);
            var keys = memory + Gemm<T>.ScratchFloats + Queries.Floats(D) + 2 * Tile * Tile;
            var values = keys + (long)TilesOf(rows) * Tile * D;
            var x = new MatrixView(qkv + (long)segment.RowStart * _shape.InputWidth, _shape.InputWidth, 1);
            for (var j = 0; j < rows; j += Tile)
            {
                var here = Math.Min(Tile, rows - j);
                Packing.Panels(x.From(j, _shape.KeyColumn(firstHead)).Transposed, D, here, Tile, keys + (long)j * D);
                Packing.Panels(x.From(j, _shape.ValueColumn(firstHead)).Transposed, D, here, Tile, values + (long)j * D);
            }
            for (var head = firstHead; head < firstHead + _shape.HeadsPerGroup; head++)
                Head(segment, head, head > firstHead, memory, keys, values);
        }

        private void Head(in Segment segment, int head, bool resume, float* memory, float* turnedKeys, float* turnedValues)
        {
            var (rows, H, D, width) = (segment.RowCount, _shape.Heads, _shape.HeadWidth, _shape.InputWidth);
            float* gemm = memory, own = memory + Gemm<T>.ScratchFloats;
            float* weights = own + Queries.Floats(D), slopes = weights + Tile * Tile, deltas = turnedValues + (long)TilesOf(rows) * Tile * D;
            var (start, scale) = ((long)segment.RowStart, _shape.SingleFactor);
            var (query, key, value) = (_shape.QueryColumn(head), _shape.KeyColumn(head), _shape.ValueColumn(head));

            var x = new MatrixView(qkv + start * width, width, 1);
            var dx = qkvGradient + start * width;
            var dz = new MatrixView(gradient + (start * H + head) * D, H * D, 1);
            for (var i = 0; i < rows; i++)
                deltas[i] = Dot(dz.From(i, 0).Start, z + ((start + i) * H + head) * D, D);

            for (var j = 0; j < rows; j += Tile)
            for (var i = j; i < rows && FirstTile(i, _shape) <= j; i += Tile)
            {
                var (keys, seeing) = (Math.Min(Tile, rows - j), Math.Min(Tile, rows - i));
                var columns = WholeColumns(keys);
                new Queries(qkv, segment, i, seeing, head, _shape, own, gemm).Score(turnedKeys + (long)j * D, columns, i - j, weights);
                Gemm<T>.MultiplyVisible(dz.From(i, 0), turnedValues + (long)j * D, Tile, slopes, Tile, seeing, columns, D, i - j, gemm);
                for (var r = 0; r < seeing; r++)
                    Slopes(weights + r * Tile, slopes + r * Tile, _shape.FirstKey(i + r) - j, Math.Min(columns, i + r + 1 - j), columns,
                        logSumExp[(start + i + r) * H + head], deltas[i + r], scale);
                var (p, ds) = (new MatrixView(weights, Tile, 1), new MatrixView(slopes, Tile, 1));
                float* dq = dx + (long)i * width + query, dk = dx + (long)j * width + key, dv = dx + (long)j * width + value;
                MultiplyLower(ds, x.From(j, key), dq, width, seeing, D, keys, i - j, j > FirstTile(i, _shape), gemm);
                MultiplyUpper(ds.Transposed, x.From(i, query), dk, width, keys, D, seeing, i - j, resume || i > j, gemm);
                MultiplyUpper(p.Transposed, dz.From(i, 0), dv, width, keys, D, seeing, i - j, resume || i > j, gemm);
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
