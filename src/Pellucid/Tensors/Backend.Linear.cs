namespace Pellucid.Tensors;

public abstract partial class Backend
{
    /// <summary>Bytes of a weight of that shape in a type of weights. How its elements lie there is the backend's matter.</summary>
    internal abstract long WeightBytes(Shape shape, WeightForm form, ElementType type);

    /// <summary>Stores a weight given in the order of its shape, rounding it to the tensor's type.</summary>
    internal abstract void WriteWeight(ReadOnlySpan<float> source, WeightForm form, Tensor destination);

    /// <summary>Brings back what <see cref="WriteWeight"/> stored, as it was rounded.</summary>
    internal abstract void ReadWeight(Tensor source, WeightForm form, Span<float> destination);

    /// <summary>Stores rows of outputs from <paramref name="firstOutput"/> on, given in the blocks of the tensor's type.</summary>
    internal abstract void WriteBlocks(ReadOnlySpan<byte> rows, WeightForm form, int firstOutput, Tensor destination);

    /// <summary>Brings back rows of outputs, in the blocks that they are stored in.</summary>
    internal abstract void ReadBlocks(Tensor source, WeightForm form, int firstOutput, Span<byte> rows);

    /// <summary>
    /// destination (R, N) = x (R, K) · weight + bias. The weight is (K, N), or (N, K) when transposed, of any type of weights;
    /// the bias may be empty. It is the product with the singles that the weight stands for; but rows of x are rounded first, in
    /// blocks of 32, where the weight <see cref="Tensor.MeetsRoundedRows"/>; transposed, what rounding leaves is rounded too, and
    /// added. The epilogue comes last.
    /// </summary>
    internal abstract void Linear(Tensor x, Tensor weight, bool transposed, Tensor bias, Tensor destination,
        in Epilogue epilogue = default);

    /// <summary>
    /// xGradient (R, K) from gradient (R, N) and a weight of any type; an epilogue wants it overwritten. Through a weight that
    /// is stored in fewer bits it is the gradient of the product in singles with what the weight stands for: that rows of x may
    /// be rounded there too counts as if they were not (the straight-through estimator of Bengio et al. 2013).
    /// </summary>
    internal abstract void LinearBackwardInput(Tensor gradient, Tensor weight, bool transposed, Tensor xGradient, bool accumulate,
        in Epilogue epilogue = default);

    /// <summary>
    /// weightGradient, of the weight's shape, from gradient (R, N) and x (R, K), and biasGradient (N), the sum of gradient over
    /// rows, ascending. Either is skipped when empty.
    /// </summary>
    internal abstract void LinearBackwardWeight(Tensor gradient, Tensor x, bool transposed, Tensor weightGradient, bool accumulate,
        Tensor biasGradient = default, bool accumulateBias = false);
}
