using System.Text.Json;

namespace Pellucid.Models.Families;

/// <summary>Mixtral (Jiang et al. 2024): Mistral whose feed-forward layers are experts.</summary>
internal sealed class MixtralFamily() : RotaryFamily("mixtral", "MixtralForCausalLM",
    new(32000, 4096, 14336, 32, 32, 131072, KeyValueHeads: 8, Epsilon: 1e-5, Theta: 1_000_000))
{
    private const string Experts = "num_local_experts";

    internal override string GgufArchitecture => "llama";

    protected override bool PairsLieSideBySide => true;

    protected override bool HasExperts => true;

    internal override bool IsOf(GgufFields fields) => GgufExperts.Are(fields);

    protected override GptConfig Describe(GptConfig config, GgufFields fields) =>
        GgufExperts.Read(config, fields) with { Windows = GgufWindows.ReadWidth(fields) };

    protected override void WriteOwn(GptConfig config, GgufKeys keys)
    {
        base.WriteOwn(config, keys);
        GgufExperts.Write(config, keys, apart: false);
        if (config.Windows[0] > 0)
            keys.Add(GgufWindows.Width, config.Windows[0]);
    }

    protected override GptConfig Describe(GptConfig config, ConfigFields fields)
    {
        fields.MustBeOff("attention_bias");
        return config with
        {
            Windows = RotaryFields.ReadWindows(fields, config, RotaryFields.ReadWindow(fields), slides: _ => true),
            Experts = ExpertFields.Read(fields, Experts, new(Count: 8, Active: 2)),
        };
    }

    protected override void WriteOwn(GptConfig config, Utf8JsonWriter json)
    {
        base.WriteOwn(config, json);
        RotaryFields.WriteWindow(config, json);
        ExpertFields.Write(config, json, Experts, this);
    }

    private protected override string InBlock(Parameter parameter) => parameter switch
    {
        { Role: ParameterRole.Router } => "block_sparse_moe.gate.weight",
        { Role: ParameterRole.FeedForwardGate, Expert: >= 0 and var expert } => $"block_sparse_moe.experts.{expert}.w1.weight",
        { Role: ParameterRole.FeedForwardInput, Expert: >= 0 and var expert } => $"block_sparse_moe.experts.{expert}.w3.weight",
        { Role: ParameterRole.FeedForwardOutput, Expert: >= 0 and var expert } => $"block_sparse_moe.experts.{expert}.w2.weight",
        _ => base.InBlock(parameter),
    };
}
