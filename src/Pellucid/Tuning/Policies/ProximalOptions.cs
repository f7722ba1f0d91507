namespace Pellucid.Tuning.Policies;

/// <summary>What PPO has beside the options of all policies.</summary>
internal sealed record ProximalOptions
{
    /// <summary>γ: discount of what comes a token later.</summary>
    public double Gamma { get; init; } = 1;

    /// <summary>λ of generalised advantages.</summary>
    public double Lambda { get; init; } = 0.95;

    /// <summary>Weight of the loss of values.</summary>
    public double ValueWeight { get; init; } = 0.1;

    /// <summary>How far a value may move in a step.</summary>
    public double ValueClip { get; init; } = 0.2;

    /// <summary>Divides rewards by their deviation.</summary>
    public bool WhitenRewards { get; init; }

    /// <summary>Nats an answer that the weight of the divergence is steered to (Ziegler et al. 2019, section 2.2); it stays where null.
    /// </summary>
    public double? KlTarget { get; init; }

    /// <summary>Answers over which it is steered.</summary>
    public double KlHorizon { get; init; } = 10_000;

    /// <summary>Weight of the likelihood of texts that the policy is not to forget.</summary>
    public double TextWeight { get; init; }
}
