namespace Pellucid.Models.Families;

/// <summary>What GPT-2's files call parameters. GPT-1's differ in the two tables.</summary>
internal static class Gpt2Names
{
    /// <summary>The output table, where it is not the token table.</summary>
    public const string OutputTable = "lm_head.weight";

    public static string Of(Parameter parameter) => parameter.Role switch
    {
        ParameterRole.TokenTable => "wte.weight",
        ParameterRole.PositionTable => "wpe.weight",
        ParameterRole.FinalNormGain => "ln_f.weight",
        ParameterRole.FinalNormBias => "ln_f.bias",
        ParameterRole.OutputTable => OutputTable,
        _ => $"h.{parameter.Layer}.{InBlock(parameter.Role)}",
    };

    /// <summary>Causal masks, which old checkpoints hold.</summary>
    public static bool IsMask(string name) =>
        name.EndsWith(".attn.bias", StringComparison.Ordinal) || name.EndsWith(".attn.masked_bias", StringComparison.Ordinal);

    private static string InBlock(ParameterRole role) => role switch
    {
        ParameterRole.AttentionNormGain => "ln_1.weight",
        ParameterRole.AttentionNormBias => "ln_1.bias",
        ParameterRole.AttentionInput => "attn.c_attn.weight",
        ParameterRole.AttentionInputBias => "attn.c_attn.bias",
        ParameterRole.AttentionOutput => "attn.c_proj.weight",
        ParameterRole.AttentionOutputBias => "attn.c_proj.bias",
        ParameterRole.FeedForwardNormGain => "ln_2.weight",
        ParameterRole.FeedForwardNormBias => "ln_2.bias",
        ParameterRole.FeedForwardInput => "mlp.c_fc.weight",
        ParameterRole.FeedForwardInputBias => "mlp.c_fc.bias",
        ParameterRole.FeedForwardOutput => "mlp.c_proj.weight",
        ParameterRole.FeedForwardOutputBias => "mlp.c_proj.bias",
        _ => throw new NotSupportedException($"GPT-2 has no parameter for {role}"),
    };
}
