namespace Pellucid.Tensors;

public sealed partial class Operations
{
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
}
