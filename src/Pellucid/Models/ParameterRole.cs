namespace Pellucid.Models;

/// <summary>What a parameter is to the model, whatever a file calls it.
/// C width, H heads of D columns, K key-value heads, F neurons.</summary>
public enum ParameterRole
{
    /// <summary>The vectors of tokens, (V, C).</summary>
    TokenTable,

    /// <summary>The vectors of positions, (T, C).</summary>
    PositionTable,

    /// <summary>Gain (C) of the normalisation that belongs to attention.</summary>
    AttentionNormGain,

    /// <summary>Bias (C) of it.</summary>
    AttentionNormBias,

    /// <summary>W_Q, W_K, W_V beside each other, (C, (H + 2K) · D): all queries, then keys, then values.</summary>
    AttentionInput,

    /// <summary>Their biases, ((H + 2K) · D).</summary>
    AttentionInputBias,

    /// <summary>W_O, (H · D, C): head under head.</summary>
    AttentionOutput,

    /// <summary>Its bias, (C).</summary>
    AttentionOutputBias,

    /// <summary>Gain (C) of the normalisation that belongs to the feed-forward layer.</summary>
    FeedForwardNormGain,

    /// <summary>Bias (C) of it.</summary>
    FeedForwardNormBias,

    /// <summary>Gain (D, or H · D) of the normalisation of queries.</summary>
    QueryNormGain,

    /// <summary>Gain (D, or K · D) of the normalisation of keys.</summary>
    KeyNormGain,

    /// <summary>A score (H) that every row of a head has beside those of its keys.</summary>
    AttentionSinks,

    /// <summary>Gain (C) of the normalisation of what attention says.</summary>
    AttentionOutputNormGain,

    /// <summary>Gain (C) of the normalisation of what the feed-forward layer says.</summary>
    FeedForwardOutputNormGain,

    /// <summary>What scores experts, (C, E). What follows here is then of each expert.</summary>
    Router,

    /// <summary>Its bias, (E).</summary>
    RouterBias,

    /// <summary>What the gates of neurons read, (C, F).</summary>
    FeedForwardGate,

    /// <summary>Their biases, (F), where experts have some.</summary>
    FeedForwardGateBias,

    /// <summary>What neurons read, (C, F).</summary>
    FeedForwardInput,

    /// <summary>Their biases, (F).</summary>
    FeedForwardInputBias,

    /// <summary>What neurons write, (F, C): a row a neuron.</summary>
    FeedForwardOutput,

    /// <summary>Its bias, (C).</summary>
    FeedForwardOutputBias,

    /// <summary>Gain (C) of the normalisation before the output table.</summary>
    FinalNormGain,

    /// <summary>Bias (C) of it.</summary>
    FinalNormBias,

    /// <summary>The output table (V, C) of a model that has one of its own beside the token table.</summary>
    OutputTable,
}
