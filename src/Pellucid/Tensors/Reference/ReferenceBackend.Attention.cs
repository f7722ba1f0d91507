namespace Pellucid.Tensors.Reference;

public sealed unsafe partial class ReferenceBackend
{
    /// <inheritdoc/>
    public override void Attention(Tensor qkv, ReadOnlySpan<Segment> segments, int heads, int band, KeyValueStore? store, int layer, Tensor z, Tensor logSumExp)
    {
        var (C, D) = (z.Columns, z.Columns / heads);
        var (q, y, lse) = (new Elements(qkv), new Elements(z), new Elements(logSumExp));
        if (store is not null)
            Remember(qkv, segments, store, layer);
        foreach (var segment in segments)
        for (var h = 0; h < heads; h++)
        for (var i = 0; i < segment.RowCount; i++)
        {
            var (row, keys) = ((long)segment.RowStart + i, segment.FirstPosition + i + 1);
            var first = Segment.FirstKey(segment.FirstPosition + i, band);
            var source = new KeysAndValues(qkv, segment, heads, store, layer, h);
            var scores = new double[keys];
            Array.Fill(scores, double.NegativeInfinity, 0, first);
            for (var j = first; j < keys; j++)
            for (var d = 0; d < D; d++)
                scores[j] += q[row * 3 * C + h * D + d] * source.Key(j, d) / Math.Sqrt(D);
            var total = LogSumExp(scores);
            lse[row * heads + h] = total;
            for (var d = 0; d < D; d++)
            {
                var sum = 0.0;
                for (var j = first; j < keys; j++)
                    sum += Math.Exp(scores[j] - total) * source.Value(j, d);
                y[row * C + h * D + d] = sum;
            }
        }
    }

    /// <inheritdoc/>
    public override void AttentionBackward(Tensor gradient, Tensor qkv, Tensor z, Tensor logSumExp, ReadOnlySpan<Segment> segments, int heads, int band, Tensor qkvGradient)
    {
        var (C, D) = (z.Columns, z.Columns / heads);
        var (dz, x, y) = (new Elements(gradient), new Elements(qkv), new Elements(z));
        var (lse, dx) = (new Elements(logSumExp), new Elements(qkvGradient));
        Fill(qkvGradient, 0);
        foreach (var segment in segments)
        for (var h = 0; h < heads; h++)
        for (var i = 0; i < segment.RowCount; i++)
        {
            var row = (long)segment.RowStart + i;
            long At(long r, int part, int d) => r * 3 * C + part * C + h * D + d;
            var delta = 0.0;
            for (var d = 0; d < D; d++)
                delta += dz[row * C + h * D + d] * y[row * C + h * D + d];
            for (var j = Segment.FirstKey(i, band); j <= i; j++)
            {
                var other = (long)segment.RowStart + j;
                var (score, upstream) = (0.0, 0.0);
                for (var d = 0; d < D; d++)
                {
                    score += x[At(row, 0, d)] * x[At(other, 1, d)] / Math.Sqrt(D);
                    upstream += dz[row * C + h * D + d] * x[At(other, 2, d)];
                }
                var weight = Math.Exp(score - lse[row * heads + h]);
                var slope = weight * (upstream - delta) / Math.Sqrt(D);
                for (var d = 0; d < D; d++)
                {
                    dx[At(row, 0, d)] += slope * x[At(other, 1, d)];
                    dx[At(other, 1, d)] += slope * x[At(row, 0, d)];
                    dx[At(other, 2, d)] += weight * dz[row * C + h * D + d];
                }
            }
        }
    }

    internal override void AttentionScores(Tensor qkv, ReadOnlySpan<Segment> segments, int heads, int band, KeyValueStore? store, int layer, Tensor scores)
    {
        var (C, R, K) = (qkv.Columns / 3, qkv.Rows, scores.Columns);
        var D = C / heads;
        var (q, y) = (new Elements(qkv), new Elements(scores));
        Fill(scores, float.NegativeInfinity);
        foreach (var segment in segments)
        for (var h = 0; h < heads; h++)
        for (var i = 0; i < segment.RowCount; i++)
        {
            var row = (long)segment.RowStart + i;
            var source = new KeysAndValues(qkv, segment, heads, store, layer, h);
            for (var j = Segment.FirstKey(segment.FirstPosition + i, band); j <= segment.FirstPosition + i; j++)
            {
                var sum = 0.0;
                for (var d = 0; d < D; d++)
                    sum += q[row * 3 * C + h * D + d] * source.Key(j, d);
                y[((long)h * R + row) * K + j] = sum / Math.Sqrt(D);
            }
        }
    }

    internal override void AttentionScoresBackward(Tensor gradient, Tensor qkv, ReadOnlySpan<Segment> segments, int heads, Tensor qkvGradient)
    {
        var (C, R, K) = (qkv.Columns / 3, qkv.Rows, gradient.Columns);
        var D = C / heads;
        var (ds, x, dx) = (new Elements(gradient), new Elements(qkv), new Elements(qkvGradient));
        foreach (var segment in segments)
        for (var h = 0; h < heads; h++)
        for (var i = 0; i < segment.RowCount; i++)
        for (var j = 0; j <= i; j++)
        {
            var (row, other) = ((long)segment.RowStart + i, (long)segment.RowStart + j);
            var slope = ds[((long)h * R + row) * K + j] / Math.Sqrt(D);
            for (var d = 0; d < D; d++)
            {
                dx[row * 3 * C + h * D + d] += slope * x[other * 3 * C + C + h * D + d];
                dx[other * 3 * C + C + h * D + d] += slope * x[row * 3 * C + h * D + d];
            }
        }
    }

