using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tests.Models;

namespace Pellucid.Tests.Looking;

/// <summary>The slow way that every instrument is judged by: one whole forward, with edits, for one question.</summary>
internal static class PlainRun
{
    public static double LogitDifference(SmallGpt model, int[] tokens, int right, int wrong, Taps? taps = null)
    {
        var end = model.Logits(rows => rows.Add(tokens), run => run.Taps = taps)[^1];
        return (double)end[right] - end[wrong];
    }

    /// <summary>All activations of one layer's kind, kept.</summary>
    public static Tensor Keep(SmallGpt model, Arena arena, int[] tokens, Activation activation, int layer, Taps? taps = null)
    {
        taps = (taps ?? new Taps()).Read(activation, layer);
        model.Logits(rows => rows.Add(tokens), run => run.Taps = taps);
        var values = taps[activation, layer].ToArray(model.Backend);
        var tensor = arena.Allocate(taps[activation, layer].Tensor.Shape.WithColumns(taps[activation, layer].Columns));
        model.Backend.Write(values, tensor);
        return tensor;
    }
}
