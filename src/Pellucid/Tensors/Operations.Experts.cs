namespace Pellucid.Tensors;

/// <summary>Rows brought together by the experts they are given to, R rows to k of E experts each.</summary>
/// <param name="Chosen">The experts of each row, ascending, (R, k).</param>
/// <param name="Sources">The row that each of the sorted rows is, (R · k).</param>
/// <param name="Places">Where each row went for each of its experts, (R, k).</param>
/// <param name="Starts">Where the sorted rows of each expert begin, and the last ones end, (E + 1).</param>
internal readonly record struct ExpertRows(Tensor Chosen, Tensor Sources, Tensor Places, Tensor Starts);

public sealed partial class Operations
{
    /// <summary>
    /// The experts of the largest scores of each row of (R, E), <paramref name="count"/> of them; of equals the first. Rows are sorted by
    /// expert, each expert's in their own order, so that all rows of an expert are one product. No gradient flows through a choice.
    /// </summary>
    internal ExpertRows ChooseExperts(Tensor scores, int count)
    {
        var (R, E) = (scores.Rows, scores.Columns);
        var rows = new ExpertRows(Integers(new(R, count)), Integers(new(R * count)), Integers(new(R, count)), Integers(new(E + 1)));
        backend.ChooseColumns(scores, rows.Chosen);
        backend.GroupByChoice(rows.Chosen, rows.Sources, rows.Places, rows.Starts);
        return rows;
    }

    /// <summary>The elements of each row of x (R, E) in columns (R, k).</summary>
    internal Tensor SelectColumns(Tensor x, Tensor columns)
    {
        var y = New(columns.Shape, x.Type);
        backend.SelectColumns(x, columns, y);
        return Record(y, new TapeEntry(static (Tape tape, in TapeEntry e) =>
        {
            if (tape.Zeroed(e.A) is { IsEmpty: false } dx)
                tape.Backend.SelectColumnsBackward(tape.GradientOf(e.Output), e.B, dx);
        })
        { A = x, B = columns });
    }

    /// <summary>
    /// <see cref="Linear"/> of groups of rows, each by a weight of its own: of sorted rows x and where each group of them starts.
    /// A row has the bits that it has alone. How many rows a group has is read back from the device.
    /// </summary>
    /// <param name="x">Rows, group after group.</param>
    /// <param name="starts">Where each group starts, and the last one ends.</param>
    /// <param name="groups">A weight (in, out) for each group, and a bias, or no biases at all.</param>
    internal Tensor LinearByGroup(Tensor x, Tensor starts, (Tensor[] Weights, Tensor[] Biases) groups)
    {
        var y = New(x.Shape.WithColumns(groups.Weights[0].Columns), x.Type);
        Span<int> start = stackalloc int[groups.Weights.Length + 1];
        backend.Read(starts, start);
        for (var group = 0; group < groups.Weights.Length; group++)
            if (start[group + 1] - start[group] is > 0 and var count)
                backend.Linear(x.RowRange(start[group], count), groups.Weights[group], false, BiasOf(groups.Biases, group),
                    y.RowRange(start[group], count));
        return Record(y, new TapeEntry(static (Tape tape, in TapeEntry e) => LinearByGroupBackward(tape, e))
        {
            A = x, B = starts, Groups = groups
        });
    }

    private static void LinearByGroupBackward(Tape tape, in TapeEntry e)
    {
        var (dy, (weights, biases)) = (tape.GradientOf(e.Output), e.Groups);
        var dx = tape.Destination(e.A, out var addX);
        Span<int> start = stackalloc int[weights.Length + 1];
        tape.Backend.Read(e.B, start);
        for (var group = 0; group < weights.Length; group++)
        {
            var (first, count) = (start[group], start[group + 1] - start[group]);
            if (count == 0) // what has no rows has a gradient of zeros
            {
                tape.Zeroed(weights[group]);
                tape.Zeroed(BiasOf(biases, group));
                continue;
            }
            var dweight = tape.Destination(weights[group], out var addWeight);
            var dbias = tape.Destination(BiasOf(biases, group), out var addBias);
            if (!dweight.IsEmpty || !dbias.IsEmpty)
                tape.Backend.LinearBackwardWeight(dy.RowRange(first, count), e.A.RowRange(first, count), false, dweight, addWeight,
                    dbias, addBias);
            if (!dx.IsEmpty)
                tape.Backend.LinearBackwardInput(dy.RowRange(first, count), weights[group], false, dx.RowRange(first, count), addX);
        }
    }

    /// <summary>
    /// (R, C): for each row the sum of the rows of x (R · k, C) at its places (R, k), by weights (R, k), in their order: what a row's
    /// experts say, in the order of the experts.
    /// </summary>
    internal Tensor MixRows(Tensor x, Tensor places, Tensor weights)
    {
        var y = New(new Shape(places.Rows, x.Columns), x.Type);
        backend.MixRows(x, places, weights, y);
        return Record(y, new TapeEntry(static (Tape tape, in TapeEntry e) =>
        {
            var (dx, dweights) = (tape.Destination(e.A, out var addX), tape.Destination(e.C, out var addWeights));
            tape.Backend.MixRowsBackward(tape.GradientOf(e.Output), e.A, e.B, e.C, dx, addX, dweights, addWeights);
        })
        { A = x, B = places, C = weights });
    }

    /// <summary>
    /// g σ(slope · g) (u + 1) with g = gate, at most the limit, and u = up, between −limit and limit: what gpt-oss gates by.
    /// </summary>
    internal Tensor ClampedGate(Tensor gate, Tensor up, float slope, float limit)
    {
        var y = New(up.Shape, up.Type);
        backend.ClampedGate(gate, up, slope, limit, y);
        return Record(y, new TapeEntry(static (Tape tape, in TapeEntry e) =>
        {
            var (dgate, dup) = (tape.Destination(e.A, out var addGate), tape.Destination(e.B, out var addUp));
            tape.Backend.ClampedGateBackward(tape.GradientOf(e.Output), e.A, e.B, e.Number, e.OtherNumber, dgate, addGate, dup, addUp);
        })
        { A = gate, B = up, Number = slope, OtherNumber = limit });
    }

    private static Tensor BiasOf(Tensor[] biases, int group) => biases.Length == 0 ? default : biases[group];

    private Tensor Integers(Shape shape) => New(shape, ElementType.Int32);
}
