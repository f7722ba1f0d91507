namespace Pellucid.Tensors;

public abstract partial class Backend
{
    /// <summary>
    /// destination = x (R, N), but columns from the first one on, as many as gain (N') has elements, are
    /// x + (gain / norm − 1)(x − bias). The bias (N) may be empty.
    /// </summary>
    internal abstract void ScaleColumns(Tensor x, int firstColumn, Tensor gain, Tensor norm, Tensor bias, Tensor destination);

    /// <summary>
    /// Gradients of <see cref="ScaleColumns"/>, the norm a constant. The gain's, Σ gradient · (x − bias) / norm, and the bias's,
    /// Σ gradient · (1 − gain / norm), over rows, ascending, are added to; any is skipped when empty.
    /// </summary>
    internal abstract void ScaleColumnsBackward(Tensor gradient, Tensor x, int firstColumn, Tensor gain, Tensor norm, Tensor bias,
        Tensor xGradient, bool accumulateX, Tensor gainGradient, Tensor biasGradient);
}
