namespace Pellucid.Tuning.Losses;

/// <summary>How much better an answer, or a token of it, was than expected: from rewards and values, or from other answers.</summary>
internal static class Advantages
{
    private const double SmallVariance = 1e-8;

    /// <summary>
    /// Generalised advantage estimation (Schulman et al. 2016, equation 16), backwards over an answer's tokens; beyond its end values
    /// are 0. Returns are advantages + values.
    /// </summary>
    /// <param name="rewards">Of each token.</param>
    /// <param name="values">What was expected before each token was written.</param>
    /// <param name="gamma">Discount of what comes a token later.</param>
    /// <param name="lambda">1: what came of it; 0: what the next value says.</param>
    /// <param name="advantages">Receives an advantage a token.</param>
    /// <param name="returns">Receives what each value should have been.</param>
    public static void Generalised(ReadOnlySpan<double> rewards, ReadOnlySpan<double> values, double gamma, double lambda,
        Span<double> advantages, Span<double> returns)
    {
        var (advantage, next) = (0.0, 0.0);
        for (var t = rewards.Length - 1; t >= 0; t--)
        {
            advantage = rewards[t] + gamma * next - values[t] + gamma * lambda * advantage;
            (advantages[t], returns[t], next) = (advantage, advantage + values[t], values[t]);
        }
    }

    /// <summary>
    /// Divides by the standard deviation and, unless the mean is kept, takes the mean away. The variance is that of the numbers
    /// themselves, as in the experiments of Ziegler et al. 2019; with <paramref name="unbiased"/> the sum is divided by n − 1.
    /// </summary>
    public static void Whiten(Span<double> values, bool keepMean = false, bool unbiased = false)
    {
        var (mean, variance) = Moments(values, unbiased);
        var deviation = Math.Sqrt(variance + SmallVariance);
        foreach (ref var value in values)
            value = (value - mean) / deviation + (keepMean ? mean : 0);
    }

    /// <summary>
    /// GRPO (Shao et al. 2024): rewards less the mean of their group, divided by the deviation of the group (n − 1) plus 1e-4, or of
    /// all, or not at all (Liu et al. 2025). A reward that is not a number is missing: it counts nowhere, and its advantage is 0.
    /// </summary>
    /// <param name="rewards">Answers to one prompt follow each other.</param>
    /// <param name="group">How many do.</param>
    /// <param name="scale">What deviations are divided by.</param>
    public static double[] OfGroups(ReadOnlySpan<double> rewards, int group, RewardScale scale)
    {
        const double smallest = 1e-4;
        var advantages = new double[rewards.Length];
        var ofAll = Math.Sqrt(Moments(Present(rewards), unbiased: true).Variance);
        for (var first = 0; first < rewards.Length; first += group)
        {
            var (mean, variance) = Moments(Present(rewards.Slice(first, group)), unbiased: true);
            var deviation = scale switch { RewardScale.Group => Math.Sqrt(variance), RewardScale.Batch => ofAll, _ => 0 };
            for (var i = first; i < first + group; i++)
                if (!double.IsNaN(rewards[i]))
                    advantages[i] = (rewards[i] - mean) / (scale == RewardScale.None ? 1 : deviation + smallest);
        }
        return advantages;
    }

    /// <summary>RLOO (Ahmadian et al. 2024): a reward less the mean of the others of its group; a missing one as above.</summary>
    public static double[] LeaveOneOut(ReadOnlySpan<double> rewards, int group)
    {
        var advantages = new double[rewards.Length];
        for (var first = 0; first < rewards.Length; first += group)
        {
            var present = Present(rewards.Slice(first, group));
            var (sum, others) = (present.Sum(), present.Length - 1);
            for (var i = first; i < first + group; i++)
                if (!double.IsNaN(rewards[i]) && others > 0)
                    advantages[i] = rewards[i] - (sum - rewards[i]) / others;
        }
        return advantages;
    }

    private static double[] Present(ReadOnlySpan<double> rewards) => [.. rewards.ToArray().Where(reward => !double.IsNaN(reward))];

    private static (double Mean, double Variance) Moments(ReadOnlySpan<double> values, bool unbiased)
    {
        var (sum, squares) = (0.0, 0.0);
        foreach (var value in values)
            sum += value;
        var mean = values.IsEmpty ? 0 : sum / values.Length;
        foreach (var value in values)
            squares += (value - mean) * (value - mean);
        var divisor = values.Length - (unbiased ? 1 : 0);
        return (mean, divisor > 0 ? squares / divisor : 0);
    }
}

/// <summary>What deviations from a group's mean reward are divided by.</summary>
internal enum RewardScale
{
    /// <summary>The deviation of the group.</summary>
    Group,

    /// <summary>That of all rewards of the step.</summary>
    Batch,

    /// <summary>Nothing.</summary>
    None,
}
