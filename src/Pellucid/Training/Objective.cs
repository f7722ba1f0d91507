namespace Pellucid.Training;

/// <summary>
/// What training makes small: host arithmetic between rows. It sees the log-probability that the model gives each row's
/// target, and says the loss and how it changes with each of them.
/// </summary>
internal abstract class Objective
{
    /// <summary>
    /// Whether the loss is the sum of negative log-probabilities, whose gradient is known before they are: it is then formed
    /// in the pass that computes the logits.
    /// </summary>
    public virtual bool IsCrossEntropy => false;

    /// <summary>The loss of a micro-batch, summed over its rows.</summary>
    /// <param name="logProbabilities">Of the rows' targets, in nats; 0 for a row without one.</param>
    /// <param name="gradients">Receives the derivative of the loss by each of them.</param>
    public abstract double Loss(ReadOnlySpan<float> logProbabilities, Span<float> gradients);
}

/// <summary>Next-token cross-entropy: −Σ log p(target).</summary>
internal sealed class CrossEntropy : Objective
{
    public override bool IsCrossEntropy => true;

    public override double Loss(ReadOnlySpan<float> logProbabilities, Span<float> gradients)
    {
        var sum = 0.0;
        foreach (var value in logProbabilities)
            sum -= value;
        gradients.Fill(-1);
        return sum;
    }
}
