using Pellucid.Models.Adapters;
using Pellucid.Tensors;

namespace Pellucid.Generation;

/// <summary>How much a scheduler takes on at once.</summary>
public sealed record SchedulerOptions
{
    /// <summary>Texts that are written at once; each takes memory for the keys and values of its tokens as they come.</summary>
    public int MostRunning { get; init; } = 64;

    /// <summary>Texts that may wait for their turn.</summary>
    public int MostWaiting { get; init; } = 256;

    /// <summary>Tokens of prompts read in one step, beside one token of every text that is being written.</summary>
    public int PromptTokensAStep { get; init; } = 128;

    /// <summary>Tokens of a text that are drafted at most, where its end stood in it before: read in one step with the token before them,
    /// those that are then chosen save a step each. Texts stay to the bit what they are. With 0 nothing is drafted.</summary>
    public int DraftTokens { get; init; }

    /// <summary>How keys and values are stored: in single precision, bf16 or q8_0. With fewer bits logits change a little.</summary>
    public ElementType KeyValueType { get; init; } = ElementType.Float32;

    /// <summary>Tokens that a text may have, fewer than the model's context; as many as that if not given. It bounds the memory of a
    /// text, and is the length by which models with LongRoPE choose how they turn.</summary>
    public int? Context { get; init; }

    /// <summary>
    /// Bytes of keys and values that are kept, beside those in use, for texts that begin as others did; the least recently used go first.
    /// With 0 only texts that are read or written at one time share.
    /// </summary>
    public long PrefixBytes { get; init; } = 512L << 20;

    /// <summary>What was learned beside the model, and all texts are written with.</summary>
    internal Adapter? Adapter { get; init; }

    /// <summary>What logits are divided by, as they are where a model learns from its own texts; samplers may divide once more.</summary>
    internal float Temperature { get; init; } = 1;
}
