using Pellucid.Models;

namespace Pellucid.Looking.Memories;

/// <summary>
/// How a layer's memories and the residual stream make a prediction, over the positions of sampled lines. r is the residual
/// stream before the feed-forward layer and y after it, read as the logit lens does; o is what the layer writes, read
/// without LayerNorm like the values it is composed of.
/// </summary>
/// <param name="Layer">0-based.</param>
/// <param name="Positions">n.</param>
/// <param name="Active">Share of neurons above 0.</param>
/// <param name="ZeroAgreement">Share of positions at which the layer's likeliest token is that of no active memory.</param>
/// <param name="Residual">Share at which y says what r says and not what o says.</param>
/// <param name="FeedForward">Share at which y says what o says and not what r says.</param>
/// <param name="Agreement">Share at which all three say the same.</param>
/// <param name="Composition">Share at which y says neither.</param>
/// <param name="Fixed">Share at which r already says what the model says in the end.</param>
/// <param name="FinalProbability">Probability under r of what the model says in the end.</param>
public sealed record MemoryComposition(int Layer, int Positions, Estimate Active, Estimate ZeroAgreement, Estimate Residual,
    Estimate FeedForward, Estimate Agreement, Estimate Composition, Estimate Fixed, Estimate FinalProbability)
{
    /// <summary>Of every layer, given the likeliest token of every neuron's value.</summary>
    public static IReadOnlyList<MemoryComposition> Measure(NeuronMemories memories, Func<int, int, int> topOfValue)
    {
        ArgumentNullException.ThrowIfNull(memories);
        ArgumentNullException.ThrowIfNull(topOfValue);
        var gpt = memories.Gpt;
        var tallies = Enumerable.Range(0, gpt.Config.Layers)
            .Select(_ => Enumerable.Range(0, 8).Select(_ => new List<double>()).ToArray()).ToArray();
        using var pass = new ForwardPass(gpt);
        foreach (var line in memories.Sample)
        {
            using var cache = ActivationCache.Record(gpt, new Prompts([line.Tokens]),
                (activation, _) => activation is Activation.ResidMid or Activation.ResidPost or Activation.MlpOut or Activation.MlpPost);
            float[] Lens(Activation activation, int layer)
            {
                pass.NewRun();
                return pass.Logits(cache[activation, layer]);
            }
            var final = Tops(gpt, Lens(Activation.ResidPost, gpt.Config.Layers - 1));
            for (var layer = 0; layer < gpt.Config.Layers; layer++)
            {
                var stream = Lens(Activation.ResidMid, layer);
                var (before, after, written) = (Tops(gpt, stream), Tops(gpt, Lens(Activation.ResidPost, layer)),
                    Tops(gpt, MemoryValue.PlainLogits(gpt, pass, cache[Activation.MlpOut, layer])));
                for (var position = 0; position < line.Tokens.Length; position++)
                {
                    var coefficients = cache.Row(Activation.MlpPost, layer, 0, position);
                    var (r, o, y) = (before[position], written[position], after[position]);
                    var (active, agrees) = (0, false);
                    for (var neuron = 0; neuron < coefficients.Length; neuron++)
                        if (coefficients[neuron] > 0)
                        {
                            active++;
                            agrees |= topOfValue(layer, neuron) == o;
                        }
                    ReadOnlySpan<double> values = [(double)active / coefficients.Length, Is(!agrees), Is(y == r && y != o),
                        Is(y == o && y != r), Is(y == o && y == r), Is(y != o && y != r), Is(r == final[position]),
                        new Distribution(stream.AsSpan(position * gpt.Config.VocabularySize, gpt.Config.VocabularySize))
                            .Probability(final[position])];
                    for (var i = 0; i < values.Length; i++)
                        tallies[layer][i].Add(values[i]);
                }
            }
        }
        return [.. tallies.Select((tally, layer) =>
        {
            var e = tally.Select(Estimate.Of).ToArray();
            return new MemoryComposition(layer, tally[0].Count, e[0], e[1], e[2], e[3], e[4], e[5], e[6], e[7]);
        })];
    }

    private static int[] Tops(Gpt gpt, float[] logits) =>
        [.. logits.Chunk(gpt.Config.VocabularySize).Select(row => System.Numerics.Tensors.TensorPrimitives.IndexOfMax<float>(row))];

    private static double Is(bool holds) => holds ? 1 : 0;
}
