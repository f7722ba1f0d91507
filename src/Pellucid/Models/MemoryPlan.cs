using Pellucid.Tensors;

namespace Pellucid.Models;

/// <summary>Bytes that a model takes, before it is made.</summary>
/// <param name="Weights">All weights.</param>
/// <param name="Training">Gradients and both moments of AdamW.</param>
/// <param name="Activations">What a training step keeps for its backward pass, and the gradients of it.</param>
/// <param name="KeyValues">Keys and values of sequences that are being continued.</param>
public readonly record struct MemoryPlan(long Weights, long Training, long Activations, long KeyValues)
{
    // Widths of the gradients of a block that are there at once, beside what the forward keeps.
    private const int GradientWidths = 14;

    /// <summary>Bytes to train.</summary>
    public long ToTrain => Weights + Training + Activations;

    /// <summary>Bytes to run.</summary>
    public long ToRun => Weights + KeyValues;

    /// <summary>The plan of a shape in single precision.</summary>
    /// <param name="config">The shape.</param>
    /// <param name="batch">Sequences at a time.</param>
    /// <param name="context">Tokens of each.</param>
    public static MemoryPlan Of(GptConfig config, int batch, int context)
    {
        ArgumentNullException.ThrowIfNull(config);
        var (rows, C) = ((long)batch * context, (long)config.Width);
        var kept = rows * (Enumerable.Range(0, config.Layers).Sum(layer => WidthKept(config, layer)) + 3 * C);
        return new MemoryPlan(sizeof(float) * config.Parameters, 3 * sizeof(float) * config.Parameters,
            sizeof(float) * (kept + GradientWidths * rows * C + Math.Min(rows * config.VocabularySize, Operations.LogitChunkElements)),
            2L * sizeof(float) * config.Layers * rows * config.KeyValueHeads * config.HeadWidth);
    }

    // Of a block: two normalised inputs and two sums; queries, keys, values and their mix; of each neuron what it does and its slope.
    private static long WidthKept(GptConfig config, int layer)
    {
        var (block, C) = (config.Block(layer), config.Width);
        return 4L * C + block.Attention.InputWidth + block.Attention.QueryWidth + 2L * (block.FeedForward?.Width ?? 0)
            + block.Attention.Heads + 4;
    }
}