    internal override void AttentionMix(Tensor pattern, Tensor qkv, ReadOnlySpan<Segment> segments, int heads, KeyValueStore? store, int layer, Tensor z)
    {
        var (C, R, K) = (z.Columns, z.Rows, pattern.Columns);
        var D = C / heads;
        var (p, y) = (new Elements(pattern), new Elements(z));
        foreach (var segment in segments)
        for (var h = 0; h < heads; h++)
        for (var i = 0; i < segment.RowCount; i++)
        {
            var row = (long)segment.RowStart + i;
            var source = new KeysAndValues(qkv, segment, heads, store, layer, h);
            for (var d = 0; d < D; d++)
            {
                var sum = 0.0;
                for (var j = 0; j <= segment.FirstPosition + i; j++)
                    sum += p[((long)h * R + row) * K + j] * source.Value(j, d);
                y[row * C + h * D + d] += sum;
            }
        }
    }

    internal override void AttentionMixBackward(Tensor gradient, Tensor pattern, Tensor qkv, ReadOnlySpan<Segment> segments, int heads, Tensor patternGradient, Tensor qkvGradient)
    {
        var (C, R, K) = (gradient.Columns, gradient.Rows, pattern.Columns);
        var D = C / heads;
        var (dz, p, x) = (new Elements(gradient), new Elements(pattern), new Elements(qkv));
        foreach (var segment in segments)
        for (var h = 0; h < heads; h++)
        for (var i = 0; i < segment.RowCount; i++)
        for (var j = 0; j <= i; j++)
        {
            var (row, other) = ((long)segment.RowStart + i, (long)segment.RowStart + j);
            var (at, upstream) = (((long)h * R + row) * K + j, 0.0);
            for (var d = 0; d < D; d++)
            {
                var value = other * 3 * C + 2 * C + h * D + d;
                upstream += dz[row * C + h * D + d] * x[value];
                if (!qkvGradient.IsEmpty)
                    new Elements(qkvGradient).Put(value, p[at] * dz[row * C + h * D + d], accumulate: true);
            }
            if (!patternGradient.IsEmpty)
                new Elements(patternGradient).Put(at, upstream, accumulate: true);
        }
    }

    // Keys lie in tiles, transposed (tile, D, lane); values lie in rows (position, D): the order that fast kernels like.
    private static void Remember(Tensor qkv, ReadOnlySpan<Segment> segments, KeyValueStore store, int layer)
    {
        var D = store.HeadWidth;
        var C = D * store.Heads;
        var (x, keys, values) = (new Elements(qkv), new Elements(store.Keys[layer]), new Elements(store.Values[layer]));
        foreach (var segment in segments)
        for (var h = 0; h < store.Heads; h++)
        for (var i = 0; i < segment.RowCount; i++)
        for (var d = 0; d < D; d++)
        {
            var (row, position) = ((long)segment.RowStart + i, segment.FirstPosition + i);
            keys[KeysAndValues.KeyIndex(store, segment.Sequence, h, position, d)] = x[row * 3 * C + C + h * D + d];
            values[KeysAndValues.ValueIndex(store, segment.Sequence, h, position, d)] = x[row * 3 * C + 2 * C + h * D + d];
        }
    }

    /// <summary>Keys and values of one head of a segment, from the rows themselves or from a store.</summary>
    private readonly struct KeysAndValues(Tensor qkv, Segment segment, int heads, KeyValueStore? store, int layer, int head)
    {
        private readonly int _C = qkv.Columns / 3, _D = qkv.Columns / 3 / heads;
        private readonly Elements _rows = new(qkv);
        private readonly Elements _keys = store is null ? default : new(store.Keys[layer]);
        private readonly Elements _values = store is null ? default : new(store.Values[layer]);

        public double Key(int j, int d) => store is null
            ? _rows[(long)segment.RowAt(j) * 3 * _C + _C + head * _D + d]
            : _keys[KeyIndex(store, Sequence(j), head, j, d)];

        public double Value(int j, int d) => store is null
            ? _rows[(long)segment.RowAt(j) * 3 * _C + 2 * _C + head * _D + d]
            : _values[ValueIndex(store, Sequence(j), head, j, d)];

        private int Sequence(int j) => j < segment.PrefixLength ? segment.PrefixSequence : segment.Sequence;

        public static long KeyIndex(KeyValueStore store, int sequence, int head, int position, int d)
        {
            var (tile, lane) = Math.DivRem(position, KeyValueStore.TileLength);
            return (((long)sequence * store.Heads + head) * store.Capacity + (long)tile * KeyValueStore.TileLength) * store.HeadWidth
                + (long)d * KeyValueStore.TileLength + lane;
        }

        public static long ValueIndex(KeyValueStore store, int sequence, int head, int position, int d) =>
            (((long)sequence * store.Heads + head) * store.Capacity + position) * store.HeadWidth + d;
    }

    private static double LogSumExp(ReadOnlySpan<double> scores)
    {
        var (largest, sum) = (double.NegativeInfinity, 0.0);
        foreach (var score in scores)
            largest = Math.Max(largest, score);
        foreach (var score in scores)
            sum += Math.Exp(score - largest);
        return largest + Math.Log(sum);
    }
}
