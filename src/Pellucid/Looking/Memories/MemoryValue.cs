using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Looking.Memories;

/// <summary>What a neuron writes, read out in the vocabulary:
/// p = softmax(v · Eᵀ) of its value vector v and the output table E, with no normalisation between; scaled and capped as the
/// model does with logits.</summary>
/// <param name="Top">Likeliest tokens, likeliest first.</param>
/// <param name="Confidence">Probability of the likeliest.</param>
/// <param name="RankOfNext">Tokens likelier than the one that follows the strongest trigger; −1 for a neuron without triggers.</param>
public sealed record MemoryValue(IReadOnlyList<int> Top, double Confidence, int RankOfNext)
{
    private const int RowsAtATime = 256;

    /// <summary>Whether the likeliest token is the one that follows the strongest trigger.</summary>
    public bool Agrees => RankOfNext == 0;

    /// <summary>Values of all neurons of a layer.</summary>
    public static IReadOnlyList<MemoryValue> OfLayer(NeuronMemories memories, int layer, int top = 10)
    {
        ArgumentNullException.ThrowIfNull(memories);
        var (gpt, result) = (memories.Gpt, new List<MemoryValue>());
        using var pass = new ForwardPass(gpt);
        var values = gpt[ParameterRole.FeedForwardOutput, layer]; // (F, C)
        for (var first = 0; first < values.Rows; first += RowsAtATime)
        {
            var count = Math.Min(RowsAtATime, values.Rows - first);
            var logits = PlainLogits(gpt, pass, values.RowRange(first, count));
            for (var i = 0; i < count; i++)
            {
                var (said, triggers) = (new Distribution(logits.AsSpan(i * gpt.Config.VocabularySize, gpt.Config.VocabularySize)),
                    memories.Triggers(layer, first + i));
                var best = said.Top(top);
                result.Add(new MemoryValue(best, said.Probability(best[0]), triggers.Count > 0 ? said.Rank(triggers[0].Next) : -1));
            }
        }
        return result;
    }

    // Without LayerNorm: what a vector adds to the logits, up to the scale that all vectors share.
    internal static float[] PlainLogits(Gpt gpt, ForwardPass pass, Tensor vectors)
    {
        var run = pass.NewRun();
        return pass.Read(gpt.Logits(vectors, run));
    }
}
