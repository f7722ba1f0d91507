using Pellucid.Tensors;

namespace Pellucid.Models;

public sealed partial class Gpt
{
    /// <summary>Logits (R, V) of what <see cref="Forward"/> returned.</summary>
    public Tensor Logits(Tensor final, GptRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return run.Operations.Linear(final, _outputTable, transposed: true);
    }

    /// <summary>Logits (R, tokens) of some tokens alone: the same bits as <see cref="Logits(Tensor, GptRun)"/> has for them.</summary>
    /// <exception cref="NotSupportedException">Weights are packed, and have no rows of their own.</exception>
    public Tensor Logits(Tensor final, int[] tokens, GptRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        if (_outputTable.Type is not (ElementType.Float32 or ElementType.Float64))
            throw new NotSupportedException($"looking inside needs plain weights, not {_outputTable.Type}");
        return run.Operations.Linear(final, run.Operations.SelectRows(_outputTable, tokens), transposed: true);
    }

    /// <summary>Log-probability of each row's target, (R); see <see cref="Operations.TokenLogProbabilities"/>.</summary>
    public Tensor LogProbabilities(Tensor final, Tensor targets, GptRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return run.Operations.TokenLogProbabilities(final, _outputTable, targets);
    }

    /// <summary>Log-probabilities (R) of the targets; with a tape, a loss of −weight times their sum whose gradients are formed at once.</summary>
    public Tensor Loss(Tensor final, Tensor targets, float weight, GptRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return run.Operations.NextTokenLoss(final, _outputTable, targets, weight);
    }
}
