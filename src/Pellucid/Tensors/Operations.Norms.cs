namespace Pellucid.Tensors;

public sealed partial class Operations
{
    /// <summary>LayerNorm of each row.</summary>
    public Tensor LayerNorm(Tensor x, Tensor gain, Tensor bias, float epsilon)
    {
        RequireColumns("rows and their gain", x, gain);
        RequireColumns("rows and their bias", x, bias);
        var y = New(x.Shape, x.Type);
        var mean = New(new Shape(x.Rows), x.Type);
        var deviation = New(new Shape(x.Rows), x.Type);
        backend.LayerNorm(x, gain, bias, epsilon, y, mean, deviation);
        return Record(y, new TapeEntry(static (Tape tape, in TapeEntry e) =>
        {
            var (dy, dx) = (tape.GradientOf(e.Output), tape.Destination(e.A, out var addX));
            foreach (var leaf in tape.LeavesOf(e.Output))
            {
                var dgain = tape.Destination(e.B, out var addGain);
                var dbias = tape.Destination(e.C, out var addBias);
                tape.Backend.LayerNormBackward(leaf.Of(dy), leaf.Of(e.A), e.B, leaf.OfVector(e.D), leaf.OfVector(e.E), leaf.Of(dx), addX,
                    dgain, addGain, dbias, addBias);
            }
        })
        { A = x, B = gain, C = bias, D = mean, E = deviation });
    }

    /// <summary>x over the root of its mean square, times a gain, row by row (Zhang and Sennrich 2019).</summary>
    public Tensor RmsNorm(Tensor x, Tensor gain, float epsilon)
    {
        RequireColumns("rows and their gain", x, gain);
        var (y, root) = (New(x.Shape, x.Type), New(new Shape(x.Rows), x.Type));
        backend.RmsNorm(x, new(0, 1, x.Columns), gain, epsilon, y, root);
        return Record(y, new TapeEntry(static (Tape tape, in TapeEntry e) =>
        {
            var (dy, dx) = (tape.GradientOf(e.Output), tape.Destination(e.A, out var addX));
            foreach (var leaf in tape.LeavesOf(e.Output))
            {
                var dgain = tape.Destination(e.B, out var addGain);
                tape.Backend.RmsNormBackward(leaf.Of(dy), leaf.Of(e.A), new(0, 1, e.A.Columns), e.B, leaf.OfVector(e.C), leaf.Of(dx), addX,
                    dgain, addGain);
            }
        })
        { A = x, B = gain, C = root });
    }

    /// <summary>
    /// <see cref="RmsNorm"/> of the queries and keys in qkv (R, (H + 2K) · D); values stay as they are. A gain as wide as a head
    /// normalises each head for itself (Henry et al. 2020, "QKNorm"); one as wide as all of them, all heads together.
    /// </summary>
    /// <exception cref="ArgumentException">A gain has another width.</exception>
    public Tensor NormalizeHeads(Tensor qkv, Tensor queryGain, Tensor keyGain, in AttentionShape shape, float epsilon)
    {
        shape.Check(qkv);
        var (queries, keys) = (Groups(0, shape.QueryWidth, queryGain, shape),
            Groups(shape.QueryWidth, shape.KeyValueWidth, keyGain, shape));
        var (y, queryRoot) = (New(qkv.Shape, qkv.Type), New(new Shape(qkv.Rows, queries.Count), qkv.Type));
        var keyRoot = New(new Shape(qkv.Rows, keys.Count), qkv.Type);
        backend.RmsNorm(qkv, queries, queryGain, epsilon, y, queryRoot);
        backend.RmsNorm(qkv, keys, keyGain, epsilon, y, keyRoot);
        backend.Edit(qkv, Values(qkv, shape), EditOperation.Replace, 1, y);
        return Record(y, new TapeEntry(static (Tape tape, in TapeEntry e) =>
        {
            var (dy, dx) = (tape.GradientOf(e.Output), tape.Destination(e.A, out var add));
            var (queries, keys) = (Groups(0, e.Shape.QueryWidth, e.B, e.Shape),
                Groups(e.Shape.QueryWidth, e.Shape.KeyValueWidth, e.C, e.Shape));
            foreach (var leaf in tape.LeavesOf(e.Output))
            {
                var (dqueryGain, dkeyGain) = (tape.Destination(e.B, out var addQuery), tape.Destination(e.C, out var addKey));
                var (y, x, own) = (leaf.Of(dy), leaf.Of(e.A), leaf.Of(dx));
                tape.Backend.RmsNormBackward(y, x, queries, e.B, leaf.Of(e.D), own, add, dqueryGain, addQuery);
                tape.Backend.RmsNormBackward(y, x, keys, e.C, leaf.Of(e.E), own, add, dkeyGain, addKey);
            }
            if (!dx.IsEmpty)
                tape.Backend.Edit(dy, Values(dy, e.Shape), add ? EditOperation.Add : EditOperation.Replace, 1, dx);
        })
        { A = qkv, B = queryGain, C = keyGain, D = queryRoot, E = keyRoot, Shape = shape });
    }

    private static ColumnGroups Groups(int first, int width, Tensor gain, in AttentionShape shape) =>
        gain.Count == shape.HeadWidth || gain.Count == width ? new(first, width / (int)gain.Count, (int)gain.Count)
        : throw new ArgumentException(
            $"a gain of {gain.Count} columns fits neither a head of {shape.HeadWidth} columns nor all heads' {width}");

    private static EditRegion Values(Tensor qkv, in AttentionShape shape) =>
        new(0, qkv.Rows, shape.ValueColumn(0), shape.KeyValueWidth, 0, shape.ValueColumn(0));
}
