using Pellucid.Training;

namespace Pellucid.Tuning;

/// <summary>How the learning rate goes on after its rise.</summary>
internal enum RateSchedule
{
    /// <summary>Half a cosine down to 0.</summary>
    Cosine,

    /// <summary>A straight line down to 0.</summary>
    Linear,

    /// <summary>It stays.</summary>
    Constant,
}

/// <summary>How something is tuned, whatever the method.</summary>
internal sealed record TuningOptions
{
    /// <summary>Updates of what is learned.</summary>
    public int Steps { get; init; } = 100;

    /// <summary>Items of a step: examples, pairs, prompts.</summary>
    public int Batch { get; init; } = 8;

    /// <summary>Most items that are computed together. Memory grows with it, and no bit changes.</summary>
    public int MicroBatch { get; init; } = 1;

    /// <summary>Largest learning rate.</summary>
    public float LearningRate { get; init; } = 1e-4f;

    /// <summary>How it goes on after its rise.</summary>
    public RateSchedule Schedule { get; init; } = RateSchedule.Cosine;

    /// <summary>Steps over which it rises.</summary>
    public int Warmup { get; init; }

    /// <summary>Decoupled weight decay of matrices.</summary>
    public float WeightDecay { get; init; }

    /// <summary>AdamW's decay of the second moment.</summary>
    public float Beta2 { get; init; } = 0.999f;

    /// <summary>Largest norm of all gradients together; none when 0.</summary>
    public float Clip { get; init; } = 1;

    /// <summary>Steps between evaluations.</summary>
    public int EvaluateEvery { get; init; } = 50;

    /// <summary>Evaluations without a better one after which a run ends; 0 for any number.</summary>
    public int Patience { get; init; }

    /// <summary>Steps between saves.</summary>
    public int SaveEvery { get; init; } = 50;

    /// <summary>Items come in their own order, not in one that chance draws.</summary>
    public bool InOrder { get; init; }

    /// <summary>Where all chance comes from.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Refuses numbers that make no sense.</summary>
    /// <exception cref="ArgumentException">One line says which.</exception>
    public void Validate()
    {
        if (MicroBatch < 1)
            throw new ArgumentException($"the examples that are computed together ({MicroBatch}) must be at least 1");
        AsTraining().Validate();
    }

    /// <summary>The rate of a step, from 1.</summary>
    internal float RateAt(int step)
    {
        var done = step - 1;
        if (done < Warmup)
            return LearningRate * (done + 1) / (Warmup + 1);
        return Schedule switch
        {
            RateSchedule.Constant => LearningRate,
            RateSchedule.Linear => LearningRate * (Steps - done) / Math.Max(1, Steps - Warmup),
            _ => Training.LearningRate.At(step, AsTraining()),
        };
    }

    internal TrainingOptions AsTraining() => new()
    {
        Steps = Steps, Batch = Batch, LearningRate = LearningRate, MinLearningRate = 0, Warmup = Warmup, WeightDecay = WeightDecay,
        Beta1 = 0.9f, Beta2 = Beta2, Clip = Clip, EvaluateEvery = EvaluateEvery, SaveEvery = SaveEvery, Seed = Seed,
    };
}
