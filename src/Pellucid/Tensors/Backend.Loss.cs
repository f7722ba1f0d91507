namespace Pellucid.Tensors;

public abstract partial class Backend
{
    /// <summary>Per row of logits (R, V): logSumExp (R), and logits[target] − logSumExp (R); a target below 0 gives 0.</summary>
    internal abstract void LogProbabilities(Tensor logits, Tensor targets, Tensor logSumExp, Tensor destination);

    /// <summary>In place: logits becomes gradient_r · (1[v = target_r] − exp(logits − logSumExp_r)); 0 for a target below 0.</summary>
    internal abstract void LogProbabilitiesBackward(Tensor gradient, Tensor targets, Tensor logSumExp, Tensor logits);

    /// <summary>
    /// Of each row of x the largest elements, largest first, as many as values (R, k) has columns, and where in the row they are. Of equals
    /// the earlier comes first; what is not a number counts as −∞.
    /// </summary>
    internal abstract void Top(Tensor x, Tensor values, Tensor indices);
}
