namespace Pellucid.Tensors;

public abstract partial class Backend
{
    /// <summary>destination = (x − mean) / sqrt(variance + epsilon) · gain + bias, by row; keeps (R) means and reciprocal deviations. The bias may be empty.</summary>
    internal abstract void LayerNorm(Tensor x, Tensor gain, Tensor bias, float epsilon, Tensor destination, Tensor mean, Tensor reciprocalDeviation);

    /// <summary>Gradients of <see cref="LayerNorm"/>. Gain and bias gradients are skipped when empty.</summary>
    internal abstract void LayerNormBackward(Tensor gradient, Tensor x, Tensor gain, Tensor mean, Tensor reciprocalDeviation,
        Tensor xGradient, bool accumulateX, Tensor gainGradient, bool accumulateGain, Tensor biasGradient, bool accumulateBias);
}
