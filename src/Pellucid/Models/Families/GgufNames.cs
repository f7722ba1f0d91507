namespace Pellucid.Models.Families;

/// <summary>What GGUF files call parameters, whatever the family; where one calls them otherwise, its own file says so.</summary>
internal static class GgufNames
{
    /// <summary>The table of tokens, whose rows are the vocabulary.</summary>
    public const string TokenTable = "token_embd.weight";

    /// <summary>The output table, where it is not the token table.</summary>
    public const string OutputTable = "output.weight";

    /// <summary>Factors that rotary frequencies are divided by: always, in long runs, in short ones.</summary>
    public const string RotaryFactors = "rope_freqs.weight", LongFactors = "rope_factors_long.weight",
        ShortFactors = "rope_factors_short.weight";

    /// <summary>The name of a parameter.</summary>
    /// <exception cref="NotSupportedException">No GGUF file has such a parameter.</exception>
    public static string Of(Parameter parameter) => parameter.Role switch
    {
        ParameterRole.TokenTable => TokenTable,
        ParameterRole.PositionTable => "position_embd.weight",
        ParameterRole.FinalNormGain => "output_norm.weight",
        ParameterRole.FinalNormBias => "output_norm.bias",
        ParameterRole.OutputTable => OutputTable,
        _ => InBlock(parameter.Layer, InBlock(parameter.Role)),
    };

    /// <summary>The name of a block's tensor.</summary>
    public static string InBlock(int layer, string name) => $"blk.{layer}.{name}";

    private static string InBlock(ParameterRole role) => role switch
    {
        ParameterRole.AttentionNormGain => "attn_norm.weight",
        ParameterRole.AttentionNormBias => "attn_norm.bias",
        ParameterRole.AttentionInput => "attn_qkv.weight",
        ParameterRole.AttentionInputBias => "attn_qkv.bias",
        ParameterRole.QueryNormGain => "attn_q_norm.weight",
        ParameterRole.KeyNormGain => "attn_k_norm.weight",
        ParameterRole.AttentionSinks => "attn_sinks.weight",
        ParameterRole.AttentionOutput => "attn_output.weight",
        ParameterRole.AttentionOutputBias => "attn_output.bias",
        ParameterRole.AttentionOutputNormGain => "post_attention_norm.weight",
        ParameterRole.FeedForwardNormGain => "ffn_norm.weight",
        ParameterRole.FeedForwardNormBias => "ffn_norm.bias",
        ParameterRole.Router => "ffn_gate_inp.weight",
        ParameterRole.RouterBias => "ffn_gate_inp.bias",
        ParameterRole.FeedForwardGate => "ffn_gate.weight",
        ParameterRole.FeedForwardGateBias => "ffn_gate.bias",
        ParameterRole.FeedForwardInput => "ffn_up.weight",
        ParameterRole.FeedForwardInputBias => "ffn_up.bias",
        ParameterRole.FeedForwardOutput => "ffn_down.weight",
        ParameterRole.FeedForwardOutputBias => "ffn_down.bias",
        ParameterRole.FeedForwardOutputNormGain => "post_ffw_norm.weight",
        _ => throw new NotSupportedException($"GGUF files have no name for {role}"),
    };
}
