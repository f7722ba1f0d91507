namespace Pellucid.Tensors.Reference;

public sealed unsafe partial class ReferenceBackend
{
    internal override void Attention(Tensor qkv, Tensor sinks, in SegmentTable segments, in AttentionShape shape,
        KeyValueStore? store, int layer,
        Tensor z, Tensor logSumExp)
    {
        var (H, D) = (shape.Heads, shape.HeadWidth);
        var (x, y, lse) = (new Elements(qkv), new Elements(z), new Elements(logSumExp));
        if (store is not null)
            Remember(qkv, segments, shape, store, layer);
        foreach (var segment in segments.OnHost)
        for (var h = 0; h < H; h++)
        for (var i = 0; i < segment.RowCount; i++)
        {
            var (row, keys) = ((long)segment.RowStart + i, segment.FirstPosition + i + 1);
            var first = shape.FirstKey(segment.FirstPosition + i);
            var source = new KeysAndValues(qkv, segment, shape, store, layer, h);
            var query = row * qkv.Columns + shape.QueryColumn(h);
            var scores = new double[keys + 1]; // the last is the sink
            Array.Fill(scores, double.NegativeInfinity);
            for (var j = first; j < keys; j++)
            {
                var score = 0.0;
                for (var d = 0; d < D; d++)
                    score += x[query + d] * source.Key(j, d) * shape.Factor;
                scores[j] = shape.Cap(score);
            }
            if (!sinks.IsEmpty)
                scores[keys] = new Elements(sinks)[h];
            var total = LogSumExp(scores);
            lse[row * H + h] = total;
            for (var d = 0; d < D; d++)
            {
                var sum = 0.0;
                for (var j = first; j < keys; j++)
                    sum += Math.Exp(scores[j] - total) * source.Value(j, d);
                y[(row * H + h) * D + d] = sum;
            }
        }
    }

    internal override void AttentionBackward(Tensor gradient, Tensor qkv, Tensor sinks, Tensor z,
        Tensor logSumExp, in SegmentTable segments,
        in AttentionShape shape, Tensor qkvGradient, Tensor sinksGradient)
    {
        var (H, D) = (shape.Heads, shape.HeadWidth);
        var (dz, x, y) = (new Elements(gradient), new Elements(qkv), new Elements(z));
        var (lse, dx) = (new Elements(logSumExp), new Elements(qkvGradient));
        Fill(qkvGradient, 0);
        foreach (var segment in segments.OnHost)
        for (var h = 0; h < H; h++)
        for (var i = 0; i < segment.RowCount; i++)
        {
            var row = (long)segment.RowStart + i;
            var (query, mixed) = (row * qkv.Columns + shape.QueryColumn(h), (row * H + h) * D);
            var delta = 0.0;
            for (var d = 0; d < D; d++)
                delta += dz[mixed + d] * y[mixed + d];
            if (!sinksGradient.IsEmpty)
                new Elements(sinksGradient).Put(h, -Math.Exp(new Elements(sinks)[h] - lse[row * H + h]) * delta, accumulate: true);
            for (var j = shape.FirstKey(i); j <= i; j++)
            {
                var other = ((long)segment.RowStart + j) * qkv.Columns;
                var (key, value) = (other + shape.KeyColumn(shape.KeyValueHeadOf(h)), other + shape.ValueColumn(shape.KeyValueHeadOf(h)));
                var (score, upstream) = (0.0, 0.0);
                for (var d = 0; d < D; d++)
                {
                    score += x[query + d] * x[key + d] * shape.Factor;
                    upstream += dz[mixed + d] * x[value + d];
                }
                score = shape.Cap(score);
                var weight = Math.Exp(score - lse[row * H + h]);
                var slope = weight * (upstream - delta) * shape.CapSlope(score) * shape.Factor;
                for (var d = 0; d < D; d++)
                {
                    dx[query + d] += slope * x[key + d];
                    dx[key + d] += slope * x[query + d];
                    dx[value + d] += weight * dz[mixed + d];
                }
            }
        }
    }

