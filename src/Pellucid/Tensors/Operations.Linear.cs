namespace Pellucid.Tensors;

public sealed partial class Operations
{
    /// <summary>x · weight + bias; the weight is (in, out), or (out, in) when transposed; the bias may be left out.</summary>
    /// <exception cref="ArgumentException">Shapes do not fit each other.</exception>
    public Tensor Linear(Tensor x, Tensor weight, Tensor bias = default, bool transposed = false)
    {
        var y = New(Product(x, weight, bias, transposed), x.Type);
        backend.Linear(x, weight, transposed, bias, y);
        return RecordLinear(y, x, weight, bias, transposed);
    }

    /// <summary>
    /// <see cref="Activate"/> of x · weight + bias, in one pass. A tape keeps the slope and no product: its backward has only to multiply.
    /// </summary>
    public Tensor LinearActivate(Tensor x, Tensor weight, Tensor bias, Nonlinearity nonlinearity)
    {
        var y = New(Product(x, weight, bias), x.Type);
        var slope = tape is null ? default : New(y.Shape, x.Type);
        backend.Linear(x, weight, false, bias, y, Epilogue.Activate(nonlinearity, slope));
        return tape is null ? y : Record(y, new TapeEntry(static (Tape tape, in TapeEntry e) =>
            tape.Backend.MultiplyAdd(tape.GradientOf(e.Output), e.Slope, tape.Zeroed(e.Slope)))
        { Slope = RecordLinear(slope, x, weight, bias) });
    }

    /// <summary><see cref="Gate"/> of a gate and x · weight + bias:
    /// in one pass where there is no tape, which would keep the product.</summary>
    public Tensor LinearGate(Tensor gate, Tensor x, Tensor weight, Tensor bias, Nonlinearity nonlinearity)
    {
        if (tape is not null)
            return Gate(gate, Linear(x, weight, bias), nonlinearity);
        var y = New(Product(x, weight, bias), x.Type);
        RequireSame("a gate and what is gated", gate, y);
        backend.Linear(x, weight, false, bias, y, Epilogue.GateBy(gate, nonlinearity));
        return y;
    }

    /// <summary>residual + <see cref="Dropout"/> of x · weight + bias, in one pass.</summary>
    public Tensor AddLinear(Tensor residual, Tensor x, Tensor weight, Tensor bias, float dropout, uint purpose)
    {
        var (probability, random) = (tape is null ? 0 : dropout, Random with { Purpose = purpose });
        var y = New(Product(x, weight, bias), x.Type);
        RequireSame("the residual stream and what is added to it", residual, y);
        if (probability > 0 && tape!.LeafCount > 1)
            throw new NotSupportedException("dropout that is fused with a product is not drawn by leaves");
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

    private Tensor RecordLinear(Tensor y, Tensor x, Tensor weight, Tensor bias, bool transposed = false) =>
        Record(y, new TapeEntry(static (Tape tape, in TapeEntry e) => LinearBackward(tape, tape.GradientOf(e.Output), e))
        {
            A = x, B = weight, C = bias, Transposed = transposed
        });

    private static void LinearBackward(Tape tape, Tensor dy, in TapeEntry e)
    {
        foreach (var leaf in tape.LeavesOf(e.Output))
        {
            var (dweight, dbias) = (tape.Destination(e.B, out var addWeight), tape.Destination(e.C, out var addBias));
            if (!dweight.IsEmpty || !dbias.IsEmpty)
                tape.Backend.LinearBackwardWeight(leaf.Of(dy), leaf.Of(e.A), e.Transposed, dweight, addWeight, dbias, addBias);
        }
        if (tape.SlopeOf(e.A) is { IsEmpty: false } slope)
            tape.Backend.LinearBackwardInput(dy, e.B, e.Transposed, tape.Destination(slope, out _), accumulate: false,
                Epilogue.MultiplyBy(slope));
        else if (tape.Destination(e.A, out var addX) is { IsEmpty: false } dx)
            tape.Backend.LinearBackwardInput(dy, e.B, e.Transposed, dx, addX);
    }
}
