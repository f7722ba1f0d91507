using Pellucid.Tuning.Losses;

namespace Pellucid.Tuning.Policies;

/// <summary>What an answer is compared with.</summary>
internal enum Baseline
{
    /// <summary>The mean of the answers to its prompt, perhaps in units of their deviation: GRPO (Shao et al. 2024).</summary>
    Group,

    /// <summary>The mean of the others to its prompt: RLOO (Ahmadian et al. 2024).</summary>
    Others,

    /// <summary>The mean of all answers of the step: REINFORCE (Williams 1992).</summary>
    Step,
}

/// <summary>A policy whose answers are compared with each other; all tokens of one share its advantage, and nothing expects it.</summary>
internal sealed class GroupPolicy : PolicyMethod
{
    private readonly Baseline _baseline;
    private readonly RewardScale _scale;

    /// <exception cref="ArgumentException">The options make no sense.</exception>
    public GroupPolicy(PolicyParts parts, PolicyOptions options, Baseline baseline, RewardScale scale = RewardScale.None)
        : base(parts, options)
    {
        options.Validate(leastAnswers: baseline == Baseline.Step ? 1 : 2);
        (_baseline, _scale) = (baseline, scale);
    }

    protected override void Weigh()
    {
        double[] rewards = [.. Written.Select(rollout => rollout.Score - Options.KlInReward * rollout.Divergence)];
        var advantages = _baseline switch
        {
            Baseline.Group => Advantages.OfGroups(rewards, Options.Answers, _scale),
            Baseline.Others => Advantages.LeaveOneOut(rewards, Options.Answers),
            _ => Advantages.OfGroups(rewards, rewards.Length, _scale),
        };
        for (var i = 0; i < advantages.Length; i++)
        {
            Written[i].Advantages = new double[Written[i].Length];
            Array.Fill(Written[i].Advantages, advantages[i]);
        }
    }
}
