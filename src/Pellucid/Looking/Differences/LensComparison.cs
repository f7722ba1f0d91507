using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Looking.Differences;

/// <summary>Compares what two models would say if they ended with given residual vectors of the same texts.</summary>
internal sealed class LensComparison(Gpt before, Gpt after, Prompts texts)
{
    private const int RowsTogether = 16;

    /// <summary>Mean KL(first ‖ second) in nats, the share of rows whose likeliest token is another, and the mean −ln P of the texts'
    /// tokens by both.</summary>
    public (double Divergence, double Changed, (double Before, double After) Loss) Compare(Tensor residual, Tensor other)
    {
        using var first = new ForwardPass(before);
        using var second = new ForwardPass(after);
        int[] next = [.. Enumerable.Range(0, texts.Count).SelectMany(prompt => texts[prompt].Skip(1).Append(-1))];
        var (divergence, changed, known, lossBefore, lossAfter) = (0.0, 0, 0, 0.0, 0.0);
        var vocabulary = before.Config.VocabularySize;
        for (var start = 0; start < next.Length; start += RowsTogether)
        {
            var count = Math.Min(RowsTogether, next.Length - start);
            first.NewRun();
            second.NewRun();
            var one = first.Logits(residual.RowRange(start, count)).Chunk(vocabulary).ToArray();
            var two = second.Logits(other.RowRange(start, count)).Chunk(vocabulary).ToArray();
            for (var row = 0; row < count; row++)
            {
                var (p, q) = (new Distribution(one[row]), new Distribution(two[row]));
                var (top, otherTop) = (0, 0);
                for (var token = 0; token < vocabulary; token++)
                {
                    if (p.Probability(token) > 0)
                        divergence += p.Probability(token) * (p.LogProbability(token) - q.LogProbability(token));
                    (top, otherTop) = (p.Probability(token) > p.Probability(top) ? token : top,
                        q.Probability(token) > q.Probability(otherTop) ? token : otherTop);
                }
                changed += top == otherTop ? 0 : 1;
                if (next[start + row] is >= 0 and var said)
                    (known, lossBefore, lossAfter) = (known + 1, lossBefore - p.LogProbability(said), lossAfter - q.LogProbability(said));
            }
        }
        return (divergence / next.Length, (double)changed / next.Length, (lossBefore / known, lossAfter / known));
    }
}
