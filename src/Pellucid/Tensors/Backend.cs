namespace Pellucid.Tensors;

/// <summary>
/// What a device can compute: every operation of the model with its backward beside it, in the order of the network.
/// Parameters go source, arguments, destination. A destination with <c>accumulate</c> is added to, otherwise overwritten.
/// Letters: R rows, C width, V vocabulary, H heads, D = C / H.
/// </summary>
public abstract class Backend : IDisposable
{
    /// <summary>Short name, as <c>doctor</c> prints it.</summary>
    public abstract string Name { get; }

    /// <summary>Bytes of aligned memory; zero-filled or not, as the device likes.</summary>
    internal abstract nint Allocate(long bytes);

    internal abstract void Release(nint address, long bytes);

    /// <summary>Brings values from host memory, converting from single precision to the tensor's type.</summary>
    public abstract void Write(ReadOnlySpan<float> source, Tensor destination);

    /// <summary>Brings integers from host memory.</summary>
    public abstract void Write(ReadOnlySpan<int> source, Tensor destination);

    /// <summary>Brings values to host memory as single precision.</summary>
    public abstract void Read(Tensor source, Span<float> destination);

    /// <summary>Bytes of a weight of that shape in a type of weights. How its elements lie there is the backend's matter.</summary>
    internal abstract long WeightBytes(Shape shape, WeightForm form, ElementType type);

    /// <summary>Stores a weight given in the order of its shape, rounding it to the tensor's type.</summary>
    internal abstract void WriteWeight(ReadOnlySpan<float> source, WeightForm form, Tensor destination);

    /// <summary>Brings back what <see cref="WriteWeight"/> stored, as it was rounded.</summary>
    internal abstract void ReadWeight(Tensor source, WeightForm form, Span<float> destination);

    /// <summary>Sets every element.</summary>
    public abstract void Fill(Tensor destination, float value);

    /// <summary>Copies; both of the same type and number of elements.</summary>
    public abstract void Copy(Tensor source, Tensor destination);

    /// <summary>destination = left + right.</summary>
    public abstract void Add(Tensor left, Tensor right, Tensor destination);

    /// <summary>destination += left · right, element by element.</summary>
    public abstract void MultiplyAdd(Tensor left, Tensor right, Tensor destination);

    /// <summary>destination += factor · source.</summary>
    public abstract void AddScaled(Tensor source, float factor, Tensor destination);

    /// <summary>destination (R, C) = tokenTable[token] + positionTable[position].</summary>
    public abstract void Embed(Tensor tokens, Tensor positions, Tensor tokenTable, Tensor positionTable, Tensor destination);

    /// <summary>Adds each row's gradient to the rows of the two tables it came from, rows ascending. A table is skipped when empty.</summary>
    public abstract void EmbedBackward(Tensor gradient, Tensor tokens, Tensor positions, Tensor tokenTableGradient, Tensor positionTableGradient);

    /// <summary>destination = (x − mean) / sqrt(variance + epsilon) · gain + bias, by row; keeps (R) means and reciprocal deviations.</summary>
    public abstract void LayerNorm(Tensor x, Tensor gain, Tensor bias, float epsilon, Tensor destination, Tensor mean, Tensor reciprocalDeviation);

    /// <summary>Gradients of <see cref="LayerNorm"/>. Gain and bias gradients are skipped when empty.</summary>
    public abstract void LayerNormBackward(Tensor gradient, Tensor x, Tensor gain, Tensor mean, Tensor reciprocalDeviation,
        Tensor xGradient, bool accumulateX, Tensor gainGradient, bool accumulateGain, Tensor biasGradient, bool accumulateBias);

    /// <summary>
    /// destination (R, N) = x (R, K) · weight + bias. The weight is (K, N), or (N, K) when transposed, of any type of weights;
    /// the bias may be empty. Where the weight is quantised, rows of x are too, in blocks of 32. The epilogue comes last.
    /// </summary>
    public abstract void Linear(Tensor x, Tensor weight, bool transposed, Tensor bias, Tensor destination, in Epilogue epilogue = default);

    /// <summary>
    /// xGradient (R, K) from gradient (R, N) and a weight of any type; an epilogue wants it overwritten. Through a quantised
    /// weight it is the gradient of the product in singles with what the weight stands for: that rows of x are rounded there
    /// too counts as if they were not (the straight-through estimator of Bengio et al. 2013).
    /// </summary>
    public abstract void LinearBackwardInput(Tensor gradient, Tensor weight, bool transposed, Tensor xGradient, bool accumulate,
        in Epilogue epilogue = default);

