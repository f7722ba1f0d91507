namespace Pellucid.Tensors;

/// <summary>
/// The operations that a model is written with. Each takes memory for its result from the arena, has the backend compute
/// it, and notes on the tape, if there is one, how gradients flow back: forward and backward stand side by side.
/// </summary>
public sealed class Operations(Backend backend, Arena arena, Tape? tape = null)
{
    /// <summary>Most logits that exist at a time: where R × V is more, rows are computed in chunks.</summary>
    internal const long LogitChunkElements = 16L << 20;

    private Tensor _logits;

    /// <summary>The device.</summary>
    public Backend Backend => backend;

    /// <summary>Where results live.</summary>
    public Arena Arena => arena;

    /// <summary>Where operations are recorded, when gradients are wanted.</summary>
    public Tape? Tape => tape;

    /// <summary>Random numbers of this run, for dropout.</summary>
    public RandomStream Random { get; set; }

    /// <summary>Token vector plus position vector, (R, C).</summary>
    public Tensor Embed(TokenRows rows, Tensor tokenTable, Tensor positionTable)
    {
        ArgumentNullException.ThrowIfNull(rows);
        var y = New(new Shape(rows.Count, tokenTable.Columns), positionTable.Type);
        backend.Embed(rows.DeviceTokens, rows.DevicePositions, tokenTable, positionTable, y);
        return Record(y, new TapeEntry(static (Tape tape, in TapeEntry e) =>
        {
            var (dtokens, dpositions) = (tape.Zeroed(e.A), tape.Zeroed(e.B));
            if (!dtokens.IsEmpty || !dpositions.IsEmpty)
                tape.Backend.EmbedBackward(tape.GradientOf(e.Output), e.Rows!.DeviceTokens, e.Rows.DevicePositions, dtokens, dpositions);
        })
        { A = tokenTable, B = positionTable, Rows = rows });
    }

    /// <summary>LayerNorm of each row.</summary>
    public Tensor LayerNorm(Tensor x, Tensor gain, Tensor bias, float epsilon)
    {
        var y = New(x.Shape, x.Type);
        var mean = New(new Shape(x.Rows), x.Type);
        var deviation = New(new Shape(x.Rows), x.Type);
        backend.LayerNorm(x, gain, bias, epsilon, y, mean, deviation);
        return Record(y, new TapeEntry(static (Tape tape, in TapeEntry e) =>
        {
            var dx = tape.Destination(e.A, out var addX);
            var dgain = tape.Destination(e.B, out var addGain);
            var dbias = tape.Destination(e.C, out var addBias);
            tape.Backend.LayerNormBackward(tape.GradientOf(e.Output), e.A, e.B, e.D, e.E, dx, addX, dgain, addGain, dbias, addBias);
        })
        { A = x, B = gain, C = bias, D = mean, E = deviation });
    }

    /// <summary>x · weight + bias; the weight is (in, out), or (out, in) when transposed; the bias may be left out.</summary>
    public Tensor Linear(Tensor x, Tensor weight, Tensor bias = default, bool transposed = false)
    {
        var y = New(x.Shape.WithColumns(weight.Shape[transposed ? 0 : 1]), x.Type);
        backend.Linear(x, weight, transposed, bias, y);
        return RecordLinear(y, x, weight, bias, transposed);
    }

    /// <summary><see cref="Gelu"/> of x · weight + bias, in one pass. A tape keeps the slope and no product: its backward has only to multiply.</summary>
    public Tensor LinearGelu(Tensor x, Tensor weight, Tensor bias)
    {
        var y = New(x.Shape.WithColumns(weight.Columns), x.Type);
        var slope = tape is null ? default : New(y.Shape, x.Type);
        backend.Linear(x, weight, false, bias, y, Epilogue.Gelu(slope));
        return tape is null ? y : Record(y, new TapeEntry(static (Tape tape, in TapeEntry e) =>
            tape.Backend.MultiplyAdd(tape.GradientOf(e.Output), e.Slope, tape.Zeroed(e.Slope)))
        { Slope = RecordLinear(slope, x, weight, bias) });
    }