    internal override void AttentionScores(Tensor qkv, in SegmentTable segments, in AttentionShape shape, KeyValueStore? store, int layer,
        Tensor scores)
    {
        var (R, keys, x, y) = (qkv.Rows, scores.Columns, new Elements(qkv), new Elements(scores));
        Fill(scores, float.NegativeInfinity);
        foreach (var segment in segments.OnHost)
        for (var h = 0; h < shape.Heads; h++)
        for (var i = 0; i < segment.RowCount; i++)
        {
            var (row, position) = ((long)segment.RowStart + i, segment.FirstPosition + i);
            var source = new KeysAndValues(qkv, segment, shape, store, layer, h);
            for (var j = shape.FirstKey(position); j <= position; j++)
            {
                var sum = 0.0;
                for (var d = 0; d < shape.HeadWidth; d++)
                    sum += x[row * qkv.Columns + shape.QueryColumn(h) + d] * source.Key(j, d);
                y[((long)h * R + row) * keys + j] = shape.Cap(sum * shape.Factor);
            }
        }
    }

    internal override void AttentionScoresBackward(Tensor gradient, Tensor qkv, in SegmentTable segments,
        in AttentionShape shape, Tensor qkvGradient)
    {
        var (R, keys) = (qkv.Rows, gradient.Columns);
        var (ds, x, dx) = (new Elements(gradient), new Elements(qkv), new Elements(qkvGradient));
        foreach (var segment in segments.OnHost)
        for (var h = 0; h < shape.Heads; h++)
        for (var i = 0; i < segment.RowCount; i++)
        for (var j = 0; j <= i; j++)
        {
            var (row, other, score) = ((long)segment.RowStart + i, (long)segment.RowStart + j, 0.0);
            var (query, key) = (row * qkv.Columns + shape.QueryColumn(h), other * qkv.Columns + shape.KeyColumn(shape.KeyValueHeadOf(h)));
            for (var d = 0; d < shape.HeadWidth; d++)
                score += x[query + d] * x[key + d] * shape.Factor;
            var slope = ds[((long)h * R + row) * keys + j] * shape.CapSlope(shape.Cap(score)) * shape.Factor;
            for (var d = 0; d < shape.HeadWidth; d++)
            {
                dx[query + d] += slope * x[key + d];
                dx[key + d] += slope * x[query + d];
            }
        }
    }

    internal override void AttentionMix(Tensor pattern, Tensor qkv, in SegmentTable segments, in AttentionShape shape,
        KeyValueStore? store, int layer,
        Tensor z)
    {
        var (R, keys, H, D) = (z.Rows, pattern.Columns, shape.Heads, shape.HeadWidth);
        var (p, y) = (new Elements(pattern), new Elements(z));
        foreach (var segment in segments.OnHost)
        for (var h = 0; h < H; h++)
        for (var i = 0; i < segment.RowCount; i++)
        {
            var row = (long)segment.RowStart + i;
            var source = new KeysAndValues(qkv, segment, shape, store, layer, h);
            var first = store is null ? 0 : shape.FirstKey(segment.FirstPosition + i);
            for (var d = 0; d < D; d++)
            {
                var sum = 0.0;
                for (var j = first; j <= segment.FirstPosition + i; j++)
                    sum += p[((long)h * R + row) * keys + j] * source.Value(j, d);
                y[(row * H + h) * D + d] += sum;
            }
        }
    }