    /// <summary>
    /// weightGradient, of the weight's shape, from gradient (R, N) and x (R, K), and biasGradient (N), the sum of gradient over
    /// rows, ascending. Either is skipped when empty.
    /// </summary>
    public abstract void LinearBackwardWeight(Tensor gradient, Tensor x, bool transposed, Tensor weightGradient, bool accumulate,
        Tensor biasGradient = default, bool accumulateBias = false);

    /// <summary>
    /// Causal attention. qkv is (R, 3C): queries, keys, values, each H heads of D columns. Writes z (R, C) and the
    /// log-sum-exp of each row's scores (R, H). With a store, keys and values of the rows are put there first, and
    /// earlier positions are read from it; without one, a segment starts at position 0 or branches off rows of the same batch.
    /// With a band above 0 a row sees only so many keys: its own and those right before it.
    /// </summary>
    public abstract void Attention(Tensor qkv, ReadOnlySpan<Segment> segments, int heads, int band, KeyValueStore? store, int layer, Tensor z, Tensor logSumExp);

    /// <summary>Gradient of <see cref="Attention"/> without a store and without branches, overwriting qkvGradient (R, 3C).</summary>
    public abstract void AttentionBackward(Tensor gradient, Tensor qkv, Tensor z, Tensor logSumExp, ReadOnlySpan<Segment> segments, int heads, int band, Tensor qkvGradient);

    /// <summary>destination = gelu(x), the tanh form of GPT-2.</summary>
    public abstract void Gelu(Tensor x, Tensor destination);

    /// <summary>xGradient from gradient and x.</summary>
    public abstract void GeluBackward(Tensor gradient, Tensor x, Tensor xGradient, bool accumulate);

    /// <summary>destination = x / (1 − probability) where the counter-based random number of the element keeps it, else 0; its own backward.</summary>
    public abstract void Dropout(Tensor x, float probability, RandomStream random, Tensor destination, bool accumulate);

    /// <summary>Per row of logits (R, V): logSumExp (R), and logits[target] − logSumExp (R); a target below 0 gives 0.</summary>
    public abstract void LogProbabilities(Tensor logits, Tensor targets, Tensor logSumExp, Tensor destination);

    /// <summary>In place: logits becomes gradient_r · (1[v = target_r] − exp(logits − logSumExp_r)); 0 for a target below 0.</summary>
    public abstract void LogProbabilitiesBackward(Tensor gradient, Tensor targets, Tensor logSumExp, Tensor logits);

    /// <summary>Sum of squares in double precision, in an order that does not depend on threads.</summary>
    public abstract double SquaredNorm(Tensor x);

    /// <summary>One AdamW update (Loshchilov and Hutter 2019, algorithm 2) of parameters by gradientScale · gradients.</summary>
    public abstract void AdamW(Tensor gradients, float gradientScale, in AdamWStep step, Tensor parameters, Tensor firstMoment, Tensor secondMoment);

    /// <summary>Edits a rectangle of destination in place by the source's rectangle.</summary>
    internal abstract void Edit(Tensor source, in EditRegion region, EditOperation operation, float factor, Tensor destination);

    /// <summary>Masked scores (H, R, K) of each row against K = the longest segment's keys; −∞ where a key is later, before the band, or absent.</summary>
    internal abstract void AttentionScores(Tensor qkv, ReadOnlySpan<Segment> segments, int heads, int band, KeyValueStore? store, int layer, Tensor scores);

    /// <summary>Adds the query and key gradients of <see cref="AttentionScores"/> to qkvGradient.</summary>
    internal abstract void AttentionScoresBackward(Tensor gradient, Tensor qkv, ReadOnlySpan<Segment> segments, int heads, Tensor qkvGradient);

    /// <summary>Softmax of each row; a row of −∞ alone gives zeros.</summary>
    internal abstract void Softmax(Tensor x, Tensor destination);

    /// <summary>xGradient += y · (gradient − Σ gradient · y).</summary>
    internal abstract void SoftmaxBackward(Tensor gradient, Tensor y, Tensor xGradient);

    /// <summary>z (R, C) += pattern (H, R, K) · values, the values as in <see cref="Attention"/>.</summary>
    internal abstract void AttentionMix(Tensor pattern, Tensor qkv, ReadOnlySpan<Segment> segments, int heads, KeyValueStore? store, int layer, Tensor z);

    /// <summary>Adds to patternGradient and to the value gradients in qkvGradient.</summary>
    internal abstract void AttentionMixBackward(Tensor gradient, Tensor pattern, Tensor qkv, ReadOnlySpan<Segment> segments, int heads, Tensor patternGradient, Tensor qkvGradient);

    /// <summary>Ends threads and frees scratch.</summary>
    public virtual void Dispose() => GC.SuppressFinalize(this);
}