    /// <summary>residual + <see cref="Dropout"/> of x · weight + bias, in one pass.</summary>
    public Tensor AddLinear(Tensor residual, Tensor x, Tensor weight, Tensor bias, float dropout, uint purpose)
    {
        var (probability, random) = (tape is null ? 0 : dropout, Random with { Purpose = purpose });
        var y = New(residual.Shape, x.Type);
        backend.Linear(x, weight, false, bias, y, Epilogue.AddTo(residual, probability, random));
        return Record(y, new TapeEntry(static (Tape tape, in TapeEntry e) =>
        {
            tape.PassOn(e.Output, e.D);
            if (e.Number == 0)
            {
                LinearBackward(tape, tape.GradientOf(e.Output), e);
                return;
            }
            var dy = tape.Borrow(e.Output);
            tape.Backend.Dropout(tape.GradientOf(e.Output), e.Number, e.Random, dy, accumulate: false);
            LinearBackward(tape, dy, e);
            tape.Free(dy);
        })
        { A = x, B = weight, C = bias, D = residual, Number = probability, Random = random });
    }

    /// <summary>Causal attention over the segments of the rows; z (R, C) from qkv (R, 3C).</summary>
    public Tensor Attention(Tensor qkv, TokenRows rows, int heads, int band, KeyValueStore? store, int layer)
    {
        ArgumentNullException.ThrowIfNull(rows);
        var z = New(qkv.Shape.WithColumns(qkv.Columns / 3), qkv.Type);
        var logSumExp = New(new Shape(qkv.Rows, heads), qkv.Type);
        backend.Attention(qkv, rows.Segments, heads, band, store, layer, z, logSumExp);
        if (store is not null)
            return z; // gradients do not flow into stored keys and values
        if (tape is not null && rows.HasBranches)
            throw new NotSupportedException("gradients do not flow through branches; give every sequence its own rows");
        return Record(z, new TapeEntry(static (Tape tape, in TapeEntry e) =>
        {
            var dqkv = tape.Destination(e.A, out var add);
            var own = add ? tape.Borrow(e.A) : dqkv;
            tape.Backend.AttentionBackward(tape.GradientOf(e.Output), e.A, e.Output, e.B, e.Rows!.Segments, e.Heads, e.Band, own);
            if (add)
                tape.AddAndReturn(own, dqkv);
        })
        { A = qkv, B = logSumExp, Rows = rows, Heads = heads, Band = band });
    }

    /// <summary>GELU of every element.</summary>
    public Tensor Gelu(Tensor x)
    {
        var y = New(x.Shape, x.Type);
        backend.Gelu(x, y);
        return Record(y, new TapeEntry(static (Tape tape, in TapeEntry e) =>
        {
            var dx = tape.Destination(e.A, out var add);
            tape.Backend.GeluBackward(tape.GradientOf(e.Output), e.A, dx, add);
        })
        { A = x });
    }

    /// <summary>left + right: the residual stream.</summary>
    public Tensor Add(Tensor left, Tensor right)
    {
        var y = New(left.Shape, left.Type);
        backend.Add(left, right, y);
        return Record(y, new TapeEntry(static (Tape tape, in TapeEntry e) =>
        {
            tape.PassOn(e.Output, e.A);
            tape.PassOn(e.Output, e.B);
        })
        { A = left, B = right });
    }

    /// <summary>Dropout in training; the tensor itself where there is no tape or no probability.</summary>
    public Tensor Dropout(Tensor x, float probability, uint purpose)
    {
        if (tape is null || probability == 0)
            return x;
        var random = Random with { Purpose = purpose };
        var y = New(x.Shape, x.Type);
        backend.Dropout(x, probability, random, y, accumulate: false);
        return Record(y, new TapeEntry(static (Tape tape, in TapeEntry e) =>
        {
            var dx = tape.Destination(e.A, out var add);
            tape.Backend.Dropout(tape.GradientOf(e.Output), e.Number, e.Random, dx, add);
        })
        { A = x, Number = probability, Random = random });
    }

    /// <summary>The rows of x that are asked for, (rows, C).</summary>
    public Tensor SelectRows(Tensor x, int[] rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        var y = New(new Shape(rows.Length, x.Columns), x.Type);
        for (var i = 0; i < rows.Length; i++)
            backend.Copy(x.RowRange(rows[i], 1), y.RowRange(i, 1));
        return Record(y, new TapeEntry(static (Tape tape, in TapeEntry e) =>
        {
            var (dy, dx) = (tape.GradientOf(e.Output), tape.Zeroed(e.A));
            for (var i = 0; i < e.Selection!.Length; i++)
                tape.Backend.AddScaled(dy.RowRange(i, 1), 1, dx.RowRange(e.Selection[i], 1));
        })
        { A = x, Selection = rows });
    }

