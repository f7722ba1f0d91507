using Pellucid.Tuning.Losses;

namespace Pellucid.Tuning.Policies;

/// <summary>How a policy learns from its own answers, whatever the method.</summary>
internal sealed record PolicyOptions
{
    /// <summary>Answers to each prompt of a step.</summary>
    public int Answers { get; init; } = 1;

    /// <summary>How often the answers of a step are learned from.</summary>
    public int Passes { get; init; } = 1;

    /// <summary>Updates of a pass, each of an equal share of the answers.</summary>
    public int Minibatches { get; init; } = 1;

    /// <summary>Weight of the divergence from the reference that is taken from rewards.</summary>
    public double KlInReward { get; init; }

    /// <summary>What is taken from the score of an answer that did not end.</summary>
    public double MissingEndPenalty { get; init; }

    /// <summary>The loss of tokens.</summary>
    public PolicyLoss Loss { get; init; } = new();

    /// <summary>What each token weighs.</summary>
    public TokenWeights Weights { get; init; } = TokenWeights.Dapo;

    /// <summary>In which order minibatches are made.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Says what makes no sense.</summary>
    /// <exception cref="ArgumentException">It names the number.</exception>
    public void Validate(int leastAnswers = 1)
    {
        if (Answers < leastAnswers)
            throw new ArgumentException($"answers to a prompt are compared with each other: at least {leastAnswers}, not {Answers}");
        if (Passes < 1 || Minibatches < 1)
            throw new ArgumentException($"there must be at least one pass ({Passes}) and one minibatch ({Minibatches})");
        if (!(KlInReward >= 0) || !(Loss.KlWeight >= 0))
            throw new ArgumentException($"the weight of the divergence ({Math.Min(KlInReward, Loss.KlWeight)}) cannot be below 0");
        if (!(Loss.ClipBelow is > 0 and < 1) || !(Loss.ClipAbove > 0))
            throw new ArgumentException($"ratios are clipped below 1 − {Loss.ClipBelow} and above 1 + {Loss.ClipAbove}, "
                + "which must be above 0, the first below 1");
    }
}
