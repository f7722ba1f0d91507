using System.Text.Json;
using Pellucid.Tensors;

namespace Pellucid.Models.Families;

/// <summary>
/// Phi-3, 3.5 and 4 (Abdin et al. 2024): Llama whose files hold queries, keys and values in one tensor, and gates and neurons in
/// another; heads may be turned in part, by factors of LongRoPE.
/// </summary>
internal sealed class Phi3Family() : RotaryFamily("phi3", "Phi3ForCausalLM", new(32064, 3072, 8192, 32, 32, 4096, Epsilon: 1e-5))
{
    internal override IEnumerable<StoredPiece> Pieces(Parameter parameter, GptConfig config)
    {
        var (name, neurons) = ($"layers.{parameter.Layer}.mlp.gate_up_proj.weight", config.FeedForwardWidth);
        return parameter.Role switch
        {
            ParameterRole.AttentionInput => [StoredPiece.TurnedRows(StoredName(parameter), parameter, 0, parameter.Shape.Columns)],
            ParameterRole.FeedForwardGate => [StoredPiece.TurnedRows(name, parameter, 0, neurons, firstRow: 0, rows: 2 * neurons)],
            ParameterRole.FeedForwardInput => [StoredPiece.TurnedRows(name, parameter, 0, neurons, firstRow: neurons, rows: 2 * neurons)],
            _ => base.Pieces(parameter, config),
        };
    }

    internal override string GgufArchitecture => "phi3";

    internal override IEnumerable<StoredPiece> GgufPieces(Parameter parameter, GptConfig config)
    {
        var (name, neurons) = (GgufNames.InBlock(parameter.Layer, "ffn_up.weight"), config.FeedForwardWidth);
        return parameter.Role switch
        {
            ParameterRole.AttentionInput => [StoredPiece.TurnedWhole(GgufNames.Of(parameter), parameter)],
            ParameterRole.FeedForwardGate => [StoredPiece.TurnedRows(name, parameter, 0, neurons, firstRow: 0, rows: 2 * neurons)],
            ParameterRole.FeedForwardInput => [StoredPiece.TurnedRows(name, parameter, 0, neurons, firstRow: neurons, rows: 2 * neurons)],
            _ => base.GgufPieces(parameter, config),
        };
    }

    protected override GptConfig Describe(GptConfig config, GgufFields fields) =>
        config with { Windows = GgufWindows.ReadWidth(fields) };

    protected override void WriteOwn(GptConfig config, GgufKeys keys)
    {
        base.WriteOwn(config, keys);
        keys.Add(GgufWindows.Width, config.Windows[0]);
    }

    protected override GptConfig Describe(GptConfig config, ConfigFields fields)
    {
        fields.MustBeOff("attention_bias");
        fields.MustBe("interpolate_factor", 1);
        fields.MustBe("full_attn_mod", 1);
        fields.Harmless("original_max_position_embeddings"); // there without a scaling too, which takes it
        return config with { Windows = RotaryFields.ReadWindows(fields, config, RotaryFields.ReadWindow(fields), slides: _ => true) };
    }

    protected override void WriteOwn(GptConfig config, Utf8JsonWriter json)
    {
        base.WriteOwn(config, json);
        RotaryFields.WriteWindow(config, json);
    }
}
