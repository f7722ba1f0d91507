namespace Pellucid.Tensors;

public abstract partial class Backend
{
    /// <summary>destination = (x − mean) / sqrt(variance + epsilon) · gain + bias, by row; keeps (R) means and reciprocal deviations.
    /// The bias may be empty.</summary>
    internal abstract void LayerNorm(Tensor x, Tensor gain, Tensor bias, float epsilon, Tensor destination,
        Tensor mean, Tensor reciprocalDeviation);

    /// <summary>Gradients of <see cref="LayerNorm"/>. Gain and bias gradients are skipped when empty.</summary>
    internal abstract void LayerNormBackward(Tensor gradient, Tensor x, Tensor gain, Tensor mean, Tensor reciprocalDeviation,
        Tensor xGradient, bool accumulateX, Tensor gainGradient, bool accumulateGain, Tensor biasGradient, bool accumulateBias);

    /// <summary>
    /// destination = x / sqrt(mean of x² + epsilon) · gain over the columns of each group; keeps the (R, groups) reciprocal roots. Other
    /// columns of destination, which may be x itself, stay as they are. The gain is as wide as a group.
    /// </summary>
    internal abstract void RmsNorm(Tensor x, in ColumnGroups groups, Tensor gain, float epsilon, Tensor destination, Tensor reciprocalRoot);

    /// <summary>
    /// Gradients of <see cref="RmsNorm"/>, of the groups' columns alone. The gain's sums over rows and, within each, over groups; either
    /// is skipped when empty.
    /// </summary>
    internal abstract void RmsNormBackward(Tensor gradient, Tensor x, in ColumnGroups groups, Tensor gain, Tensor reciprocalRoot,
        Tensor xGradient, bool accumulateX, Tensor gainGradient, bool accumulateGain);
}
