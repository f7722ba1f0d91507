using static Pellucid.Tuning.Losses.Elementary;

namespace Pellucid.Tuning.Losses;

/// <summary>KTO (Ethayarajh et al. 2024, equation 8): answers one by one, each called desirable or not.</summary>
internal sealed record DesirabilityLoss
{
    /// <summary>β.</summary>
    public double Beta { get; init; } = 0.1;

    /// <summary>λ_D.</summary>
    public double DesirableWeight { get; init; } = 1;

    /// <summary>λ_U.</summary>
    public double UndesirableWeight { get; init; } = 1;

    /// <summary>
    /// What gains are measured from: the mean gain of answers that belong to other prompts, at least 0. No gradient flows through it.
    /// </summary>
    public static double Baseline(ReadOnlySpan<double> mismatchedGains)
    {
        var sum = 0.0;
        foreach (var gain in mismatchedGains)
            sum += gain;
        return mismatchedGains.IsEmpty ? 0 : Math.Max(0, sum / mismatchedGains.Length);
    }

    /// <summary>The loss of an answer, and its derivative by the log-probability of any of its tokens.</summary>
    /// <param name="gain">Its log-probability, less that under the reference.</param>
    /// <param name="desirable">Its label.</param>
    /// <param name="baseline">Of <see cref="Baseline"/>.</param>
    public (double Loss, double ByToken) Of(double gain, bool desirable, double baseline)
    {
        var (sign, weight) = desirable ? (1, DesirableWeight) : (-1, UndesirableWeight);
        var value = Sigmoid(sign * Beta * (gain - baseline));
        return (weight * (1 - value), -weight * sign * Beta * value * (1 - value));
    }
}
