namespace Pellucid.Tensors;

public sealed partial class Operations
{
    /// <summary>
    /// What a part of a model makes of x, without keeping what it computes on the way: that is computed again when gradients flow back
    /// through it (Chen et al. 2016). The same bits, and the same bits of gradients.
    /// </summary>
    /// <param name="x">What the part reads, and nothing else that has gradients but parameters.</param>
    /// <param name="within">Memory and tape of the part, which serve one part after another.</param>
    /// <param name="part">From x to the result, by those operations.</param>
    internal Tensor Recomputed(Tensor x, Operations within, Func<Tensor, Tensor> part)
    {
        var (result, _) = within.Compute(x, Random, part);
        var y = New(result.Shape, result.Type);
        backend.Copy(result.Detached, y);
        return Record(y, new TapeEntry(RecomputeBackward) { A = x, Operations = within, Part = part, Random = Random });
    }

    private static void RecomputeBackward(Tape tape, in TapeEntry entry)
    {
        var within = entry.Operations!;
        var (result, x) = within.Compute(entry.A, entry.Random, entry.Part!);
        within.Tape!.Seed(result, tape.GradientOf(entry.Output));
        within.Tape.Backward();
        var destination = tape.Destination(entry.A, out var accumulate);
        if (destination.IsEmpty)
            return;
        if (accumulate)
            tape.Backend.AddScaled(within.Tape.GradientOf(x), 1, destination);
        else
            tape.Backend.Copy(within.Tape.GradientOf(x), destination);
    }

    private (Tensor Result, Tensor X) Compute(Tensor x, RandomStream random, Func<Tensor, Tensor> part)
    {
        Reset();
        Random = random;
        var own = x.Node > 0 ? tape!.Watch(x.Detached) : x;
        return (part(own), own);
    }
}
