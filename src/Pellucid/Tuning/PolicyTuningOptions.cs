namespace Pellucid.Tuning;

/// <summary>How a policy learns from rewards.</summary>
public enum PolicyTuningMethod
{
    /// <summary>Answers to a prompt are compared with each other (Shao et al. 2024).</summary>
    Grpo,

    /// <summary>Each is compared with the others (Ahmadian et al. 2024).</summary>
    Rloo,

    /// <summary>Rewards are expected token by token (Schulman et al. 2017, Ouyang et al. 2022).</summary>
    Ppo,

    /// <summary>Answers are compared with all of their step (Williams 1992).</summary>
    Reinforce,
}

/// <summary>How <see cref="PolicyTuning"/> tunes.</summary>
public sealed record PolicyTuningOptions
{
    /// <summary>How a policy learns.</summary>
    public PolicyTuningMethod Method { get; init; }

    /// <summary>Steps, each of new answers.</summary>
    public int Steps { get; init; } = 100;

    /// <summary>Prompts of a step.</summary>
    public int Batch { get; init; } = 8;

    /// <summary>Answers to each prompt.</summary>
    public int Answers { get; init; } = 8;

    /// <summary>Tokens of an answer, at most.</summary>
    public int MaxTokens { get; init; } = 64;

    /// <summary>Largest learning rate, which falls along half a cosine to 0.</summary>
    public float LearningRate { get; init; } = 1e-4f;

    /// <summary>Price of a nat of divergence from the model as it was: in the loss of GRPO, in rewards of the others.</summary>
    public double KlWeight { get; init; } = 0.04;

    /// <summary>Rank of the adapter.</summary>
    public int Rank { get; init; } = 8;

    /// <summary>What logits are divided by, in answers and learning alike; above 0.</summary>
    public float Temperature { get; init; } = 1;

    /// <summary>Where all chance comes from.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Threads that compute; 0 for all cores.</summary>
    public int Threads { get; init; }
}

/// <summary>What happened in a step of <see cref="PolicyTuning"/>.</summary>
/// <param name="Step">Steps done, from 1.</param>
/// <param name="Score">Mean reward.</param>
/// <param name="Divergence">From the model as it was, nats an answer, estimated from the answers.</param>
/// <param name="Length">Tokens of an answer, on average.</param>
public sealed record PolicyTuningReport(int Step, double Score, double Divergence, double Length);
