using System.Numerics.Tensors;
using Pellucid.Models;
using Pellucid.Tensors;
using Tensor = Pellucid.Tensors.Tensor;

namespace Pellucid.Looking.Features.Graphs;

/// <summary>What happens where features are taken away.</summary>
/// <param name="Nodes">The features.</param>
/// <param name="Predicted">How the answer changes by the graph.</param>
/// <param name="Measured">How it changes by a forward of the model, in which nothing is frozen.</param>
/// <param name="MeasuredHeld">The same where attention looks where it looked and normalisations divide by what they divided by, so that
/// feed-forward layers alone answer.</param>
public sealed record Suppression(IReadOnlyList<int> Nodes, double Predicted, double Measured, double MeasuredHeld);

/// <summary>Answers of a model from which something that feed-forward layers write is taken off.</summary>
internal sealed class Suppressions(Gpt gpt, ActivationCache unchanged, float[] direction) : IDisposable
{
    private const int RowsAtATime = 512;

    private readonly VariantRunner _runner = new(gpt, unchanged);
    private readonly Arena _arena = new(gpt.Backend);

    private int[] Tokens => unchanged.Prompts[0];

    /// <summary>The answer without each set.</summary>
    public double[] Of(IReadOnlyList<IReadOnlyList<(int Layer, int Position, float[] Written)>> sets)
    {
        _arena.Reset();
        var variants = sets.Select(set => new Variant(0, [.. Edits(set)])).ToList();
        var answers = new double[sets.Count];
        _runner.Run(variants, _ => [Tokens.Length - 1], (final, rows, _) =>
        {
            foreach (var (value, row) in Values(final).Zip(rows))
                answers[row.Variant] = value;
        });
        return answers;
    }

    /// <summary>How the answer changes where attention and normalisations are as they were.</summary>
    public double[] Held(FrozenModel model, IReadOnlyList<IReadOnlyList<(int Layer, int Position, float[] Written)>> sets) =>
        [.. sets.Chunk(Math.Max(1, RowsAtATime / model.T)).SelectMany(some =>
        {
            var added = new float[]?[model.Layers];
            for (var copy = 0; copy < some.Length; copy++)
                foreach (var (layer, position, written) in some[copy])
                {
                    added[layer] ??= new float[some.Length * model.T * model.C];
                    var row = added[layer].AsSpan((copy * model.T + position) * model.C, model.C);
                    TensorPrimitives.Subtract(row, written, row);
                }
            return model.ChangesOfAnswer(direction, added, some.Length);
        })];

    public void Dispose()
    {
        _arena.Dispose();
        _runner.Dispose();
    }

    private IEnumerable<VariantEdit> Edits(IReadOnlyList<(int Layer, int Position, float[] Written)> set) =>
        set.GroupBy(one => (one.Layer, one.Position)).Select(place => new VariantEdit(Activation.MlpOut, place.Key.Layer,
            place.Key.Position, 1, -1, -1, Less([.. place.Select(one => one.Written)]), 0, Adds: true));

    private double[] Values(Tensor final)
    {
        var all = new float[final.Count];
        gpt.Backend.Read(final, all);
        return AnswerDirection.Values(all, direction);
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
