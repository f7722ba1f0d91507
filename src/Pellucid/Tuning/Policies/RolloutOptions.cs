namespace Pellucid.Tuning.Policies;

/// <summary>
/// How answers are written that a policy learns from: from the whole distribution, always. What leaves out unlikely tokens (top-k,
/// top-p, penalties) would write with other probabilities than those that are learned with.
/// </summary>
internal sealed record RolloutOptions
{
    /// <summary>Tokens of an answer, at most.</summary>
    public int MaxTokens { get; init; } = 64;

    /// <summary>What logits are divided by: here, in the update and in the reference alike.</summary>
    public float Temperature { get; init; } = 1;

    /// <summary>Tokens that end an answer.</summary>
    public IReadOnlyList<int> Ends { get; init; } = [];

    /// <summary>Where the chance of each answer comes from, together with the step and its place there.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Answers that are written at once.</summary>
    public int MostRunning { get; init; } = 64;

    /// <summary>Says what makes no sense.</summary>
    /// <exception cref="ArgumentException">It names the number.</exception>
    public void Validate()
    {
        if (MaxTokens < 1)
            throw new ArgumentException($"an answer has at least one token, not {MaxTokens}");
        if (!(Temperature > 0) || !float.IsFinite(Temperature))
            throw new ArgumentException($"answers are drawn at a temperature above 0, not {Temperature}");
    }
}
