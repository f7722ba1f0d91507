using System.Numerics.Tensors;
using Pellucid.Models;
using Pellucid.Tensors;
using Tensor = Pellucid.Tensors.Tensor;

namespace Pellucid.Looking.Features.Graphs;

/// <summary>What happens where features are taken away.</summary>
/// <param name="Nodes">The features.</param>
/// <param name="Predicted">How the answer changes by the graph.</param>
/// <param name="Measured">How it changes by a forward of the model.</param>
public sealed record Suppression(IReadOnlyList<int> Nodes, double Predicted, double Measured);

/// <summary>Answers of a model from which something that feed-forward layers write is taken off.</summary>
internal sealed class Suppressions(Gpt gpt, ActivationCache unchanged, float[] direction) : IDisposable
{
    private readonly VariantRunner _runner = new(gpt, unchanged);
    private readonly Arena _arena = new(gpt.Backend);

    /// <summary>The answer without each set.</summary>
    public double[] Of(IReadOnlyList<IReadOnlyList<(int Layer, int Position, float[] Written)>> sets)
    {
        _arena.Reset();
        var variants = sets.Select(set => new Variant(0, [.. set.GroupBy(one => (one.Layer, one.Position)).Select(place =>
            new VariantEdit(Activation.MlpOut, place.Key.Layer, place.Key.Position, 1, -1, -1,
                Less([.. place.Select(one => one.Written)]), 0, Adds: true))])).ToList();
        var answers = new double[sets.Count];
        _runner.Run(variants, _ => [unchanged.Prompts[0].Length - 1], (final, rows, _) =>
        {
            var all = new float[final.Count];
            gpt.Backend.Read(final, all);
            foreach (var (value, row) in AnswerDirection.Values(all, direction).Zip(rows))
                answers[row.Variant] = value;
        });
        return answers;
    }

    public void Dispose()
    {
        _arena.Dispose();
        _runner.Dispose();
    }

    private Tensor Less(IReadOnlyList<float[]> written)
    {
        var sum = new float[written[0].Length];
        foreach (var one in written)
            TensorPrimitives.Subtract(sum, one, sum);
        var tensor = _arena.Allocate(new Shape(1, sum.Length), gpt.Parameters.Type);
        gpt.Backend.Write(sum, tensor);
        return tensor;
    }
}
