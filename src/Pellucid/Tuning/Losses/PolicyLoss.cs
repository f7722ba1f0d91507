using static Pellucid.Tuning.Losses.Elementary;

namespace Pellucid.Tuning.Losses;

/// <summary>Of what the ratio of new to old probabilities is.</summary>
internal enum RatioOf
{
    /// <summary>Of each token alone: PPO, GRPO.</summary>
    Token,

    /// <summary>Of an average token of the answer: GSPO (Zheng et al. 2025).</summary>
    MeanToken,

    /// <summary>Of the whole answer: RLOO.</summary>
    Answer,
}

/// <summary>
/// The clipped surrogate of PPO (Schulman et al. 2017, equation 7): −min(ρA, clip(ρ, 1 − ε, 1 + ε')A), ρ the ratio of new to old
/// probabilities, and, where a weight says so, an estimate of the KL divergence from a reference.
/// </summary>
internal sealed record PolicyLoss
{
    /// <summary>ε: how far a ratio below 1 counts.</summary>
    public double ClipBelow { get; init; } = 0.2;

    /// <summary>ε': how far one above 1 counts; DAPO has it larger.</summary>
    public double ClipAbove { get; init; } = 0.2;

    /// <summary>The largest ratio that counts where the advantage is below 0 (Ye et al. 2020); none unless set.</summary>
    public double LargestRatio { get; init; } = double.PositiveInfinity;

    /// <summary>Of what the ratio is.</summary>
    public RatioOf Ratio { get; init; }

    /// <summary>β: weight of the divergence.</summary>
    public double KlWeight { get; init; }

    /// <summary>How the divergence is estimated.</summary>
    public KlEstimate Kl { get; init; } = KlEstimate.K3;

    /// <summary>Whether the estimate is multiplied by the ratio, as TRL does unless told otherwise.</summary>
    public bool KlTimesRatio { get; init; }

    /// <summary>The loss of an answer's tokens, each times a weight; derivatives by their log-probabilities are added.</summary>
    /// <param name="now">Log-probabilities of the answer's tokens under the model that learns.</param>
    /// <param name="old">Under the model that wrote them.</param>
    /// <param name="reference">Under the model that is not to be left; empty where the divergence has no weight.</param>
    /// <param name="advantages">Of each token.</param>
    /// <param name="weight">Of each token of this answer; see <see cref="TokenWeights"/>.</param>
    /// <param name="gradients">Are added to.</param>
    public double Of(ReadOnlySpan<double> now, ReadOnlySpan<double> old, ReadOnlySpan<double> reference, ReadOnlySpan<double> advantages,
        double weight, Span<double> gradients)
    {
        var (surrogate, divergences, shared) = (0.0, 0.0, 0.0); // shared: the derivative by a ratio that all tokens share
        var ofAll = Ratio == RatioOf.Token ? 0 : RatioOfAll(now, old);
        for (var t = 0; t < now.Length; t++)
        {
            var ratio = Ratio == RatioOf.Token ? Exp(now[t] - old[t]) : ofAll;
            var (value, byRatio) = Surrogate(ratio, advantages[t]);
            (surrogate, byRatio) = (surrogate + value, byRatio / (Ratio == RatioOf.Answer ? now.Length : 1));
            if (KlWeight != 0)
            {
                var (factor, (divergence, slope)) = (KlTimesRatio ? ratio : 1, Kl.Of(now[t], reference[t]));
                divergences += KlWeight * divergence * factor;
                gradients[t] += weight * KlWeight * slope * factor;
                byRatio += KlTimesRatio ? KlWeight * divergence : 0;
            }
            if (Ratio == RatioOf.Token)
                gradients[t] += weight * byRatio * ratio;
            else
                shared += byRatio * ratio / (Ratio == RatioOf.MeanToken ? now.Length : 1);
        }
        foreach (ref var gradient in gradients[..now.Length])
            gradient += weight * shared;
        // An answer's own ratio counts once, not once a token.
        return weight * (Ratio == RatioOf.Answer ? surrogate / now.Length + divergences : surrogate + divergences);
    }

    /// <summary>The loss of a token, and its derivative by the ratio.</summary>
    public (double Loss, double Slope) Surrogate(double ratio, double advantage)
    {
        var (free, held) = (Math.Min(ratio, LargestRatio), Math.Clamp(ratio, 1 - ClipBelow, 1 + ClipAbove));
        return free * advantage <= held * advantage
            ? (-free * advantage, ratio > LargestRatio ? 0 : -advantage)
            : (-held * advantage, held == ratio ? -advantage : 0);
    }

    /// <summary>Whether clipping decides about a token.</summary>
    public bool Clips(double ratio, double advantage) =>
        ratio * advantage > Math.Clamp(ratio, 1 - ClipBelow, 1 + ClipAbove) * advantage;

    private double RatioOfAll(ReadOnlySpan<double> now, ReadOnlySpan<double> old)
    {
        var sum = 0.0;
        for (var t = 0; t < now.Length; t++)
            sum += now[t] - old[t];
        return Exp(Ratio == RatioOf.MeanToken ? sum / now.Length : sum);
    }
}
