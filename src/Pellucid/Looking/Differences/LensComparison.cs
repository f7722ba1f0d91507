using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Looking.Differences;

/// <summary>Compares what two models would say if they ended with given residual vectors of the same texts.</summary>
internal sealed class LensComparison(Gpt before, Gpt after, Prompts texts)
{
    private const int RowsTogether = 16;

    /// <summary>Mean KL(first ‖ second) in nats, the share of rows whose likeliest token is another, and the mean −ln P of the texts'
    /// tokens by both.</summary>
    public (double Divergence, double Changed, (double Before, double After) Loss) Compare(Tensor residual, Tensor other) =>
        Means([.. Rows(residual, other)]);

    /// <summary>The same of rows.</summary>
    public static (double Divergence, double Changed, (double Before, double After) Loss) Means(IReadOnlyCollection<TokenDifference> rows)
    {
        var known = rows.Where(row => !double.IsNaN(row.Loss.Before)).ToArray();
        double Mean(Func<TokenDifference, double> of) => known.Length == 0 ? double.NaN : known.Sum(of) / known.Length;
        return (rows.Sum(row => row.Divergence) / rows.Count, (double)rows.Count(row => row.Before.Token != row.After.Token) / rows.Count,
            (Mean(row => row.Loss.Before), Mean(row => row.Loss.After)));
    }

    /// <summary>The same row by row.</summary>
    public IEnumerable<TokenDifference> Rows(Tensor residual, Tensor other)
    {
        using var first = new ForwardPass(before);
        using var second = new ForwardPass(after);
        int[] next = [.. Enumerable.Range(0, texts.Count).SelectMany(prompt => texts[prompt].Skip(1).Append(-1))];
        for (var start = 0; start < next.Length; start += RowsTogether)
        {
            var count = Math.Min(RowsTogether, next.Length - start);
            first.NewRun();
            second.NewRun();
            var one = first.Logits(residual.RowRange(start, count)).Chunk(before.Config.VocabularySize).ToArray();
            var two = second.Logits(other.RowRange(start, count)).Chunk(before.Config.VocabularySize).ToArray();
            for (var row = 0; row < count; row++)
                yield return Compare(new Distribution(one[row]), new Distribution(two[row]), next[start + row]);
        }
    }

    private TokenDifference Compare(Distribution p, Distribution q, int next)
    {
        var (divergence, top, otherTop) = (0.0, 0, 0);
        for (var token = 0; token < before.Config.VocabularySize; token++)
        {
            if (p.Probability(token) > 0)
                divergence += p.Probability(token) * (p.LogProbability(token) - q.LogProbability(token));
            (top, otherTop) = (p.Probability(token) > p.Probability(top) ? token : top,
                q.Probability(token) > q.Probability(otherTop) ? token : otherTop);
        }
        return new TokenDifference(divergence, (top, p.Probability(top)), (otherTop, q.Probability(otherTop)),
            next < 0 ? (double.NaN, double.NaN) : (-p.LogProbability(next), -q.LogProbability(next)));
    }
}
