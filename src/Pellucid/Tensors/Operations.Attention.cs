namespace Pellucid.Tensors;

public sealed partial class Operations
{
    /// <summary>Queries and keys of qkv (R, (H + 2K) · D) turned by their positions; values stay as they are.</summary>
    /// <param name="qkv">Queries, keys and values.</param>
    /// <param name="rows">Where they stand.</param>
    /// <param name="table">By how much.</param>
    /// <param name="shape">How columns are divided among heads.</param>
    /// <param name="inPlace">Whether qkv itself is changed, where nobody else reads it.</param>
    /// <exception cref="ArgumentException">The shape contradicts itself, qkv has another width, or a head is too narrow.</exception>
    public Tensor Rotate(Tensor qkv, TokenRows rows, RotaryTable table, in AttentionShape shape, bool inPlace = false)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(table);
        shape.Check(qkv);
        if (2 * table.Pairs > shape.HeadWidth)
            throw new ArgumentException($"{table.Pairs} pairs of columns cannot be turned in a head of {shape.HeadWidth}");
        var y = inPlace ? qkv.Detached : New(qkv.Shape, qkv.Type);
        backend.Rotate(qkv, rows.DevicePositions, table.Of(rows.LongestKeyCount), shape, inverse: false, y, accumulate: false);
        return Record(y, new TapeEntry(static (Tape tape, in TapeEntry e) =>
        {
            if (tape.Destination(e.A, out var add) is { IsEmpty: false } dqkv)
                tape.Backend.Rotate(tape.GradientOf(e.Output), e.Rows!.DevicePositions, e.Rotary!.Of(e.Rows.LongestKeyCount), e.Shape,
                    inverse: true, dqkv, add);
        })
        { A = qkv, Rows = rows, Rotary = table, Shape = shape });
    }

    /// <summary>Causal attention over the segments of the rows; z (R, H · D) from qkv (R, (H + 2K) · D).</summary>
    /// <param name="qkv">Queries, keys and values.</param>
    /// <param name="rows">Whose they are.</param>
    /// <param name="shape">How columns are divided among heads, and what becomes of scores.</param>
    /// <param name="store">Keys and values of earlier positions; null computes whole sequences.</param>
    /// <param name="layer">Which layer of the store.</param>
    /// <param name="sinks">One score a head (H) of a key that has no value,
    /// which every row sees (Xiao et al. 2024); may be left out.</param>
    /// <exception cref="ArgumentException">The shape contradicts itself, qkv has another width, or the store has no room for the rows.
    /// </exception>
    /// <exception cref="InvalidOperationException">The store does not hold the positions before.</exception>
    public Tensor Attention(Tensor qkv, TokenRows rows, in AttentionShape shape, KeyValueStore? store, int layer, Tensor sinks = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        shape.Check(qkv, sinks);
        var z = New(qkv.Shape.WithColumns(shape.QueryWidth), qkv.Type);
        var logSumExp = New(new Shape(qkv.Rows, shape.Heads), qkv.Type);
        store?.Reserve(layer, rows.Segments, shape);
        backend.Attention(qkv, sinks, rows.DeviceSegments, shape, store, layer, z, logSumExp);
        if (store is not null)
            return z; // gradients do not flow into stored keys and values
        if (tape is not null && rows.HasBranches)
            throw new NotSupportedException("gradients do not flow through branches; give every sequence its own rows");
        return Record(z, new TapeEntry(static (Tape tape, in TapeEntry e) =>
        {
            var dqkv = tape.Destination(e.A, out var add);
            var own = add ? tape.Borrow(e.A) : dqkv;
            if (own.IsEmpty)
                own = tape.Borrow(e.A);
            tape.Backend.AttentionBackward(tape.GradientOf(e.Output), e.A, e.C, e.Output, e.B, e.Rows!.DeviceSegments,
                e.Shape, own, tape.Zeroed(e.C));
            if (add)
                tape.AddAndReturn(own, dqkv);
            else if (dqkv.IsEmpty)
                tape.Free(own);
        })
        { A = qkv, B = logSumExp, C = sinks, Rows = rows, Shape = shape });
    }

    /// <summary>Masked attention scores, softmax of them, and values mixed by a pattern:
    /// the explicit way, for what the tiled way never stores.</summary>
    internal Tensor AttentionScores(Tensor qkv, TokenRows rows, in AttentionShape shape, KeyValueStore? store, int layer)
    {
        shape.Check(qkv);
        var y = New(new Shape(shape.Heads, rows.Count, rows.LongestKeyCount), qkv.Type);
        backend.AttentionScores(qkv, rows.DeviceSegments, shape, store, layer, y);
        return Record(y, new TapeEntry(static (Tape tape, in TapeEntry e) =>
            tape.Backend.AttentionScoresBackward(tape.GradientOf(e.Output), e.A, e.Rows!.DeviceSegments, e.Shape, tape.Zeroed(e.A)))
        { A = qkv, Rows = rows, Shape = shape });
    }

    /// <inheritdoc cref="AttentionScores"/>
    internal Tensor Softmax(Tensor x, Tensor sinks = default)
    {
        var y = New(x.Shape, x.Type);
        backend.Softmax(x, y, sinks);
        return Record(y, new TapeEntry(static (Tape tape, in TapeEntry e) =>
            tape.Backend.SoftmaxBackward(tape.GradientOf(e.Output), e.Output, tape.Zeroed(e.A), tape.Zeroed(e.B)))
        { A = x, B = sinks });
    }

    /// <summary>z + (edited − pattern) · values: exactly z where nothing was edited.</summary>
    internal Tensor AttentionCorrection(Tensor z, Tensor pattern, Tensor edited, Tensor qkv, TokenRows rows, in AttentionShape shape,
        KeyValueStore? store, int layer)
    {
        var difference = New(edited.Shape, edited.Type);
        backend.Copy(edited, difference);
        backend.AddScaled(pattern, -1, difference);
        difference = Record(difference, new TapeEntry(static (Tape tape, in TapeEntry e) =>
        {
            tape.PassOn(e.Output, e.A);
            if (tape.Zeroed(e.B) is { IsEmpty: false } dpattern)
                tape.Backend.AddScaled(tape.GradientOf(e.Output), -1, dpattern);
        })
        { A = edited, B = pattern });
        var y = New(z.Shape, z.Type);
        backend.Copy(z, y);
        backend.AttentionMix(difference, qkv, rows.DeviceSegments, shape, store, layer, y);
        return Record(y, new TapeEntry(static (Tape tape, in TapeEntry e) =>
        {
            tape.PassOn(e.Output, e.A);
            tape.Backend.AttentionMixBackward(tape.GradientOf(e.Output), e.B, e.C, e.Rows!.DeviceSegments, e.Shape,
                tape.Zeroed(e.B), tape.Zeroed(e.C));
        })
        { A = z, B = difference, C = qkv, Rows = rows, Shape = shape });
    }
}
