using System.Runtime.CompilerServices;

namespace Pellucid.Tensors.Cpu;

/// <summary>
/// Attention with its scores and weights laid open, (H, R, K), for looking inside. Scores have the bits that the tiled way
/// gives them, and a row has the same bits however many keys the others of its batch have.
/// </summary>
internal sealed unsafe partial class SimdBackend<T>
{
    internal override void AttentionScores(Tensor qkv, in SegmentTable segments, in AttentionShape shape, KeyValueStore? store, int layer,
        Tensor scores)
    {
        Fill(scores, float.NegativeInfinity);
        var (D, tiles) = (shape.HeadWidth, new HeadTiles(qkv.Floats, shape, StoredTiles.Of(store, layer)));
        var floats = Gemm<T>.ScratchFloats + AttentionScoresJob.BlockFloats(D) + tiles.Floats(TilesOf(segments.LongestKeyCount));
        lock (_scratchInUse)
            Run(new AttentionScoresJob(qkv.Floats, new(segments), shape, tiles, scores.Floats, qkv.Rows, scores.Columns, Reserve(floats)),
                scores.Count * D / 16);
    }

    internal override void Softmax(Tensor x, Tensor destination, Tensor sinks = default) =>
        Run(new SoftmaxJob(x.Floats, sinks.IsEmpty ? null : sinks.Floats, (int)sinks.Count, destination.Floats, x.Rows, x.Columns),
            4 * x.Count);

    internal override void AttentionMix(Tensor pattern, Tensor qkv, in SegmentTable segments, in AttentionShape shape,
        KeyValueStore? store, int layer,
        Tensor z)
    {
        var tiles = new HeadTiles(qkv.Floats, shape, StoredTiles.Of(store, layer));
        lock (_scratchInUse)
            Run(new AttentionMixJob(pattern.Floats, new(segments), shape, tiles, z.Floats, z.Rows, pattern.Columns,
                Reserve(tiles.Floats(TilesOf(segments.LongestKeyCount)))), pattern.Count * shape.HeadWidth / 16);
    }

    private readonly struct AttentionScoresJob(float* qkv, SharedHeads heads, in AttentionShape shape, HeadTiles tiles,
        float* scores, int R, int keys, Scratch scratch) : ITeamJob
    {
        private readonly AttentionShape _shape = shape;

        public void Execute(int member, int members)
        {
            var (part, H) = (heads.Of(member, members, _shape.Heads), _shape.Heads);
            var laid = scratch.Of(member) + Gemm<T>.ScratchFloats + BlockFloats(_shape.HeadWidth);
            for (var item = part.Start; item < part.End; item++)
            {
                ref readonly var segment = ref heads[item, H];
                var head = (int)(item % H);
                if (item == part.Start || head % _shape.HeadsPerGroup == 0)
                    tiles.Lay(segment, _shape.KeyValueHeadOf(head), laid);
                Head(segment, head, scratch.Of(member));
            }
        }

        private void Head(in Segment segment, int head, float* gemm)
        {
            var (D, keyValueHead) = (_shape.HeadWidth, _shape.KeyValueHeadOf(head));
            float* own = gemm + Gemm<T>.ScratchFloats, tile = own + Queries.Floats(D), laid = own + BlockFloats(D);
            for (int i = 0, rows; i < segment.RowCount; i += rows)
            {
                rows = RowsInTile(segment, i);
                var queries = new Queries(qkv, segment, i, rows, head, _shape, own, gemm);
                var (start, last) = (segment.FirstPosition + i, segment.FirstPosition + i + rows - 1);
                for (var j = FirstTile(start, _shape); j <= last; j += Tile)
                {
                    queries.Score(tiles.Keys(segment, keyValueHead, j, laid), WholeColumns(Math.Min(Tile, last + 1 - j)), start - j, tile);
                    for (var row = 0; row < rows; row++)
                    {
                        var (from, to) = (Math.Max(j, _shape.FirstKey(start + row)), Math.Min(j + Tile, start + row + 1));
                        var destination = scores + ((long)head * R + segment.RowStart + i + row) * keys + from;
                        if (from < to)
                            new ReadOnlySpan<float>(tile + row * Tile + from - j, to - from)
                                .CopyTo(new Span<float>(destination, to - from));
                    }
                }
            }
        }

        /// <summary>Floats that a block of rows needs: its queries and a tile of scores.</summary>
        public static long BlockFloats(int D) => Queries.Floats(D) + Tile * Tile;
    }

