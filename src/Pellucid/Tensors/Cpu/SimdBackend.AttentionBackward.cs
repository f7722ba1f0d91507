using System.Runtime.CompilerServices;

namespace Pellucid.Tensors.Cpu;

internal sealed unsafe partial class SimdBackend<T>
{
    internal override void AttentionBackward(Tensor gradient, Tensor qkv, Tensor sinks, Tensor z,
        Tensor logSumExp, in SegmentTable segments,
        in AttentionShape shape, Tensor qkvGradient, Tensor sinksGradient)
    {
        var floats = Gemm<T>.ScratchFloats + AttentionBackwardJob.Floats(shape.HeadWidth, TilesOf(segments.LongestKeyCount));
        lock (_scratchInUse)
            Run(new AttentionBackwardJob(gradient.Floats, qkv.Floats, z.Floats, logSumExp.Floats, new(segments), shape, qkvGradient.Floats,
                Reserve(floats)), segments.Pairs * z.Columns);
        if (!sinksGradient.IsEmpty)
            Run(new SinksBackwardJob(gradient.Floats, z.Floats, logSumExp.Floats, sinks.Floats, sinksGradient.Floats, z.Rows,
                shape.Heads, shape.HeadWidth),
                z.Count);
    }

    // Scores are computed anew from the stored log-sum-exp; tile by tile, keys ascending, and for each the queries that see it. The heads
    // of a group belong to one member, in their order: their keys and values sum what each of them gives.
    private readonly struct AttentionBackwardJob(float* gradient, float* qkv, float* z, float* logSumExp, SharedHeads heads,
        in AttentionShape shape, float* qkvGradient, Scratch scratch) : ITeamJob
    {
        private readonly AttentionShape _shape = shape;

        public void Execute(int member, int members)
        {
            var (part, K) = (heads.Of(member, members, _shape.KeyValueHeads), _shape.KeyValueHeads);
            for (var item = part.Start; item < part.End; item++)
                Group(heads[item, K], (int)(item % K), scratch.Of(member));
        }

        private void Group(in Segment segment, int keyValueHead, float* memory)
        {
            var (rows, D) = (segment.RowCount, _shape.HeadWidth);
            var keys = memory + Gemm<T>.ScratchFloats + Queries.Floats(D) + 2 * Tile * Tile;
            var values = keys + (long)TilesOf(rows) * Tile * D;
            var x = new MatrixView(qkv + (long)segment.RowStart * _shape.InputWidth, _shape.InputWidth, 1);
            for (var j = 0; j < rows; j += Tile)
            {
                var here = Math.Min(Tile, rows - j);
                Packing.Panels(x.From(j, _shape.KeyColumn(keyValueHead)).Transposed, D, here, Tile, keys + (long)j * D);
                Packing.Panels(x.From(j, _shape.ValueColumn(keyValueHead)).Transposed, D, here, Tile, values + (long)j * D);
            }
            for (var i = 0; i < _shape.HeadsPerGroup; i++)
                Head(segment, keyValueHead * _shape.HeadsPerGroup + i, keyValueHead, i > 0, memory, keys, values);
        }

        private void Head(in Segment segment, int head, int keyValueHead, bool resume, float* memory,
            float* turnedKeys, float* turnedValues)
        {
            var (rows, H, D, width) = (segment.RowCount, _shape.Heads, _shape.HeadWidth, _shape.InputWidth);
            float* gemm = memory, own = memory + Gemm<T>.ScratchFloats;
            float* weights = own + Queries.Floats(D), slopes = weights + Tile * Tile,
                deltas = turnedValues + (long)TilesOf(rows) * Tile * D;
            var (start, scale) = ((long)segment.RowStart, _shape.SingleFactor);
            var (query, key, value) = (_shape.QueryColumn(head), _shape.KeyColumn(keyValueHead), _shape.ValueColumn(keyValueHead));

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
                        logSumExp[(start + i + r) * H + head], deltas[i + r], scale, _shape.SoftCap == 0 ? 0 : 1 / (float)_shape.SoftCap);
                var (p, ds) = (new MatrixView(weights, Tile, 1), new MatrixView(slopes, Tile, 1));
                float* dq = dx + (long)i * width + query, dk = dx + (long)j * width + key, dv = dx + (long)j * width + value;
                MultiplyLower(ds, x.From(j, key), dq, width, seeing, D, keys, i - j, j > FirstTile(i, _shape), gemm);
                MultiplyUpper(ds.Transposed, x.From(i, query), dk, width, keys, D, seeing, i - j, resume || i > j, gemm);
                MultiplyUpper(p.Transposed, dz.From(i, 0), dv, width, keys, D, seeing, i - j, resume || i > j, gemm);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Slopes(float* scores, float* slopes, int first, int valid, int columns, float logSumExp,
            float delta, float scale, float inverseCap)
        {
            var j = 0;
            for (; j < valid; j += T.Width)
            {
                var weight = VectorMath.Exp(Visible(scores, j, first, valid) - T.All(logSumExp));
                var slope = weight * (T.Load(slopes + j) - T.All(delta)) * T.All(scale);
                if (inverseCap != 0)
                {
                    var part = T.Load(scores + j) * T.All(inverseCap);
                    slope *= T.MultiplyAdd(T.All(0) - part, part, T.All(1));
                }
                T.Store(weight, scores + j);
                T.Store(slope, slopes + j);
            }
            for (; j < columns; j += T.Width)
            {
                T.Store(T.All(0), scores + j);
                T.Store(T.All(0), slopes + j);
            }
        }

        /// <summary>Floats that a member needs for segments of so many tiles.</summary>
        public static long Floats(int D, int tiles) => Queries.Floats(D) + 2 * Tile * Tile + tiles * (2L * Tile * D + Tile);
    }

    // A sink has no value: its slope is minus its weight times what the row's gradient and result have in common. Rows ascending.
    private readonly struct SinksBackwardJob(float* gradient, float* z, float* logSumExp, float* sinks, float* sinksGradient,
        int R, int H, int D) : ITeamJob
    {
        public void Execute(int member, int members)
        {
            var part = Part.Of(H, member, members);
            for (var head = part.Start; head < part.End; head++)
            for (var item = head; item < (long)R * H; item += H)
                sinksGradient[head] -= Exp(sinks[head] - logSumExp[item]) * Dot(gradient + item * D, z + item * D, D);
        }
    }

    private static float Exp(float x)
    {
        var lanes = stackalloc float[16];
        T.Store(VectorMath.Exp(T.All(x)), lanes);
        return lanes[0];
    }

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
