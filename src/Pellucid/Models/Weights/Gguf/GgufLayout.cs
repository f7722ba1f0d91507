namespace Pellucid.Models.Weights.Gguf;

/// <summary>A tensor that a model calls for, or may have.</summary>
internal readonly record struct GgufSlot(string Name, bool IsNeeded, params long[] Shape);

/// <summary>The tensors of a model by GGUF's names.</summary>
internal static class GgufLayout
{
    /// <summary>All that a model calls for or may have.</summary>
    public static IEnumerable<GgufSlot> Of(GgufModel model, GgufFamily family)
    {
        var (width, vocabulary) = (model.Width, model.VocabularySize);
        yield return new("token_embd.weight", true, vocabulary, width);
        if (family.HasPositions)
            yield return new("position_embd.weight", true, model.Context, width);
        else
            foreach (var table in (string[])["rope_freqs", "rope_factors_long", "rope_factors_short"])
                yield return new($"{table}.weight", false, model.RotaryWidth / 2);
        for (var layer = 0; layer < model.Layers; layer++)
            foreach (var (name, isNeeded, shape) in Block(model, family, layer))
                yield return new($"blk.{layer}.{name}", isNeeded, shape);
        yield return new("output_norm.weight", true, width);
        if (family.NormsHaveBiases)
            yield return new("output_norm.bias", true, width);
        yield return new("output.weight", false, vocabulary, width);
    }

    private static IEnumerable<GgufSlot> Block(GgufModel model, GgufFamily family, int layer)
    {
        foreach (var norm in family.Norms)
        {
            yield return new($"{norm}.weight", true, model.Width);
            if (family.NormsHaveBiases)
                yield return new($"{norm}.bias", true, model.Width);
        }
        foreach (var (name, isNeeded, shape) in Attention(model, family, layer).Concat(FeedForward(model, family)))
        {
            yield return new($"{name}.weight", isNeeded, shape);
            long[] bias = shape.Length == 3 ? [shape[0], shape[1]] : [shape[0]];
            if (family.Biases.Contains(name))
                yield return new($"{name}.bias", true, bias);
            else if (family.MayHaveBiases && shape.Length == 2)
                yield return new($"{name}.bias", false, bias);
        }
    }

    private static IEnumerable<GgufSlot> Attention(GgufModel model, GgufFamily family, int layer)
    {
        var (queries, keys) = ((long)model.Heads * model.HeadWidth, (long)model.KeyValueHeads[layer] * model.HeadWidth);
        if (family.Fuses)
            yield return new("attn_qkv", true, queries + 2 * keys, model.Width);
        else
        {
            yield return new("attn_q", true, queries, model.Width);
            yield return new("attn_k", true, keys, model.Width);
            yield return new("attn_v", true, keys, model.Width);
        }
        yield return new("attn_output", true, model.Width, queries);
        if (family.NormsHeads || family.NormsProjections)
        {
            yield return new("attn_q_norm", true, family.NormsHeads ? model.HeadWidth : queries);
            yield return new("attn_k_norm", true, family.NormsHeads ? model.HeadWidth : keys);
        }
        if (family.HasSinks)
            yield return new("attn_sinks", true, model.Heads);
    }

    private static IEnumerable<GgufSlot> FeedForward(GgufModel model, GgufFamily family)
    {
        var (width, inner, experts) = (model.Width, (long)model.FeedForwardWidth, model.Experts);
        if (experts > 0)
        {
            inner = model.ExpertWidth;
            yield return new("ffn_gate_inp", true, experts, width);
            yield return new("ffn_gate_exps", true, experts, inner, width);
            yield return new("ffn_up_exps", true, experts, inner, width);
            yield return new("ffn_down_exps", true, experts, width, inner);
            yield break;
        }
        if (family.IsGated && !family.Fuses)
            yield return new("ffn_gate", true, inner, width);
        yield return new("ffn_up", true, family.IsGated && family.Fuses ? 2 * inner : inner, width);
        yield return new("ffn_down", true, width, inner);
    }
}
