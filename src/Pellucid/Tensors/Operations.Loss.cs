namespace Pellucid.Tensors;

public sealed partial class Operations
{
    /// <summary>Most logits that exist at a time: where R × V is more, rows are computed in chunks.</summary>
    internal const long LogitChunkElements = 16L << 20;

    private Tensor _logits, _cappedLogits;

    /// <summary>
    /// Log-probability of each row's target under softmax(x · tableᵀ), (R); 0 for a target below 0. Logits exist for a
    /// chunk of rows at a time, forward and backward, and the backward takes any gradient by row. A soft cap above 0 holds logits below it.
    /// </summary>
    public Tensor TokenLogProbabilities(Tensor x, Tensor table, Tensor targets, float softCap = 0) =>
        TokenLogProbabilities(x, table, targets, softCap, default);

    /// <summary>The same, with something added to columns of the logits.</summary>
    internal Tensor TokenLogProbabilities(Tensor x, Tensor table, Tensor targets, float softCap, ColumnsAdded added)
    {
        RequireTargets(x, table, targets);
        var y = New(new Shape(x.Rows), x.Type);
        var logSumExp = New(new Shape(x.Rows), x.Type);
        foreach (var (first, count) in Chunks(x.Rows, table.Rows))
        {
            var logits = ComputeLogits(x.RowRange(first, count), table, softCap, added, first);
            backend.LogProbabilities(logits, Slice(targets, first, count), Slice(logSumExp, first, count), Slice(y, first, count));
        }
        return Record(y, new TapeEntry(static (Tape tape, in TapeEntry e) =>
        {
            var operations = e.Operations!;
            var dx = tape.Destination(e.A, out var addX);
            var dadded = e.Added.Pairs is null ? default : tape.Zeroed(e.Added.Addend);
            foreach (var (first, count) in Chunks(e.A.Rows, e.B.Rows))
            {
                var logits = operations.ComputeLogits(e.A.RowRange(first, count), e.B, e.Number, e.Added, first);
                operations.LogitsBackward(Slice(tape.GradientOf(e.Output), first, count), Slice(e.C, first, count),
                    Slice(e.D, first, count), e.Number, logits);
                e.Added.Back(logits, first, dadded, tape.Backend);
                operations.HeadBackward(logits, e.A, e.B, first, Rows(dx, first, count), addX);
            }
        })
        { A = x, B = table, C = targets, D = logSumExp, Number = softCap, Operations = this, Added = added });
    }

    /// <summary>
    /// Mean next-token loss as a root of the tape: <paramref name="weight"/> times the negative log-probabilities (R),
    /// which are returned. Its gradients are formed in the same chunk as the logits, which are computed once.
    /// </summary>
    public Tensor NextTokenLoss(Tensor x, Tensor table, Tensor targets, float weight, float softCap = 0) =>
        NextTokenLoss(x, table, targets, weight, softCap, default);

    /// <summary>The same, with something added to columns of the logits.</summary>
    internal Tensor NextTokenLoss(Tensor x, Tensor table, Tensor targets, float weight, float softCap, ColumnsAdded added)
    {
        RequireTargets(x, table, targets);
        if (tape is null)
            return TokenLogProbabilities(x, table, targets, softCap, added);
        var y = New(new Shape(x.Rows), x.Type);
        var logSumExp = New(new Shape(x.Rows), x.Type);
        var upstream = New(new Shape(x.Rows), x.Type);
        backend.Fill(upstream, -weight);
        var dx = tape.Destination(x, out var addX);
        var dadded = added.Pairs is null ? default : tape.Zeroed(added.Addend);
        foreach (var (first, count) in Chunks(x.Rows, table.Rows))
        {
            var logits = ComputeLogits(x.RowRange(first, count), table, softCap, added, first);
            backend.LogProbabilities(logits, Slice(targets, first, count), Slice(logSumExp, first, count), Slice(y, first, count));
            LogitsBackward(Slice(upstream, first, count), Slice(targets, first, count), Slice(logSumExp, first, count), softCap, logits);
            added.Back(logits, first, dadded, backend);
            HeadBackward(logits, x, table, first, Rows(dx, first, count), addX);
        }
        return y;
    }

