namespace Pellucid.Evaluation;

/// <summary>How a model did on one group of questions.</summary>
/// <param name="Group">The group's name.</param>
/// <param name="Count">Questions asked.</param>
/// <param name="Correct">Questions whose answer is what the model would say.</param>
/// <param name="Preferred">Of those with alternatives, the part in which the answer is likelier than each; null without any.</param>
/// <param name="LogOdds">Mean of ln P(answer) − ln P(likeliest alternative); null without any.</param>
/// <param name="LogOddsError">Standard error of that mean.</param>
/// <param name="Probability">Mean probability of the answer.</param>
/// <param name="TooLong">Questions left out because they do not fit the context.</param>
public sealed record ClozeScore(string Group, int Count, int Correct, double? Preferred, double? LogOdds, double? LogOddsError,
    double Probability, int TooLong)
{
    /// <summary>Questions after whose prompt the likeliest token is the first of the answer, as much as many papers ask for.</summary>
    public int CorrectFirst { get; init; }

    /// <summary>Part of the questions answered right.</summary>
    public double Accuracy => Count == 0 ? 0 : (double)Correct / Count;

    /// <summary>The interval that holds the true accuracy 95 times in 100 (Wilson 1927).</summary>
    public (double Low, double High) Interval
    {
        get
        {
            const double z = 1.959963984540054;
            if (Count == 0)
                return (0, 1);
            var (n, p) = ((double)Count, Accuracy);
            var (middle, half) = ((p + z * z / (2 * n)) / (1 + z * z / n),
                z / (1 + z * z / n) * Math.Sqrt(p * (1 - p) / n + z * z / (4 * n * n)));
            return (Math.Max(0, middle - half), Math.Min(1, middle + half));
        }
    }

    /// <summary>The score of one group; null stands for a question that did not fit.</summary>
    public static ClozeScore Of(string group, IReadOnlyList<ClozeAnswer?> answers)
    {
        ArgumentNullException.ThrowIfNull(answers);
        var asked = answers.OfType<ClozeAnswer>().ToArray();
        var odds = asked.Select(answer => answer.LogOdds).OfType<double>().ToArray();
        double? mean = odds.Length > 0 ? odds.Average() : null;
        double? error = odds.Length > 1
            ? Math.Sqrt(odds.Sum(value => (value - mean!.Value) * (value - mean.Value)) / (odds.Length - 1) / odds.Length) : null;
        return new ClozeScore(group, asked.Length, asked.Count(answer => answer.Said),
            odds.Length > 0 ? odds.Count(value => value > 0) / (double)odds.Length : null, mean, error,
            asked.Length > 0 ? asked.Average(answer => Math.Exp(answer.LogProbability)) : 0, answers.Count - asked.Length)
        {
            CorrectFirst = asked.Count(answer => answer.SaidFirst),
        };
    }
}
