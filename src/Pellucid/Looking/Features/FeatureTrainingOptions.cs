namespace Pellucid.Looking.Features;

/// <summary>How features are learned.</summary>
public sealed record FeatureTrainingOptions
{
    /// <summary>Top-k or JumpReLU.</summary>
    public FeatureArchitecture Architecture { get; init; } = FeatureArchitecture.TopK;

    /// <summary>How many features there are.</summary>
    public required int Features { get; init; }

    /// <summary>How many of them fire on a row: the k of top-k; what the thresholds of JumpReLU are drawn towards.</summary>
    public int Active { get; init; } = 32;

    /// <summary>Steps in all.</summary>
    public int Steps { get; init; } = 2000;

    /// <summary>Rows of a step: the windows that hold as many.</summary>
    public int Rows { get; init; } = 1024;

    /// <summary>The largest learning rate, of AdamW without decay; it rises at first and falls to 0 in the last fifth.</summary>
    public float LearningRate { get; init; } = 1e-3f;

    /// <summary>A feature that has not fired on so many rows is dead, and is revived.</summary>
    public int DeadAfter { get; init; } = 50_000;

    /// <summary>Where directions begin, and which windows come.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Refuses what cannot be learned with.</summary>
    /// <exception cref="ArgumentException">One line says what.</exception>
    public void Validate()
    {
        if (Architecture is not (FeatureArchitecture.TopK or FeatureArchitecture.JumpRelu))
            throw new ArgumentException($"features of TopK and JumpRelu are learned, not of {Architecture}");
        if (Features < 1 || Active < 1 || Active > Features)
            throw new ArgumentException($"{Active} of {Features} features cannot fire");
        if (Steps < 1 || Rows < 2 || DeadAfter < 1)
            throw new ArgumentException("there must be a step, two rows of each, and rows after which a feature is dead");
        if (!(LearningRate > 0) || !float.IsFinite(LearningRate))
            throw new ArgumentException($"the learning rate cannot be {LearningRate}");
    }

    /// <summary>The learning rate of a step, from 1.</summary>
    internal float RateAt(int step)
    {
        var (warmup, decay) = (Math.Max(1, Steps / 20), Math.Max(1, Steps / 5));
        return LearningRate * Math.Min(1, Math.Min((float)step / warmup, (float)(Steps - step + 1) / decay));
    }
}
