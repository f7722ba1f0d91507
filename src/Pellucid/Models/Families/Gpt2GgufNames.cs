using Pellucid.Tensors;

namespace Pellucid.Models.Families;

/// <summary>What GGUF files of architecture <c>gpt2</c> call parameters. Weights lie there as (out, in), the reverse of ours.</summary>
internal static class Gpt2GgufNames
{
    /// <summary>The name of a parameter.</summary>
    /// <exception cref="NotSupportedException">GPT-2 has no such parameter.</exception>
    public static string Of(Parameter parameter) => parameter.Role switch
    {
        ParameterRole.TokenTable => "token_embd.weight",
        ParameterRole.PositionTable => "position_embd.weight",
        ParameterRole.FinalNormGain => "output_norm.weight",
        ParameterRole.FinalNormBias => "output_norm.bias",
        ParameterRole.OutputTable => "output.weight",
        _ => $"blk.{parameter.Layer}.{InBlock(parameter.Role)}",
    };

    /// <summary>Sizes of a parameter in the file, the length of a row last.</summary>
    public static long[] ShapeOf(Parameter parameter)
    {
        long[] shape = [.. Enumerable.Range(0, parameter.Shape.Rank).Select(axis => (long)parameter.Shape[axis])];
        return parameter.Form == WeightForm.InOut ? [.. shape.Reverse()] : shape;
    }

    private static string InBlock(ParameterRole role) => role switch
    {
        ParameterRole.AttentionNormGain => "attn_norm.weight",
        ParameterRole.AttentionNormBias => "attn_norm.bias",
        ParameterRole.AttentionInput => "attn_qkv.weight",
        ParameterRole.AttentionInputBias => "attn_qkv.bias",
        ParameterRole.AttentionOutput => "attn_output.weight",
        ParameterRole.AttentionOutputBias => "attn_output.bias",
        ParameterRole.FeedForwardNormGain => "ffn_norm.weight",
        ParameterRole.FeedForwardNormBias => "ffn_norm.bias",
        ParameterRole.FeedForwardInput => "ffn_up.weight",
        ParameterRole.FeedForwardInputBias => "ffn_up.bias",
        ParameterRole.FeedForwardOutput => "ffn_down.weight",
        ParameterRole.FeedForwardOutputBias => "ffn_down.bias",
        _ => throw new NotSupportedException($"GPT-2 has no parameter for {role}"),
    };
}
