namespace Pellucid.Tuning.Policies;

/// <summary>What answers are worth.</summary>
internal abstract class Reward : IDisposable
{
    /// <summary>What it is called, for messages.</summary>
    public abstract string Name { get; }

    /// <summary>Scores of answers, in their order.</summary>
    public abstract double[] Of(IReadOnlyList<Rollout> rollouts);

    /// <summary>Gives back what it holds.</summary>
    public virtual void Dispose()
    {
    }
}