    internal override void AttentionMixBackward(Tensor gradient, Tensor pattern, Tensor qkv,
        in SegmentTable segments, in AttentionShape shape,
        Tensor patternGradient, Tensor qkvGradient)
    {
        var (R, keys, H, D) = (gradient.Rows, pattern.Columns, shape.Heads, shape.HeadWidth);
        var (dz, p, x) = (new Elements(gradient), new Elements(pattern), new Elements(qkv));
        foreach (var segment in segments.OnHost)
        for (var h = 0; h < H; h++)
        for (var i = 0; i < segment.RowCount; i++)
        for (var j = 0; j <= i; j++)
        {
            var (row, other) = ((long)segment.RowStart + i, (long)segment.RowStart + j);
            var (at, upstream) = (((long)h * R + row) * keys + j, 0.0);
            for (var d = 0; d < D; d++)
            {
                var (mixed, value) = ((row * H + h) * D + d, other * qkv.Columns + shape.ValueColumn(shape.KeyValueHeadOf(h)) + d);
                upstream += dz[mixed] * x[value];
                if (!qkvGradient.IsEmpty)
                    new Elements(qkvGradient).Put(value, p[at] * dz[mixed], accumulate: true);
            }
            if (!patternGradient.IsEmpty)
                new Elements(patternGradient).Put(at, upstream, accumulate: true);
        }
    }

    // Pages lie in memory of the host: rows are rounded to what the store holds as they are put there.
    private static void Remember(Tensor qkv, in SegmentTable segments, in AttentionShape shape, KeyValueStore store, int layer)
    {
        var (x, layout, D) = (new Elements(qkv), store.Layout, shape.HeadWidth);
        var row = new float[D];
        foreach (var segment in segments.OnHost)
        for (var h = 0; h < shape.KeyValueHeads; h++)
        for (var i = 0; i < segment.RowCount; i++)
        {
            var (position, start) = (segment.FirstPosition + i, ((long)segment.RowStart + i) * qkv.Columns);
            var (page, lane) = (PageOf(store, layer, segment.Sequence, position), position % KeyValueStore.TileLength);
            Put(page + (nint)layout.Keys(h), start + shape.KeyColumn(h), turned: true);
            Put(page + (nint)layout.Values(h), start + shape.ValueColumn(h), turned: false);

            void Put(nint tile, long column, bool turned)
            {
                for (var d = 0; d < D; d++)
                    if (layout.Type == ElementType.Float64)
                        ((double*)tile)[turned ? lane + d * KeyValueStore.TileLength : lane * D + d] = x[column + d];
                    else
                        row[d] = (float)x[column + d];
                if (layout.Type != ElementType.Float64 && turned)
                    layout.PutKey(tile, lane, row);
                else if (layout.Type != ElementType.Float64)
                    layout.PutValue(tile, lane, row);
            }
        }
    }

    private static nint PageOf(KeyValueStore store, int layer, int sequence, int position) =>
        store.Table(layer).Pointer<nint>()[(long)sequence * store.PagesOfSequence + position / KeyValueStore.TileLength];

    /// <summary>Keys and values that one head reads of a segment, from the rows themselves or from a store.</summary>
    private readonly struct KeysAndValues(Tensor qkv, Segment segment, in AttentionShape shape, KeyValueStore? store, int layer, int head)
    {
        private readonly int _stored = shape.KeyValueHeadOf(head);
        private readonly int _key = shape.KeyColumn(shape.KeyValueHeadOf(head)), _value = shape.ValueColumn(shape.KeyValueHeadOf(head));
        private readonly Elements _rows = new(qkv);

        public double Key(int j, int d) => store is null
            ? _rows[(long)segment.RowAt(j) * qkv.Columns + _key + d]
            : store.Layout.Key(Page(j) + (nint)store.Layout.Keys(_stored), j % KeyValueStore.TileLength, d);

        public double Value(int j, int d) => store is null
            ? _rows[(long)segment.RowAt(j) * qkv.Columns + _value + d]
            : store.Layout.Value(Page(j) + (nint)store.Layout.Values(_stored), j % KeyValueStore.TileLength, d);

        private nint Page(int j) => PageOf(store!, layer, segment.Sequence, j);
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
