namespace Pellucid.Tensors;

public abstract partial class Backend
{
    /// <summary>Per row of logits (R, V): logSumExp (R), and logits[target] − logSumExp (R); a target below 0 gives 0.</summary>
    public abstract void LogProbabilities(Tensor logits, Tensor targets, Tensor logSumExp, Tensor destination);

    /// <summary>In place: logits becomes gradient_r · (1[v = target_r] − exp(logits − logSumExp_r)); 0 for a target below 0.</summary>
    public abstract void LogProbabilitiesBackward(Tensor gradient, Tensor targets, Tensor logSumExp, Tensor logits);
}
