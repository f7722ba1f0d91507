using Pellucid.Models;

namespace Pellucid.Looking;

/// <summary>How often a neuron is how active, over all tokens of some texts.</summary>
/// <param name="Least">Its least activation.</param>
/// <param name="Largest">Its greatest.</param>
/// <param name="Counts">Tokens by activation: equal parts from the least to the greatest.</param>
/// <param name="Positive">Tokens at which it is above 0.</param>
public sealed record ActivationHistogram(double Least, double Largest, IReadOnlyList<long> Counts, long Positive)
{
    /// <summary>Tokens that were read.</summary>
    public long Rows => Counts.Sum();

    /// <summary>Of a neuron.</summary>
    /// <param name="gpt">The model.</param>
    /// <param name="texts">What it reads.</param>
    /// <param name="layer">0-based.</param>
    /// <param name="neuron">0-based.</param>
    /// <param name="parts">Parts of the range.</param>
    public static ActivationHistogram Of(Gpt gpt, IEnumerable<int[]> texts, int layer, int neuron, int parts)
    {
        ArgumentNullException.ThrowIfNull(gpt);
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentOutOfRangeException.ThrowIfLessThan(parts, 1);
        ActivationCache.RequirePlace(gpt.Config, Activation.MlpPost, layer);
        if ((uint)neuron >= (uint)gpt.Config.FeedForwardWidth)
            throw new ArgumentException($"the model has neurons 0 to {gpt.Config.FeedForwardWidth - 1} in a layer, not {neuron}");
        var values = new List<float>();
        foreach (var text in texts)
        {
            using var cache = ActivationCache.Record(gpt, new Prompts([text]),
                (activation, at) => activation == Activation.MlpPost && at == layer);
            for (var row = 0; row < text.Length; row++)
                values.Add(cache.Row(Activation.MlpPost, layer, row)[neuron]);
        }
        if (values.Count == 0)
            throw new ArgumentException("there is nothing to read");
        var (least, largest, counts) = ((double)values.Min(), (double)values.Max(), new long[parts]);
        foreach (var value in values)
            counts[largest > least ? Math.Min(parts - 1, (int)((value - least) / (largest - least) * parts)) : 0]++;
        return new ActivationHistogram(least, largest, counts, values.LongCount(value => value > 0));
    }
}
