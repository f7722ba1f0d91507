namespace Pellucid.Models.Weights.Gguf;

/// <summary>Which tensors a block of an architecture has: what differs from the plain block of Llama.</summary>
/// <param name="Name">What <c>general.architecture</c> calls it.</param>
/// <param name="Norms">Norms of a block, by name.</param>
internal sealed record GgufFamily(string Name, params string[] Norms)
{
    private static readonly string[] Before = ["attn_norm", "ffn_norm"];
    private static readonly string[] After = ["post_attention_norm", "post_ffw_norm"];

    /// <summary>The architectures whose files can be checked.</summary>
    public static IReadOnlyList<GgufFamily> All { get; } =
    [
        new("gpt2", Before)
        {
            HasPositions = true, NormsHaveBiases = true, Fuses = true, IsGated = false,
            Biases = ["attn_qkv", "attn_output", "ffn_up", "ffn_down"],
        },
        new("llama", Before) { MayHaveBiases = true },
        new("mistral3", Before) { MayHaveBiases = true },
        new("granite", Before) { MayHaveBiases = true },
        new("smollm3", Before),
        new("qwen2", Before) { Biases = ["attn_q", "attn_k", "attn_v"] },
        new("qwen3", Before) { NormsHeads = true },
        new("qwen3moe", Before) { NormsHeads = true },
        new("gemma", Before),
        new("gemma2", [.. Before, .. After]),
        new("gemma3", [.. Before, .. After]) { NormsHeads = true },
        new("phi3", Before) { Fuses = true },
        new("olmo2", After) { NormsProjections = true },
        new("gpt-oss", "attn_norm", "post_attention_norm")
        {
            HasSinks = true,
            Biases = ["attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate_inp", "ffn_gate_exps", "ffn_up_exps", "ffn_down_exps"],
        },
    ];

    /// <summary>Names of the architectures whose files can be checked.</summary>
    public static string Known { get; } = string.Join(", ", All.Select(family => family.Name));

    /// <summary>Whether positions have a table.</summary>
    public bool HasPositions { get; init; }

    /// <summary>Whether norms subtract the mean and add a bias.</summary>
    public bool NormsHaveBiases { get; init; }

    /// <summary>Whether queries, keys and values are one weight, and gate and up, where there is a gate, another.</summary>
    public bool Fuses { get; init; }

    /// <summary>Whether the feed-forward layer multiplies with a gate.</summary>
    public bool IsGated { get; init; } = true;

    /// <summary>Whether queries and keys are normed head by head.</summary>
    public bool NormsHeads { get; init; }

    /// <summary>Whether queries and keys are normed before they are cut into heads.</summary>
    public bool NormsProjections { get; init; }

    /// <summary>Whether each head has a logit that attends to nothing.</summary>
    public bool HasSinks { get; init; }

    /// <summary>Weights that have a bias.</summary>
    public string[] Biases { get; init; } = [];

    /// <summary>Whether any other weight may have one.</summary>
    public bool MayHaveBiases { get; init; }

    /// <summary>The architecture of a name, or null.</summary>
    public static GgufFamily? Find(string name) => All.FirstOrDefault(family => family.Name == name);
}
