using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Benchmarks.LlamaCpp;

/// <summary>
/// Our forward with GELU as llama.cpp reads it: from a table of half-precision numbers, by numbers rounded to halves
/// (<c>GGML_GELU_FP16</c> in ggml-cpu/vec.h). Layer after layer what comes before it is read, and what comes after it replaced.
/// </summary>
internal static class GeluTable
{
    // Beyond it nothing is looked up.
    private const float Edge = 10;

    /// <summary>Whether a model has such a function.</summary>
    public static bool Concerns(GptConfig config) => Enumerable.Range(0, config.Layers).All(layer =>
        config.Block(layer).FeedForward is { Gated: false, Experts: null, Nonlinearity: Nonlinearity.GeluTanh });

    /// <summary>The changes of a text's activations that make it so.</summary>
    /// <param name="gpt">The model.</param>
    /// <param name="rows">The text.</param>
    /// <param name="arena">Holds what is replaced.</param>
    public static Taps Edits(Gpt gpt, TokenRows rows, Arena arena)
    {
        var edits = new List<TapEdit>();
        for (var layer = 0; layer < gpt.Config.Layers; layer++)
        {
            var taps = Apply(edits).Read(Activation.MlpPre, layer);
            gpt.Forward(rows, new GptRun(new Operations(gpt.Backend, arena)) { Taps = taps, LastLayer = layer + 1 });
            var reading = taps[Activation.MlpPre, layer];
            var after = arena.Allocate(reading.Tensor.Shape);
            gpt.Backend.Write(Array.ConvertAll(reading.ToArray(gpt.Backend), Look), after);
            edits.Add(new TapEdit(Activation.MlpPost, layer, EditOperation.Replace, after));
        }
        return Apply(edits);
    }

    private static Taps Apply(List<TapEdit> edits) => edits.Aggregate(new Taps(), (taps, edit) => taps.Edit(edit));

    private static float Look(float x)
    {
        if (Math.Abs(x) >= Edge)
            return Math.Max(x, 0);
        double half = (float)(Half)x;
        return (float)(Half)(0.5 * half * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * half * (1 + 0.044715 * half * half))));
    }
}
