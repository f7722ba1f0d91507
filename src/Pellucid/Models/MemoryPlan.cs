using Pellucid.Tensors;

namespace Pellucid.Models;

/// <summary>Bytes that a model takes, before it is made.</summary>
/// <param name="Weights">All weights.</param>
/// <param name="Training">Gradients and both moments of AdamW.</param>
/// <param name="Activations">What a training step keeps for its backward pass, and the gradients of it.</param>
/// <param name="KeyValues">Keys and values of sequences that are being continued.</param>
public readonly record struct MemoryPlan(long Weights, long Training, long Activations, long KeyValues)
{
    /// <summary>Weights where the model only computes: in single precision, if not said otherwise.</summary>
    public long WeightsToRun { get; init; } = Weights;

    /// <summary>Bytes to train.</summary>
    public long ToTrain => Weights + Training + Activations;

    /// <summary>Bytes to run.</summary>
    public long ToRun => WeightsToRun + KeyValues;

    /// <summary>The plan of a shape in single precision.</summary>
    /// <param name="config">The shape.</param>
    /// <param name="batch">Sequences at a time.</param>
    /// <param name="context">Tokens of each.</param>
    /// <param name="keyValues">How keys and values are stored.</param>
    public static MemoryPlan Of(GptConfig config, int batch, int context, ElementType keyValues = ElementType.Float32)
    {
        ArgumentNullException.ThrowIfNull(config);
        var (rows, C) = ((long)batch * context, (long)config.Width);
        var layers = Enumerable.Range(0, config.Layers);
        var gradients = layers.Select(layer => WidthOfGradients(config, layer)).DefaultIfEmpty().Max();
        var widths = layers.Sum(layer => WidthKept(config, layer)) + gradients + 3 * C;
        return new MemoryPlan(sizeof(float) * config.Parameters, 3 * sizeof(float) * config.Parameters,
            sizeof(float) * (rows * widths + Math.Min(rows * config.VocabularySize, Operations.LogitChunkElements)),
            batch * layers.Sum(layer => Pages(config, layer, context)) * OfPage(config, keyValues).Bytes);
    }

    private static PageLayout OfPage(GptConfig config, ElementType type) => new(type, config.KeyValueHeads, config.HeadWidth);

    // A layer with a window keeps what the next row sees, and the rest of the pages that this begins and ends in.
    private static long Pages(GptConfig config, int layer, int context)
    {
        var all = (context + KeyValueStore.TileLength - 1) / KeyValueStore.TileLength;
        return config.Windows[layer] == 0 ? all
            : Math.Min(all, (config.Windows[layer] + KeyValueStore.TileLength - 2) / KeyValueStore.TileLength + 1);
    }

    // Of a block: what is normalised and two sums; its heads and neurons; what softmax divided by.
    private static long WidthKept(GptConfig config, int layer)
    {
        var (block, C) = (config.Block(layer), config.Width);
        var normalised = (block.Norm.OfInput || block.Norm.Place == NormPlace.Stream ? 2L : 0) + (block.Norm.OfOutput ? 4 : 0);
        return (2 + normalised) * C + WidthInside(block, config.Width) + block.Attention.Heads + 4;
    }

    // Gradients of a block that are there at once: of the stream before and after, of its heads and of its neurons.
    private static long WidthOfGradients(GptConfig config, int layer) => 2L * config.Width + WidthInside(config.Block(layer), config.Width);

    // Queries, keys, values, those that are normalised or turned, and their mix; and what feeds forward.
    private static long WidthInside(BlockShape block, int C)
    {
        var placed = 1L + (block.HeadNorm == HeadNorm.None ? 0 : 1) + (block.Rotary is null ? 0 : 1);
        return placed * block.Attention.InputWidth + block.Attention.QueryWidth + WidthOfNeurons(block, C);
    }

    // Of each neuron what it does and its slope, or its gate, what it gates and what comes of it. Of experts that of each one that a row
    // is given to, what it reads and says, their sum, and the router's scores and weights.
    private static long WidthOfNeurons(BlockShape block, int C) => block.FeedForward switch
    {
        null => 0,
        { Experts: { } experts } given => experts.Active * (3L * given.Width + 2L * C + 5) + C + experts.Count,
        { } layer => (layer.Gated ? 3L : 2L) * layer.Width,
    };
}
