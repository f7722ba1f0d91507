namespace Pellucid.Tensors;

public abstract partial class Backend
{
    /// <summary>
    /// destination = queries and keys of x (R,
    /// (H + 2K) · D) turned by their positions' rows of the table (positions, 2P), values as they are:
    /// (a cos − b sin, a sin + b cos) of each pair a, b. The other way round when inverse, which is its backward.
    /// destination may be x itself.
    /// </summary>
    internal abstract void Rotate(Tensor x, Tensor positions, Tensor table, in AttentionShape shape, bool inverse,
        Tensor destination, bool accumulate);

    /// <summary>
    /// Causal attention of queries, keys and values qkv (R, (H + 2K) · D). Writes z (R, H · D) and the
    /// log-sum-exp of each row's scores (R, H). With a store, keys and values of the rows are put there first, into pages that
    /// <see cref="KeyValueStore.Reserve"/> has taken, and all are read from it, as it stores them; without one, a segment starts at
    /// position 0 or branches off rows of the same batch.
    /// Sinks (H), which may be empty, are a score more in each row's softmax, of a key that has no value.
    /// </summary>
    internal abstract void Attention(Tensor qkv, Tensor sinks, in SegmentTable segments, in AttentionShape shape,
        KeyValueStore? store, int layer,
        Tensor z, Tensor logSumExp);

    /// <summary>
    /// Gradient of <see cref="Attention"/> without a store and without branches, overwriting qkvGradient (R, (H + 2K) · D). What the heads
    /// of a group give to a key or value is added in their order. sinksGradient (H), skipped when empty, is added to, rows ascending.
    /// </summary>
    internal abstract void AttentionBackward(Tensor gradient, Tensor qkv, Tensor sinks, Tensor z,
        Tensor logSumExp, in SegmentTable segments,
        in AttentionShape shape, Tensor qkvGradient, Tensor sinksGradient);

    /// <summary>
    /// Masked scores (H, R, keys) of each row against as many keys as the longest segment has; −∞ where one is later, before the
    /// window, or absent. A soft cap is in them.
    /// </summary>
    internal abstract void AttentionScores(Tensor qkv, in SegmentTable segments, in AttentionShape shape, KeyValueStore? store, int layer,
        Tensor scores);

    /// <summary>Adds the query and key gradients of <see cref="AttentionScores"/> to qkvGradient.</summary>
    internal abstract void AttentionScoresBackward(Tensor gradient, Tensor qkv, in SegmentTable segments,
        in AttentionShape shape, Tensor qkvGradient);

    /// <summary>
    /// Softmax of each row; a row of −∞ alone gives zeros.
    /// With sinks (H), x is (H, R, keys), and a head's sink is an element more of its rows
    /// that is left out of the result.
    /// </summary>
    internal abstract void Softmax(Tensor x, Tensor destination, Tensor sinks = default);

    /// <summary>xGradient += y · (gradient − Σ gradient · y); sinksGradient −= (1 − Σ y) · Σ gradient · y.
    /// Either is skipped when empty.</summary>
    internal abstract void SoftmaxBackward(Tensor gradient, Tensor y, Tensor xGradient, Tensor sinksGradient = default);

    /// <summary>z (R, H · D) += pattern (H, R, keys) · values, the values as in <see cref="Attention"/>; those of a store begin with
    /// the window.</summary>
    internal abstract void AttentionMix(Tensor pattern, Tensor qkv, in SegmentTable segments, in AttentionShape shape,
        KeyValueStore? store, int layer,
        Tensor z);

    /// <summary>Adds to patternGradient and to the value gradients in qkvGradient.</summary>
    internal abstract void AttentionMixBackward(Tensor gradient, Tensor pattern, Tensor qkv,
        in SegmentTable segments, in AttentionShape shape,
        Tensor patternGradient, Tensor qkvGradient);
}