    /// <summary>
    /// The largest elements of each row, largest first, and where in the row they are, each (R, count). Of equals the earlier comes first;
    /// what is not a number counts as −∞.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">A row has not so many.</exception>
    public (Tensor Values, Tensor Indices) Top(Tensor x, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, x.Columns);
        var (values, indices) = (New(new Shape(x.Rows, count), x.Type), New(new Shape(x.Rows, count), ElementType.Int32));
        backend.Top(x, values, indices);
        return (values, indices);
    }

    private Tensor ComputeLogits(Tensor x, Tensor table, float softCap, in ColumnsAdded added, int first)
    {
        var logits = Scratch(ref _logits, x.Rows, table.Rows, x.Type);
        backend.Linear(x, table, true, default, logits);
        added.AddTo(logits, first, backend);
        if (softCap > 0)
            backend.SoftCap(logits, softCap, logits);
        return logits;
    }

    // In place: what were logits becomes the gradient of the product that they came from.
    private void LogitsBackward(Tensor gradient, Tensor targets, Tensor logSumExp, float softCap, Tensor logits)
    {
        var capped = softCap > 0 ? Scratch(ref _cappedLogits, logits.Rows, logits.Columns, logits.Type) : default;
        if (!capped.IsEmpty)
            backend.Copy(logits, capped);
        backend.LogProbabilitiesBackward(gradient, targets, logSumExp, logits);
        if (!capped.IsEmpty)
            backend.SoftCapBackward(logits, capped, softCap, logits, accumulate: false);
    }

    // Of a chunk of rows from the first one on; what one chunk leaves of a leaf, the next one adds to, in the order of rows.
    private void HeadBackward(Tensor dlogits, Tensor x, Tensor table, int first, Tensor dx, bool addX)
    {
        foreach (var leaf in tape!.LeavesOf(x))
            if (leaf.Within(first, dlogits.Rows) is { Count: > 0 } rows
                && tape.Destination(table, out var addTable) is { IsEmpty: false } dtable)
                backend.LinearBackwardWeight(dlogits.RowRange(rows.First - first, rows.Count), x.RowRange(rows.First, rows.Count), true,
                    dtable, addTable);
        if (!dx.IsEmpty)
            backend.LinearBackwardInput(dlogits, table, true, dx, addX);
    }

    private Tensor Scratch(ref Tensor kept, int rows, int vocabulary, ElementType type)
    {
        if (kept.IsEmpty || kept.Count < (long)rows * vocabulary || kept.Type != type)
            kept = arena.Allocate(new Shape(rows, vocabulary), type);
        return new Tensor(kept.Storage, kept.Offset, new Shape(rows, vocabulary), type);
    }

    // As few as memory allows, and of one size: each passes over the whole table.
    private static ChunkRange Chunks(int rows, int vocabulary)
    {
        var most = Math.Max(1, LogitChunkElements / vocabulary);
        var chunks = Math.Max(1, (rows + most - 1) / most);
        return new(rows, (int)((rows + chunks - 1) / chunks));
    }

    private static Tensor Slice(Tensor vector, int first, int count) =>
        new(vector.Storage, vector.Offset + (nint)first * vector.Type.Bytes(), new Shape(count), vector.Type);

    private static Tensor Rows(Tensor matrix, int first, int count) => matrix.IsEmpty ? default : matrix.RowRange(first, count);

    /// <summary>Equal runs of rows, the last one shorter.</summary>
    private readonly struct ChunkRange(int rows, int size)
    {
        public Enumerator GetEnumerator() => new(rows, size);

        public struct Enumerator(int rows, int size)
        {
            private int _first = -size;

            public readonly (int First, int Count) Current => (_first, Math.Min(size, rows - _first));

            public bool MoveNext() => (_first += size) < rows;
        }
    }
}
