namespace Pellucid.Models.Weights.Gguf;

/// <summary>Keys of an architecture whose values must be of a type and within bounds wherever they are there.</summary>
internal static class GgufNumbers
{
    private static readonly string[] Positive =
    [
        "attn_logit_softcapping", "final_logit_softcapping", "logit_scale", "residual_scale", "embedding_scale", "attention.scale",
        "rope.scaling.factor", "rope.scaling.attn_factor",
    ];

    private static readonly string[] Scalings = ["none", "linear", "yarn", "longrope"];

    public static void Check(GgufMetadata keys, string architecture, GgufFamily family, int experts)
    {
        GgufValue? Find(string name) => keys.Find($"{architecture}.{name}");
        var epsilon = family.NormsHaveBiases ? "layer_norm_epsilon" : "layer_norm_rms_epsilon";
        RequireAbove(keys.Require($"{architecture}.attention.{epsilon}"), 0);
        foreach (var name in (string[])["rope.freq_base", "rope.freq_base_swa"])
            if (Find(name) is { } theta)
                RequireAbove(theta, 1);
        foreach (var name in Positive)
            if (Find(name) is { } number)
                RequireAbove(number, 0);
        Find("attention.sliding_window")?.Integer(0, int.MaxValue);
        Find("rope.scaling.original_context_length")?.Integer(1, int.MaxValue);
        if (experts > 0)
            keys.Require($"{architecture}.expert_used_count").Integer(1, experts);
        if (Find("rope.scaling.type") is { } scaling && !Scalings.Contains(scaling.Text()))
            throw scaling.Refusal($"is '{Files.Excerpt.Of(scaling.Text())}'; known are {string.Join(", ", Scalings)}");
    }

    private static void RequireAbove(GgufValue value, double bound)
    {
        if (value.Number() is var number && !(number > bound && double.IsFinite(number)))
            throw value.Refusal($"is {number}, but must be finite and above {bound}");
    }
}
