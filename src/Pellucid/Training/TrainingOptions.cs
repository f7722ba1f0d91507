namespace Pellucid.Training;

/// <summary>How a model is trained. Defaults suit a small model on a small text.</summary>
public sealed record TrainingOptions
{
    /// <summary>Updates of the weights.</summary>
    public int Steps { get; init; } = 2000;

    /// <summary>Sequences of a batch.</summary>
    public int Batch { get; init; } = 12;

    /// <summary>Equal parts of a batch, computed one after another, each in the memory of the one before; divides the batch.</summary>
    public int MicroBatches { get; init; } = 1;

    /// <summary>Batches whose gradients are added up for one update.</summary>
    public int Accumulate { get; init; } = 1;

    /// <summary>Tokens a sequence; the model's context when 0.</summary>
    public int SequenceLength { get; init; }

    /// <summary>Largest learning rate, reached after the warm-up.</summary>
    public float LearningRate { get; init; } = 1e-3f;

    /// <summary>Learning rate at the last step.</summary>
    public float MinLearningRate { get; init; } = 1e-4f;

    /// <summary>Steps over which the learning rate rises.</summary>
    public int Warmup { get; init; } = 100;

    /// <summary>Decoupled weight decay of matrices.</summary>
    public float WeightDecay { get; init; } = 0.1f;

    /// <summary>AdamW's decay of the first moment.</summary>
    public float Beta1 { get; init; } = 0.9f;

    /// <summary>AdamW's decay of the second moment.</summary>
    public float Beta2 { get; init; } = 0.99f;

    /// <summary>AdamW's epsilon.</summary>
    public float Epsilon { get; init; } = 1e-8f;

    /// <summary>Largest norm of all gradients together; none when 0.</summary>
    public float Clip { get; init; } = 1;

    /// <summary>Probability of dropout.</summary>
    public float Dropout { get; init; }

    /// <summary>Steps between evaluations.</summary>
    public int EvaluateEvery { get; init; } = 250;

    /// <summary>Batches of an evaluation.</summary>
    public int EvaluateBatches { get; init; } = 20;

    /// <summary>Steps between checkpoints of the last weights; each evaluation saves as well.</summary>
    public int SaveEvery { get; init; } = 1000;

    /// <summary>Where all chance comes from.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Refuses numbers that make no sense.</summary>
    /// <exception cref="ArgumentException">One line says which.</exception>
    public void Validate()
    {
        Require(Steps >= 1, "steps must be at least 1");
        Require(Batch >= 1, "batch must be at least 1");
        Require(MicroBatches >= 1, "micro-batches must be at least 1");
        Require(Batch % MicroBatches == 0, $"micro-batches ({MicroBatches}) do not divide the batch ({Batch})");
        Require(Accumulate >= 1, "accumulate must be at least 1");
        Require(LearningRate > 0 && float.IsFinite(LearningRate), "the learning rate must be above 0");
        Require(MinLearningRate >= 0 && MinLearningRate <= LearningRate,
            "the smallest learning rate must lie between 0 and the learning rate");
        Require(Warmup >= 0, "warmup cannot be negative");
        Require(WeightDecay >= 0, "weight decay cannot be negative");
        Require(Beta1 is >= 0 and < 1 && Beta2 is >= 0 and < 1, "beta1 and beta2 must lie between 0 and 1");
        Require(Clip >= 0, "clip cannot be negative");
        Require(Dropout is >= 0 and < 1, "dropout must lie between 0 and 1");
        Require(EvaluateEvery >= 1 && EvaluateBatches >= 1 && SaveEvery >= 1,
            "steps between evaluations and saves, and batches of an evaluation, must be at least 1");
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
            throw new ArgumentException(otherwise);
    }
}