    private readonly struct AttentionMixJob(float* pattern, SharedHeads heads, in AttentionShape shape, HeadTiles tiles,
        float* z, int R, int keys, Scratch scratch) : ITeamJob
    {
        private readonly AttentionShape _shape = shape;

        public void Execute(int member, int members)
        {
            var (part, H) = (heads.Of(member, members, _shape.Heads), _shape.Heads);
            for (var item = part.Start; item < part.End; item++)
            {
                ref readonly var segment = ref heads[item, H];
                var head = (int)(item % H);
                if (item == part.Start || head % _shape.HeadsPerGroup == 0)
                    tiles.Lay(segment, _shape.KeyValueHeadOf(head), scratch.Of(member));
                Head(segment, head, scratch.Of(member));
            }
        }

        private void Head(in Segment segment, int head, float* laid)
        {
            var (D, keyValueHead) = (_shape.HeadWidth, _shape.KeyValueHeadOf(head));
            for (var i = 0; i < segment.RowCount; i++)
            {
                var (row, seen) = ((long)segment.RowStart + i, segment.FirstPosition + i + 1);
                var first = tiles.AreStored ? FirstTile(seen - 1, _shape) : 0;
                for (var j = first; j < seen; j += Tile)
                    MixOfOne(pattern + (head * (long)R + row) * keys + j, tiles.Values(segment, keyValueHead, j, laid),
                        z + (row * _shape.Heads + head) * D, Math.Min(Tile, seen - j), D, resume: true);
            }
        }
    }

    private readonly struct SoftmaxJob(float* x, float* sinks, int H, float* y, int R, int K) : ITeamJob
    {
        public void Execute(int member, int members)
        {
            var part = Part.Of(R, member, members);
            for (var r = part.Start; r < part.End; r++)
                Row(x + r * K, sinks == null ? float.NegativeInfinity : sinks[r / (R / H)], y + r * K, K);
        }

        // Lanes are filled up with minus infinity, so that a longer row of them adds the same numbers in the same order.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Row(float* x, float sink, float* y, int count)
        {
            var largest = RowMaximum(x, count);
            largest = sink > largest ? sink : largest;
            if (float.IsNegativeInfinity(largest))
            {
                new Span<float>(y, count).Clear();
                return;
            }
            var rest = stackalloc float[16];
            new Span<float>(rest, T.Width).Fill(float.NegativeInfinity);
            var (total, i) = (T.All(0), 0);
            for (; i + T.Width <= count; i += T.Width)
            {
                var weight = VectorMath.Exp(T.Load(x + i) - T.All(largest));
                T.Store(weight, y + i);
                total += weight;
            }
            new ReadOnlySpan<float>(x + i, count - i).CopyTo(new Span<float>(rest, T.Width));
            var last = VectorMath.Exp(T.Load(rest) - T.All(largest));
            T.Store(last, rest);
            new ReadOnlySpan<float>(rest, count - i).CopyTo(new Span<float>(y + i, count - i));
            var sum = T.Sum(total + last);
            if (!float.IsNegativeInfinity(sink))
                sum += Exp(sink - largest);
            for (i = 0; i + T.Width <= count; i += T.Width)
                T.Store(T.Load(y + i) / T.All(sum), y + i);
            for (; i < count; i++)
                y[i] /= sum;
        }
    }
}
