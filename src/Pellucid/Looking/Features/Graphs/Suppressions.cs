using System.Numerics.Tensors;
using Pellucid.Models;
using Pellucid.Tensors;
using Tensor = Pellucid.Tensors.Tensor;

namespace Pellucid.Looking.Features.Graphs;

/// <summary>What happens where features are taken away.</summary>
/// <param name="Nodes">The features.</param>
/// <param name="Predicted">How the answer changes by the graph.</param>
/// <param name="Measured">How it changes by a forward of the model, in which nothing is frozen.</param>
/// <param name="MeasuredWithAttention">The same where attention looks where it looked.</param>
public sealed record Suppression(IReadOnlyList<int> Nodes, double Predicted, double Measured, double MeasuredWithAttention);

/// <summary>Answers of a model from which something that feed-forward layers write is taken off.</summary>
internal sealed class Suppressions(Gpt gpt, ActivationCache unchanged, float[] direction) : IDisposable
{
    private const int RowsAtATime = 512;

    private readonly VariantRunner _runner = new(gpt, unchanged);
    private readonly ForwardPass _pass = new(gpt);
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

    /// <summary>The same where attention looks where it looks in the prompt as it is.</summary>
    public double[] WithAttention(IReadOnlyList<IReadOnlyList<(int Layer, int Position, float[] Written)>> sets)
    {
        var length = Tokens.Length;
        return [.. sets.Chunk(Math.Max(1, RowsAtATime / length)).SelectMany(some =>
        {
            _arena.Reset();
            var taps = new Taps();
            for (var copy = 0; copy < some.Length; copy++)
            {
                foreach (var edit in Edits(some[copy]))
                    taps.Edit(edit.At(copy * length + edit.Position));
                for (var layer = 0; layer < gpt.Config.Layers; layer++)
                    taps.Edit(new TapEdit(Activation.Pattern, layer, EditOperation.Replace, unchanged[Activation.Pattern, layer], 0,
                        copy * length, length, SourceRow: 0));
            }
            _pass.Rows.Clear();
            new Prompts(Enumerable.Repeat(Tokens, some.Length)).AddTo(_pass.Rows);
            var run = _pass.NewRun(taps);
            run.LogitRows = [.. Enumerable.Range(1, some.Length).Select(copy => copy * length - 1)];
            return Values(gpt.Forward(_pass.Rows, run));
        })];
    }

    public void Dispose()
    {
        _arena.Dispose();
        _pass.Dispose();
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
