namespace Pellucid.Training;

/// <summary>What happened in a step.</summary>
/// <param name="Step">Updates done; 0 for the evaluation of the untrained model.</param>
/// <param name="TrainLoss">Mean next-token loss of the step's batch before its update, in nats; null at step 0, which has no batch.</param>
/// <param name="ValidationLoss">The same on the validation part, where this step evaluated it, after its update.</param>
/// <param name="IsBest">Whether no evaluation before was better.</param>
/// <param name="LearningRate">Rate of the step.</param>
/// <param name="GradientNorm">Norm of all gradients together, before clipping.</param>
/// <param name="TokensPerSecond">Tokens trained on over the seconds that the step took, evaluation aside.</param>
/// <param name="Spike">Set where the loss is far above those of the steps before.</param>
/// <param name="Tokens">Tokens trained on in the step; 0 where that is not known.</param>
public readonly record struct TrainingReport(int Step, double? TrainLoss, double? ValidationLoss, bool IsBest, float LearningRate,
    double GradientNorm, double TokensPerSecond, LossSpike? Spike = null, long Tokens = 0);

/// <summary>A number of training is no number any more: it has come apart.</summary>
public sealed class TrainingDivergedException(int step, string what)
    : Exception($"{what} is not a number at step {step}; try a smaller learning rate or a longer warm-up")
{
    /// <summary>The step it was seen at.</summary>
    public int Step => step;
}
