using System.Runtime.CompilerServices;

namespace Pellucid.Tensors.Cpu;

/// <summary>
/// Attention with its scores and weights laid open, (H, R, K), for looking inside. Scores have the bits that the tiled way
/// gives them, and a row has the same bits however many keys the others of its batch have.
/// </summary>
internal sealed unsafe partial class SimdBackend<T>
{
    internal override void AttentionScores(Tensor qkv, ReadOnlySpan<Segment> segments, int heads, int band, KeyValueStore? store, int layer, Tensor scores)
    {
        var D = qkv.Columns / 3 / heads;
        Fill(scores, float.NegativeInfinity);
        var tiles = new HeadTiles(qkv.Floats, heads, D, StoredHeads.Of(store, layer));
        fixed (Segment* first = segments)
            lock (_scratchInUse)
                Run(new AttentionScoresJob(qkv.Floats, first, segments.Length, heads, D, band, tiles, scores.Floats, qkv.Rows, scores.Columns,
                    Reserve(Gemm<T>.ScratchFloats + AttentionScoresJob.BlockFloats(D) + tiles.Floats(MostTiles(segments)))), scores.Count * D / 16);
    }

    internal override void Softmax(Tensor x, Tensor destination) => Run(new SoftmaxJob(x.Floats, destination.Floats, x.Rows, x.Columns), 4 * x.Count);

    internal override void AttentionMix(Tensor pattern, Tensor qkv, ReadOnlySpan<Segment> segments, int heads, KeyValueStore? store, int layer, Tensor z)
    {
        var D = z.Columns / heads;
        var tiles = new HeadTiles(qkv.Floats, heads, D, StoredHeads.Of(store, layer));
        fixed (Segment* first = segments)
            lock (_scratchInUse)
                Run(new AttentionMixJob(pattern.Floats, first, segments.Length, heads, D, tiles, z.Floats, z.Rows, pattern.Columns, Reserve(tiles.Floats(MostTiles(segments)))), pattern.Count * D / 16);
    }

    private readonly struct AttentionScoresJob(float* qkv, Segment* segments, int count, int heads, int D, int band, HeadTiles tiles, float* scores, int R, int K, Scratch scratch) : ITeamJob
    {
        public void Execute(int member, int members)
        {
            var part = HeadsOf(segments, count, heads, member, members);
            for (var item = part.Start; item < part.End; item++)
                Head(segments[item / heads], (int)(item % heads), scratch.Of(member));
        }

        private void Head(in Segment segment, int head, float* memory)
        {
            float* gemm = memory, own = memory + Gemm<T>.ScratchFloats, tile = own + Queries.Floats(D), laid = own + BlockFloats(D);
            tiles.Lay(segment, head, laid);
            for (int i = 0, rows; i < segment.RowCount; i += rows)
            {
                rows = RowsInTile(segment, i);
                var queries = new Queries(qkv, segment, i, rows, head, heads, D, own, gemm);
                var (start, last) = (segment.FirstPosition + i, segment.FirstPosition + i + rows - 1);
                for (var j = FirstTile(start, band); j <= last; j += Tile)
                {
                    queries.Score(tiles.Keys(segment, head, j, laid), WholeColumns(Math.Min(Tile, last + 1 - j)), start - j, tile);
                    for (var row = 0; row < rows; row++)
                    {
                        var (from, to) = (Math.Max(j, Segment.FirstKey(start + row, band)), Math.Min(j + Tile, start + row + 1));
                        if (from < to)
                            new ReadOnlySpan<float>(tile + row * Tile + from - j, to - from).CopyTo(new Span<float>(scores + ((long)head * R + segment.RowStart + i + row) * K + from, to - from));
                    }
                }
            }
        }

        /// <summary>Floats that a block of rows needs: its queries and a tile of scores.</summary>
        public static long BlockFloats(int D) => Queries.Floats(D) + Tile * Tile;
    }

    private readonly struct AttentionMixJob(float* pattern, Segment* segments, int count, int heads, int D, HeadTiles tiles, float* z, int R, int K, Scratch scratch) : ITeamJob
    {
        public void Execute(int member, int members)
        {
            var part = HeadsOf(segments, count, heads, member, members);
            for (var item = part.Start; item < part.End; item++)
                Head(segments[item / heads], (int)(item % heads), scratch.Of(member));
        }

        private void Head(in Segment segment, int head, float* laid)
        {
            tiles.Lay(segment, head, laid);
            for (var i = 0; i < segment.RowCount; i++)
            {
                var (row, seen) = ((long)segment.RowStart + i, segment.FirstPosition + i + 1);
                for (var j = 0; j < seen; j += Tile)
                    MixOfOne(pattern + (head * (long)R + row) * K + j, tiles.Values(segment, head, j, laid), z + (row * heads + head) * D, Math.Min(Tile, seen - j), D, resume: true);
            }
        }
    }

    private readonly struct SoftmaxJob(float* x, float* y, int R, int K) : ITeamJob
    {
        public void Execute(int member, int members)
        {
            var part = Part.Of(R, member, members);
            for (var r = part.Start; r < part.End; r++)
                Row(x + r * K, y + r * K, K);
        }

        // Lanes are filled up with minus infinity, so that a longer row of them adds the same numbers in the same order.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Row(float* x, float* y, int count)
        {
            var largest = RowMaximum(x, count);
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
            for (i = 0; i + T.Width <= count; i += T.Width)
                T.Store(T.Load(y + i) / T.All(sum), y + i);
            for (; i < count; i++)
                y[i] /= sum;
        }
    }
}
