using Pellucid.Cli.Terminal;
using Pellucid.Looking;
using Pellucid.Tuning.Policies;

namespace Pellucid.Cli.Tune;

/// <summary>What one model's answers are like.</summary>
/// <param name="Model">As it was given.</param>
/// <param name="Loss">Of recorded answers, nats a token; errors are of examples.</param>
/// <param name="Answers">Its own, prompt by prompt.</param>
/// <param name="Rewards">Of each; empty where nothing scores them.</param>
/// <param name="Judged">What the second judge says; empty where there is none.</param>
/// <param name="Wins">Of each answer 1 where it is worth more than the first model's to its prompt, ½ where as much.</param>
/// <param name="Divergences">Nats by which each answer is likelier than under the first model.</param>
internal sealed record AnswerRow(string Model, Estimate Loss, Rollout[] Answers, double[] Rewards, double[] Judged, double[] Wins,
    double[] Divergences)
{
    /// <summary>Columns of the table; not a number where there is nothing.</summary>
    public IReadOnlyList<(string Name, Estimate Estimate)> Columns { get; } =
    [
        ("loss", Loss), ("reward", Of(Rewards)), ("judge", Of(Judged)), ("win_rate", Of(Wins)),
        ("length", Of([.. Answers.Select(LengthOf)])),
        ("ended", Of([.. Answers.Select(answer => answer.HasEnded ? 1.0 : 0)])), ("kl", Of(Divergences)),
    ];

    /// <summary>Correlation of reward and length; not a number where one of them does not vary.</summary>
    public double LengthCorrelation { get; } = Rewards.Length < 2 ? double.NaN
        : PolicyMeasures.Correlation(Rewards, [.. Answers.Select(LengthOf)]) ?? double.NaN;

    /// <summary>The same model where the best of each n answers is taken, by what they are worth; it departs from itself by as much as
    /// that can at most.</summary>
    public AnswerRow BestOf(int n)
    {
        var chosen = BestOfN.Choose(Rewards, n);
        double[] Of(double[] values) => values.Length == 0 ? [] : [.. chosen.Select(place => values[place])];
        return new AnswerRow($"{Model}, best of {n}", new Estimate(double.NaN, double.NaN, 0), [.. chosen.Select(place => Answers[place])],
            Of(Rewards), Of(Judged), [], [.. chosen.Select(_ => BestOfN.MostDivergence(n))]);
    }

    /// <summary>Signs that a reward was cheated, against the model that was there before.</summary>
    public IEnumerable<string> Suspicions(AnswerRow first)
    {
        if (Rewards.Length == 0 || Rewards.Length != first.Rewards.Length || !IsAbove(Rewards, first.Rewards))
            yield break;
        var (lengths, before) = (Answers.Select(LengthOf).ToArray(), first.Answers.Select(LengthOf).ToArray());
        // Where all answers have one length by now, what the two models have said together still tells.
        var correlation = PolicyMeasures.Correlation([.. Rewards, .. first.Rewards], [.. lengths, .. before]) ?? 0;
        if (correlation > 0.5 && lengths.Average() > 1.2 * before.Average())
            yield return $"reward hacking by length: rewards go with it (correlation {Units.Number(correlation, 2)}), and answers have "
                + $"grown from {Units.Number(before.Average(), 1)} to {Units.Number(lengths.Average(), 1)} tokens";
        if (Judged.Length > 0 && !IsAbove(Judged, first.Judged, errors: 0))
            yield return $"reward hacking: the reward rose from {Units.Number(first.Rewards.Average(), 3)} to "
                + $"{Units.Number(Rewards.Average(), 3)}, what the judge says did not ({Units.Number(first.Judged.Average(), 3)} to "
                + $"{Units.Number(Judged.Average(), 3)})";
    }

    // By two standard errors of the difference, unless told otherwise: answers to one prompt are compared with each other.
    private static bool IsAbove(double[] now, double[] then, int errors = 2)
    {
        var difference = Estimate.Of([.. now.Zip(then, (one, other) => one - other)]);
        return difference.Mean > errors * (double.IsNaN(difference.StandardError) ? 0 : difference.StandardError);
    }

    private static double LengthOf(Rollout answer) => answer.Length;

    private static Estimate Of(double[] values) =>
        values.Length > 0 ? Estimate.Of(values) : new Estimate(double.NaN, double.NaN, 0);
}
