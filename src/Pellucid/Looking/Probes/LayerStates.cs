using System.Numerics.Tensors;
using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Looking.Probes;

/// <summary>States of examples at every place on the way up: the embedding, then the residual stream after each block.</summary>
/// <param name="Count">Examples.</param>
/// <param name="Columns">Numbers of an example at one place: the model's width, three times that for pairs:
/// both vectors and their products, component by component.</param>
/// <param name="Places">A (Count, Columns) matrix for each place.</param>
public sealed record LayerStates(int Count, int Columns, IReadOnlyList<float[]> Places)
{
    private const int RowsAtATime = 2048;

    /// <summary>Runs a model, which is not changed, over the sentences that examples stand in.</summary>
    public static LayerStates Record(Gpt gpt, IReadOnlyList<int[]> sentences, IReadOnlyList<ProbeExample> examples)
    {
        ArgumentNullException.ThrowIfNull(gpt);
        ArgumentNullException.ThrowIfNull(sentences);
        ArgumentNullException.ThrowIfNull(examples);
        var (width, pairs) = (gpt.Config.Width, examples.Any(example => example.Other >= 0));
        var columns = pairs ? 3 * width : width;
        var places = ActivationCache.Places(gpt.Config).Where(place => IsRead(place.Activation, place.Layer)).ToArray();
        var states = places.Select(_ => new float[examples.Count * columns]).ToArray();
        var bySentence = examples.Select((example, i) => (example, i)).GroupBy(pair => pair.example.Sentence).ToArray();
        for (var start = 0; start < bySentence.Length;)
        {
            var chunk = new List<IGrouping<int, (ProbeExample Example, int Index)>>();
            for (var rows = 0; start < bySentence.Length && rows < RowsAtATime; start++)
            {
                chunk.Add(bySentence[start]);
                rows += sentences[bySentence[start].Key].Length;
            }
            using var cache = ActivationCache.Record(gpt, new Prompts(chunk.Select(group => sentences[group.Key])), IsRead);
            for (var prompt = 0; prompt < chunk.Count; prompt++)
                foreach (var (example, index) in chunk[prompt])
                    for (var place = 0; place < places.Length; place++)
                    {
                        var row = states[place].AsSpan(index * columns, columns);
                        cache.Row(places[place].Activation, places[place].Layer, prompt, example.Position).CopyTo(row);
                        if (!pairs)
                            continue;
                        cache.Row(places[place].Activation, places[place].Layer, prompt, example.Other).CopyTo(row[width..]);
                        TensorPrimitives.Multiply(row[..width], row[width..(2 * width)], row[(2 * width)..]);
                    }
        }
        return new LayerStates(examples.Count, columns, states);

        static bool IsRead(Activation activation, int layer) =>
            activation == Activation.ResidPost || (activation == Activation.ResidPre && layer == 0);
    }

    /// <summary>States of a task's examples, to learn from and to examine.</summary>
    public static (LayerStates Training, LayerStates Examination) Record(Gpt gpt, ProbeTask task)
    {
        ArgumentNullException.ThrowIfNull(task);
        return (Record(gpt, task.Sentences, task.Training), Record(gpt, task.Sentences, task.Examination));
    }

    /// <summary>Both parts by the mean and variance of the one that is learned from.</summary>
    internal static (LayerStates Training, LayerStates Examination) Standardised((LayerStates Training, LayerStates Examination) states) =>
        (states.Training.Standardised(states.Training), states.Examination.Standardised(states.Training));

    /// <summary>Each column of each place shifted and scaled to mean 0 and variance 1 over the examples
    /// of <paramref name="reference"/>.</summary>
    private LayerStates Standardised(LayerStates reference) => this with
    {
        Places = [.. Places.Zip(reference.Places, (values, model) =>
        {
            var (mean, square, result) = (new double[Columns], new double[Columns], new float[values.Length]);
            for (var i = 0; i < model.Length; i++)
            {
                mean[i % Columns] += (double)model[i] / reference.Count;
                square[i % Columns] += (double)model[i] * model[i] / reference.Count;
            }
            for (var i = 0; i < values.Length; i++)
            {
                var column = i % Columns;
                result[i] = (float)((values[i] - mean[column])
                    / Math.Sqrt(Math.Max(square[column] - mean[column] * mean[column], 0) + 1e-5));
            }
            return result;
        })],
    };
}