    /// <summary>
    /// Log-probability of each row's target under softmax(x · tableᵀ), (R); 0 for a target below 0. Logits exist for a
    /// chunk of rows at a time, forward and backward, and the backward takes any gradient by row.
    /// </summary>
    public Tensor TokenLogProbabilities(Tensor x, Tensor table, Tensor targets)
    {
        var y = New(new Shape(x.Rows), x.Type);
        var logSumExp = New(new Shape(x.Rows), x.Type);
        foreach (var (first, count) in Chunks(x.Rows, table.Rows))
        {
            var logits = LogitScratch(count, table.Rows, x.Type);
            backend.Linear(x.RowRange(first, count), table, true, default, logits);
            backend.LogProbabilities(logits, Slice(targets, first, count), Slice(logSumExp, first, count), Slice(y, first, count));
        }
        return Record(y, new TapeEntry(static (Tape tape, in TapeEntry e) =>
        {
            var (backend, operations) = (tape.Backend, e.Operations!);
            var dx = tape.Destination(e.A, out var addX);
            var dtable = tape.Destination(e.B, out var addTable);
            foreach (var (first, count) in Chunks(e.A.Rows, e.B.Rows))
            {
                var logits = operations.LogitScratch(count, e.B.Rows, e.A.Type);
                backend.Linear(e.A.RowRange(first, count), e.B, true, default, logits);
                backend.LogProbabilitiesBackward(Slice(tape.GradientOf(e.Output), first, count), Slice(e.C, first, count), Slice(e.D, first, count), logits);
                operations.HeadBackward(logits, e.A.RowRange(first, count), e.B, Rows(dx, first, count), addX, dtable, addTable || first > 0);
            }
        })
        { A = x, B = table, C = targets, D = logSumExp, Operations = this });
    }

    /// <summary>
    /// Mean next-token loss as a root of the tape: <paramref name="weight"/> times the negative log-probabilities (R),
    /// which are returned. Its gradients are formed in the same chunk as the logits, which are computed once.
    /// </summary>
    public Tensor NextTokenLoss(Tensor x, Tensor table, Tensor targets, float weight)
    {
        if (tape is null)
            return TokenLogProbabilities(x, table, targets);
        var y = New(new Shape(x.Rows), x.Type);
        var logSumExp = New(new Shape(x.Rows), x.Type);
        var upstream = New(new Shape(x.Rows), x.Type);
        backend.Fill(upstream, -weight);
        var dx = tape.Destination(x, out var addX);
        var dtable = tape.Destination(table, out var addTable);
        foreach (var (first, count) in Chunks(x.Rows, table.Rows))
        {
            var logits = LogitScratch(count, table.Rows, x.Type);
            backend.Linear(x.RowRange(first, count), table, true, default, logits);
            backend.LogProbabilities(logits, Slice(targets, first, count), Slice(logSumExp, first, count), Slice(y, first, count));
            backend.LogProbabilitiesBackward(Slice(upstream, first, count), Slice(targets, first, count), Slice(logSumExp, first, count), logits);
            HeadBackward(logits, x.RowRange(first, count), table, Rows(dx, first, count), addX, dtable, addTable || first > 0);
        }
        return y;
    }

    /// <summary>A copy of x with a rectangle of it replaced, added to or scaled; gradients flow to x and to the source.</summary>
    /// <remarks>In place, x is such a copy already and changes itself; only without a tape.</remarks>
    internal Tensor Edit(Tensor x, Tensor source, in EditRegion region, EditOperation operation, float factor, bool inPlace = false)
    {
        var y = inPlace ? x : New(x.Shape, x.Type);
        if (!inPlace)
            backend.Copy(x, y);
        backend.Edit(source, region, operation, factor, y);
        return Record(y, new TapeEntry(static (Tape tape, in TapeEntry e) =>
        {
            var dy = tape.GradientOf(e.Output);
            if (!e.B.IsEmpty && tape.Zeroed(e.B) is { IsEmpty: false } dsource)
                tape.Backend.Edit(dy, e.Region.Reversed, EditOperation.Add, e.Edit == EditOperation.Replace ? 1 : e.Number, dsource);
            if (tape.Zeroed(e.A) is not { IsEmpty: false } dx)
                return;
            var passed = tape.Borrow(e.Output);
            tape.Backend.Copy(dy, passed);
            if (e.Edit != EditOperation.Add)
                tape.Backend.Edit(default, e.Region, EditOperation.Scale, e.Edit == EditOperation.Scale ? e.Number : 0, passed);
            tape.AddAndReturn(passed, dx);
        })
        { A = x, B = source, Region = region, Edit = operation, Number = factor });
    }

