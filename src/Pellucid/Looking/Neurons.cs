using System.Numerics.Tensors;
using Pellucid.Models;

namespace Pellucid.Looking;

/// <summary>A neuron while the model reads something.</summary>
/// <param name="Layer">0-based.</param>
/// <param name="Index">0-based.</param>
/// <param name="Activation">After GELU.</param>
/// <param name="Length">Of what it writes into the residual stream: activation times the length of its value vector.</param>
public sealed record ActiveNeuron(int Layer, int Index, double Activation, double Length);

/// <summary>
/// Neurons of the feed-forward layers as memories (Geva et al. 2021, 2022): each has a value vector that it writes when it
/// is active, and the tokens that the output table compares that vector with most favourably tell what it writes.
/// </summary>
public sealed class Neurons(Gpt gpt)
{
    private readonly Weights _weights = new(gpt);
    private readonly Dictionary<int, (int Layer, int Index, double Cosine)[]> _searched = [];

    /// <summary>The neurons of all layers that write most at a position.</summary>
    public IReadOnlyList<ActiveNeuron> MostActive(ExperimentRun run, int position, int count)
    {
        ArgumentNullException.ThrowIfNull(run);
        return Longest(Enumerable.Range(0, gpt.Config.Layers).SelectMany(layer => Active(run, layer, position)), count);
    }

    /// <summary>Those of one layer.</summary>
    public IReadOnlyList<ActiveNeuron> MostActive(ExperimentRun run, int layer, int position, int count)
    {
        ArgumentNullException.ThrowIfNull(run);
        return Longest(Active(run, layer, position), count);
    }

    /// <summary>The tokens that a neuron's value vector speaks for most, by the dot product with the output table after the mean and gain
    /// of the final LayerNorm, where there is one; for those it speaks against, the sign turned.</summary>
    public IReadOnlyList<(int Token, double Score)> ValueTokens(int layer, int neuron, int count, bool against = false)
    {
        var (value, C) = (_weights.ReadByOutput(_weights.NeuronToStream(layer, neuron)), gpt.Config.Width);
        var (table, scores) = (Table, new float[gpt.Config.VocabularySize]);
        for (var token = 0; token < scores.Length; token++)
            scores[token] = (against ? -1 : 1) * TensorPrimitives.Dot<float>(value, table.AsSpan(token * C, C));
        return [.. new Distribution(scores).Top(count).Select(token => (token, (double)scores[token] * (against ? -1 : 1)))];
    }

    /// <summary>The neurons whose value vectors point most towards a token, by cosine.</summary>
    public IReadOnlyList<(int Layer, int Index, double Cosine)> Search(int token, int count)
    {
        ActivationCache.RequirePlace(gpt.Config, Activation.MlpPost, 0);
        if (!_searched.TryGetValue(token, out var all))
        {
            var row = Table.AsSpan(token * gpt.Config.Width, gpt.Config.Width).ToArray();
            _searched.Clear();
            _searched[token] = all = [.. from layer in Enumerable.Range(0, gpt.Config.Layers)
                from neuron in Enumerable.Range(0, gpt.Config.FeedForwardWidth)
                                         let cosine = (double)TensorPrimitives.CosineSimilarity<float>(
                                             _weights.ReadByOutput(_weights.NeuronToStream(layer, neuron)), row)
                                         orderby cosine descending select (layer, neuron, cosine)];
        }
        return [.. all.Take(count)];
    }

    private IEnumerable<ActiveNeuron> Active(ExperimentRun run, int layer, int position) =>
        run.Neurons(layer, position).Select((activation, neuron) => new ActiveNeuron(layer, neuron, activation,
            Math.Abs(activation) * TensorPrimitives.Norm(Value(layer, neuron))));

    private static IReadOnlyList<ActiveNeuron> Longest(IEnumerable<ActiveNeuron> active, int count) =>
        [.. active.OrderByDescending(neuron => neuron.Length).Take(count)];

    private float[] Table => _weights.OutputTable;

    private ReadOnlySpan<float> Value(int layer, int neuron) => _weights.Neuron(layer, neuron);
}
