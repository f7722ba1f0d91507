using System.Text.Json;

namespace Pellucid.Models.Families;

/// <summary>Qwen 3 as a mixture of experts (Yang et al. 2025): every layer's neurons are experts.</summary>
internal sealed class Qwen3MoeFamily() : RotaryFamily("qwen3_moe", "Qwen3MoeForCausalLM",
    new(151936, 2048, 6144, 24, 32, 32768, KeyValueHeads: 4))
{
    private const string Experts = "num_experts", Neurons = "moe_intermediate_size", AmongChosen = "norm_topk_prob";
    private const string Switch = "use_sliding_window";
    private const int DefaultNeurons = 768, DefaultWindow = 4096;

    internal override string GgufArchitecture => "qwen3moe";

    protected override bool HasExperts => true;

    protected override GptConfig Describe(GptConfig config, GgufFields fields) =>
        GgufExperts.Read(config, fields) with { HeadNorm = HeadNorm.EachHead };

    protected override void WriteOwn(GptConfig config, GgufKeys keys)
    {
        base.WriteOwn(config, keys);
        GgufExperts.Write(config, keys);
    }

    protected override GptConfig Describe(GptConfig config, ConfigFields fields)
    {
        // Layers that are none of experts: no published model has one.
        fields.MustBe("decoder_sparse_step", 1);
        fields.MustBeOff("mlp_only_layers");
        fields.Harmless("max_window_layers"); // Qwen 2's, which is in published files and means nothing here
        var window = RotaryFields.ReadWindow(fields, DefaultWindow);
        var experts = ExpertFields.Read(fields, Experts, new(Count: 128, Active: 8));
        return config with
        {
            FeedForwardWidth = fields.Integer(Neurons) ?? DefaultNeurons,
            Experts = experts with { WeighedAmongChosen = fields.Truth(AmongChosen) ?? false },
            HeadNorm = HeadNorm.EachHead,
            AttentionBiases = ReadBiases(fields),
            Windows = RotaryFields.ReadWindows(fields, config, fields.Truth(Switch) == true ? window : null, slides: _ => true),
        };
    }

    protected override void WriteOwn(GptConfig config, Utf8JsonWriter json)
    {
        base.WriteOwn(config, json);
        WriteBiases(config, json);
        json.WriteBoolean(Switch, !config.Windows.Equals(0));
        RotaryFields.WriteWindow(config, json);
        ExpertFields.Write(config, json, Experts, this);
        json.WriteNumber(Neurons, config.FeedForwardWidth);
        json.WriteBoolean(AmongChosen, config.Experts!.WeighedAmongChosen);
        json.WriteNumber("decoder_sparse_step", 1);
        json.WriteStartArray("mlp_only_layers");
        json.WriteEndArray();
    }

    private protected override string InBlock(Parameter parameter) => parameter switch
    {
        { Role: ParameterRole.Router } => "mlp.gate.weight",
        { Expert: >= 0 and var expert } => base.InBlock(parameter).Replace("mlp.", $"mlp.experts.{expert}.", StringComparison.Ordinal),
        _ => base.InBlock(parameter),
    };
}
