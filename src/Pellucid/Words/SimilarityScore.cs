using System.Globalization;
using Pellucid.Files;

namespace Pellucid.Words;

/// <summary>How well cosines agree with what people say about pairs of words.</summary>
/// <param name="Total">Pairs in the file.</param>
/// <param name="Seen">Pairs of known words.</param>
/// <param name="Spearman">Rank correlation, equal values sharing their mean rank; NaN when fewer than two pairs were seen.</param>
/// <param name="Pearson">Correlation of the values themselves; NaN when fewer than two pairs were seen.</param>
public sealed record SimilarityScore(int Total, int Seen, double Spearman, double Pearson)
{
    /// <summary>Reads a file of two words and a number a line, and compares. The case of letters is disregarded.</summary>
    /// <exception cref="InvalidDataException">A line is something else, or there is none.</exception>
    public static SimilarityScore Evaluate(WordVectors vectors, string path)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        var words = new UpperCaseWords(vectors.Words, vectors.Count);
        var (human, cosines, line, total) = (new List<double>(), new List<double>(), 0, 0);
        foreach (var text in PlainText.Lines(path))
        {
            line++;
            var parts = text.Split(text.Contains('\t', StringComparison.Ordinal) ? ['\t'] : [' ', ',', ';'],
                StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (parts.Length == 0 || text.StartsWith('#'))
                continue;
            if (parts.Length < 3 || !double.TryParse(parts[2], NumberStyles.Float, CultureInfo.InvariantCulture, out var score))
                throw new InvalidDataException($"{path}: line {line} is not two words and a number: '{Excerpt.Of(text)}'");
            total++;
            var (a, b) = (words.Find(parts[0]), words.Find(parts[1]));
            if (a < 0 || b < 0)
                continue;
            human.Add(score);
            cosines.Add(vectors.Similarity(a, b));
        }
        return total > 0
            ? new(total, human.Count, RankCorrelation([.. human], [.. cosines]), Correlation([.. human], [.. cosines]))
            : throw new InvalidDataException($"{path} has no pairs of words");
    }

    /// <summary>Spearman's rank correlation with average ranks for ties.</summary>
    internal static double RankCorrelation(double[] x, double[] y) => Correlation(Ranks(x), Ranks(y));

    /// <summary>Pearson's correlation; NaN of fewer than two pairs, or where one of the two never changes.</summary>
    internal static double Correlation(double[] x, double[] y)
    {
        if (x.Length < 2)
            return double.NaN;
        var (meanX, meanY, xy, xx, yy) = (x.Average(), y.Average(), 0.0, 0.0, 0.0);
        for (var i = 0; i < x.Length; i++)
        {
            xy += (x[i] - meanX) * (y[i] - meanY);
            xx += (x[i] - meanX) * (x[i] - meanX);
            yy += (y[i] - meanY) * (y[i] - meanY);
        }
        return xy / Math.Sqrt(xx * yy);
    }

    private static double[] Ranks(double[] values)
    {
        var order = Enumerable.Range(0, values.Length).OrderBy(i => values[i]).ToArray();
        var ranks = new double[values.Length];
        for (int first = 0, end; first < order.Length; first = end)
        {
            for (end = first + 1; end < order.Length && values[order[end]] == values[order[first]]; end++)
            {
            }
            for (var i = first; i < end; i++)
                ranks[order[i]] = (first + end + 1) / 2.0;
        }
        return ranks;
    }
}
