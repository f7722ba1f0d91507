namespace Pellucid.Tensors;

public sealed partial class Operations
{
    /// <summary>A function of every element.</summary>
    public Tensor Activate(Tensor x, Nonlinearity nonlinearity)
    {
        var y = New(x.Shape, x.Type);
        backend.Activate(x, nonlinearity, y);
        return Record(y, new TapeEntry(static (Tape tape, in TapeEntry e) =>
        {
            var dx = tape.Destination(e.A, out var add);
            tape.Backend.ActivateBackward(tape.GradientOf(e.Output), e.A, e.Nonlinearity, dx, add);
        })
        { A = x, Nonlinearity = nonlinearity });
    }

    /// <summary>f(gate) · up, element by element: a gated linear unit (Shazeer 2020).</summary>
    public Tensor Gate(Tensor gate, Tensor up, Nonlinearity nonlinearity)
    {
        RequireSame("a gate and what is gated", gate, up);
        var y = New(up.Shape, up.Type);
        backend.Gate(gate, up, nonlinearity, y);
        return Record(y, new TapeEntry(static (Tape tape, in TapeEntry e) =>
        {
            var (dgate, dup) = (tape.Destination(e.A, out var addGate), tape.Destination(e.B, out var addUp));
            tape.Backend.GateBackward(tape.GradientOf(e.Output), e.A, e.B, e.Nonlinearity, dgate, addGate, dup, addUp);
        })
        { A = gate, B = up, Nonlinearity = nonlinearity });
    }

    /// <summary>factor · x.</summary>
    public Tensor Scale(Tensor x, float factor)
    {
        var y = New(x.Shape, x.Type);
        backend.Scale(x, factor, y);
        return Record(y, new TapeEntry(static (Tape tape, in TapeEntry e) =>
        {
            var dx = tape.Destination(e.A, out var add);
            if (add)
                tape.Backend.AddScaled(tape.GradientOf(e.Output), e.Number, dx);
            else if (!dx.IsEmpty)
                tape.Backend.Scale(tape.GradientOf(e.Output), e.Number, dx);
        })
        { A = x, Number = factor });
    }

    /// <summary>cap · tanh(x / cap), which never exceeds the cap.</summary>
    public Tensor SoftCap(Tensor x, float cap)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(cap);
        var y = New(x.Shape, x.Type);
        backend.SoftCap(x, cap, y);
        return Record(y, new TapeEntry(static (Tape tape, in TapeEntry e) =>
        {
            if (tape.Destination(e.A, out var add) is { IsEmpty: false } dx)
                tape.Backend.SoftCapBackward(tape.GradientOf(e.Output), e.Output, e.Number, dx, add);
        })
        { A = x, Number = cap });
    }

    /// <summary>left + right: the residual stream.</summary>
    public Tensor Add(Tensor left, Tensor right)
    {
        RequireSame("the sides of a sum", left, right);
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
        var leafOf = random;
        foreach (var leaf in tape.LeavesOf(x))
        {
            backend.Dropout(leaf.Of(x), probability, leafOf, leaf.Of(y), accumulate: false);
            leafOf = leafOf with { Step = leafOf.Step + 1 };
        }
        return Record(y, new TapeEntry(static (Tape tape, in TapeEntry e) =>
        {
            var dx = tape.Destination(e.A, out var add);
            var (dy, random) = (tape.GradientOf(e.Output), e.Random);
            foreach (var leaf in tape.LeavesOf(e.Output))
            {
                tape.Backend.Dropout(leaf.Of(dy), e.Number, random, leaf.Of(dx), add);
                random = random with { Step = random.Step + 1 };
            }
        })
        { A = x, Number = probability, Random = random });
    }
}
