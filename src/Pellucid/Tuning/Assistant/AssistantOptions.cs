namespace Pellucid.Tuning.Assistant;

/// <summary>How long the four stages take, and where their chance comes from.</summary>
internal sealed record AssistantOptions
{
    /// <summary>Updates by examples.</summary>
    public int Imitations { get; init; } = 800;

    /// <summary>Updates of the reward model.</summary>
    public int Rankings { get; init; } = 600;

    /// <summary>Steps of PPO, each with answers of its own.</summary>
    public int Rollouts { get; init; } = 30;

    /// <summary>Answers of such a step.</summary>
    public int Answers { get; init; } = 64;

    /// <summary>Tokens of each of the world's texts that are learned on with.</summary>
    public int TextTokens { get; init; } = 64;

    /// <summary>Updates of DPO.</summary>
    public int Preferences { get; init; } = 100;

    /// <summary>Largest learning rate of PPO. Larger ones get there sooner, and forget what held-out questions ask for.</summary>
    public float Rate { get; init; } = 1e-4f;

    /// <summary>The same of DPO.</summary>
    public float PreferenceRate { get; init; } = 1e-4f;

    /// <summary>Questions that are learned from; as many pairs.</summary>
    public int Questions { get; init; } = 4000;

    /// <summary>Questions that the stages are judged by.</summary>
    public int Judged { get; init; } = 400;

    /// <summary>Where all chance comes from.</summary>
    public ulong Seed { get; init; } = 1;
}