    /// <summary>Masked attention scores, softmax of them, and values mixed by a pattern: the explicit way, for what the tiled way never stores.</summary>
    internal Tensor AttentionScores(Tensor qkv, TokenRows rows, int heads, int band, KeyValueStore? store, int layer)
    {
        var y = New(new Shape(heads, rows.Count, rows.LongestKeyCount), qkv.Type);
        backend.AttentionScores(qkv, rows.Segments, heads, band, store, layer, y);
        return Record(y, new TapeEntry(static (Tape tape, in TapeEntry e) =>
            tape.Backend.AttentionScoresBackward(tape.GradientOf(e.Output), e.A, e.Rows!.Segments, e.Heads, tape.Zeroed(e.A)))
        { A = qkv, Rows = rows, Heads = heads });
    }

    /// <inheritdoc cref="AttentionScores"/>
    internal Tensor Softmax(Tensor x)
    {
        var y = New(x.Shape, x.Type);
        backend.Softmax(x, y);
        return Record(y, new TapeEntry(static (Tape tape, in TapeEntry e) =>
            tape.Backend.SoftmaxBackward(tape.GradientOf(e.Output), e.Output, tape.Zeroed(e.A)))
        { A = x });
    }

    /// <summary>z + (edited − pattern) · values: exactly z where nothing was edited.</summary>
    internal Tensor AttentionCorrection(Tensor z, Tensor pattern, Tensor edited, Tensor qkv, TokenRows rows, int heads, KeyValueStore? store, int layer)
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
        backend.AttentionMix(difference, qkv, rows.Segments, heads, store, layer, y);
        return Record(y, new TapeEntry(static (Tape tape, in TapeEntry e) =>
        {
            tape.PassOn(e.Output, e.A);
            tape.Backend.AttentionMixBackward(tape.GradientOf(e.Output), e.B, e.C, e.Rows!.Segments, e.Heads, tape.Zeroed(e.B), tape.Zeroed(e.C));
        })
        { A = z, B = difference, C = qkv, Rows = rows, Heads = heads });
    }

    private Tensor RecordLinear(Tensor y, Tensor x, Tensor weight, Tensor bias, bool transposed = false) =>
        Record(y, new TapeEntry(static (Tape tape, in TapeEntry e) => LinearBackward(tape, tape.GradientOf(e.Output), e)) { A = x, B = weight, C = bias, Transposed = transposed });

    private static void LinearBackward(Tape tape, Tensor dy, in TapeEntry e)
    {
        var (dweight, dbias) = (tape.Destination(e.B, out var addWeight), tape.Destination(e.C, out var addBias));
        if (!dweight.IsEmpty || !dbias.IsEmpty)
            tape.Backend.LinearBackwardWeight(dy, e.A, e.Transposed, dweight, addWeight, dbias, addBias);
        if (tape.SlopeOf(e.A) is { IsEmpty: false } slope)
            tape.Backend.LinearBackwardInput(dy, e.B, e.Transposed, tape.Destination(slope, out _), accumulate: false, Epilogue.MultiplyBy(slope));
        else if (tape.Destination(e.A, out var addX) is { IsEmpty: false } dx)
            tape.Backend.LinearBackwardInput(dy, e.B, e.Transposed, dx, addX);
    }

    private void HeadBackward(Tensor dlogits, Tensor x, Tensor table, Tensor dx, bool addX, Tensor dtable, bool addTable)
    {
        if (!dtable.IsEmpty)
            backend.LinearBackwardWeight(dlogits, x, true, dtable, addTable);
        if (!dx.IsEmpty)
            backend.LinearBackwardInput(dlogits, table, true, dx, addX);
    }


    private Tensor LogitScratch(int rows, int vocabulary, ElementType type)
    {
        if (_logits.IsEmpty || _logits.Count < (long)rows * vocabulary || _logits.Type != type)
            _logits = arena.Allocate(new Shape(rows, vocabulary), type);
        return new Tensor(_logits.Storage, _logits.Offset, new Shape(rows, vocabulary), type);
    }

    /// <summary>Takes back the arena's memory and forgets the tape: the start of a step.</summary>
    public void Reset()
    {
        arena.Reset();
        tape?.Clear();
        _logits = default;
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

    private Tensor New(Shape shape, ElementType type) => arena.Allocate(shape, type);

    private Tensor Record(Tensor output, in TapeEntry entry) => tape is null ? output : tape.Record(output, entry);

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
