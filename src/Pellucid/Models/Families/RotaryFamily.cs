using System.Text.Json;
using Pellucid.Tensors;

namespace Pellucid.Models.Families;

/// <summary>
/// What the families that descend from Llama have in common (Touvron et al. 2023): rotary positions, normalisation by root mean
/// square, gated neurons, weights stored (out, in), and queries, keys and values in a tensor each.
/// </summary>
internal abstract partial class RotaryFamily(string name, string architecture, RotaryDefaults defaults) : ModelFamily(name, architecture)
{
    private protected override string Prefix => "model.";

    /// <summary>What the configuration means where it says nothing.</summary>
    protected RotaryDefaults Defaults => defaults;

    /// <summary>What the file calls the gain of what feeds forward.</summary>
    protected virtual string FeedForwardNorm => "post_attention_layernorm";

    /// <summary>Whether the family's files may say that weights are stored in blocks of few bits.</summary>
    protected virtual bool StoresBlocks => false;

    /// <summary>What is added to a stored gain.</summary>
    protected virtual float AddedToGains => 0;

    public override string StoredName(Parameter parameter) => parameter.Role switch
    {
        ParameterRole.TokenTable => "embed_tokens.weight",
        ParameterRole.FinalNormGain => "norm.weight",
        ParameterRole.OutputTable => Gpt2Names.OutputTable,
        _ => $"layers.{parameter.Layer}.{InBlock(parameter)}",
    };

    internal override IEnumerable<StoredPiece> Pieces(Parameter parameter, GptConfig config)
    {
        var (stored, attention) = (StoredName(parameter), config.Block(0).Attention);
        (string, int, int)[] parts =
            [("q_proj", 0, attention.QueryWidth), ("k_proj", attention.KeyColumn(0), attention.KeyValueWidth),
                ("v_proj", attention.ValueColumn(0), attention.KeyValueWidth)];
        return parameter.Role switch
        {
            ParameterRole.AttentionInput => parts.Select(part =>
                StoredPiece.TurnedRows(Part(stored, part.Item1), parameter, part.Item2, part.Item3)),
            ParameterRole.AttentionInputBias =>
                parts.Select(part => StoredPiece.Elements(Part(stored, part.Item1), part.Item2, part.Item3)),
            ParameterRole.AttentionOutput or ParameterRole.Router or ParameterRole.FeedForwardGate or ParameterRole.FeedForwardInput
                or ParameterRole.FeedForwardOutput =>
                [StoredPiece.TurnedRows(stored, parameter, 0, parameter.Shape.Columns)],
            _ => [StoredPiece.Whole(stored, parameter, parameter.Shape.Rank == 1 && parameter.Start == 1 ? AddedToGains : 0)],
        };
    }

    // Old checkpoints hold the frequencies, which the configuration tells too.
    internal override bool IsHarmless(string written) => written.EndsWith(".rotary_emb.inv_freq", StringComparison.Ordinal);

    internal override GptConfig Read(ConfigFields fields)
    {
        TransformersFields.Take(fields, StoresBlocks);
        RotaryFields.TakeHarmless(fields);
        var config = RotaryFields.ReadSizes(fields, defaults) with
        {
            Family = this,
            Nonlinearity = ReadNonlinearity(fields),
            TiedOutput = fields.Truth("tie_word_embeddings") ?? defaults.Tied,
        };
        config.Validate(); // before anything is made for every layer that it claims
        config = Describe(config, fields);
        return config with { Rotary = ReadRotary(config, fields) };
    }

    internal sealed override void Write(GptConfig config, Utf8JsonWriter json)
    {
        using var text = new MemoryStream();
        using (var own = new Utf8JsonWriter(text))
        {
            own.WriteStartObject();
            RotaryFields.WriteSizes(config, own);
            own.WriteBoolean("tie_word_embeddings", config.TiedOutput);
            WriteOwn(config, own);
            own.WriteEndObject();
        }
        RotaryFields.RequireSame(config, Read(ConfigFields.Parse(text.ToArray())), this);
        using var written = JsonDocument.Parse(text.ToArray());
        foreach (var field in written.RootElement.EnumerateObject())
            field.WriteTo(json);
    }

    /// <summary>What neurons do.</summary>
    protected virtual Nonlinearity ReadNonlinearity(ConfigFields fields) => ActivationNames.Read(fields, "hidden_act", Nonlinearity.Silu);

    /// <summary>What the family adds to sizes: windows, scales, biases, norms.</summary>
    protected abstract GptConfig Describe(GptConfig config, ConfigFields fields);

    /// <summary>How layers turn queries and keys: all alike.</summary>
    protected virtual PerLayer<RotaryShape?> ReadRotary(GptConfig config, ConfigFields fields) =>
        RotaryScalings.Read(fields, config, defaults.Theta);

    /// <summary>Writes what the two before and <see cref="ReadNonlinearity"/> read.</summary>
    protected virtual void WriteOwn(GptConfig config, Utf8JsonWriter json)
    {
        json.WriteString("hidden_act", ActivationNames.NameOf(config.Nonlinearity));
        RotaryScalings.Write(config.Rotary[0], config, json);
    }

    /// <summary>Biases of attention, where the family's files may speak of them: of queries, keys, values and output.</summary>
    protected static AttentionBiases ReadBiases(ConfigFields fields, bool otherwise = false) =>
        fields.Truth("attention_bias") ?? otherwise ? AttentionBiases.All : AttentionBiases.None;

    /// <summary>Writes them.</summary>
    protected static void WriteBiases(GptConfig config, Utf8JsonWriter json) =>
        json.WriteBoolean("attention_bias", config.AttentionBiases == AttentionBiases.All);

    /// <summary>What the file calls a parameter within its block.</summary>
    private protected virtual string InBlock(Parameter parameter) => parameter.Role switch
    {
        ParameterRole.AttentionNormGain => "input_layernorm.weight",
        ParameterRole.AttentionInput => "self_attn.qkv_proj.weight",
        ParameterRole.AttentionInputBias => "self_attn.qkv_proj.bias",
        ParameterRole.QueryNormGain => "self_attn.q_norm.weight",
        ParameterRole.KeyNormGain => "self_attn.k_norm.weight",
        ParameterRole.AttentionOutput => "self_attn.o_proj.weight",
        ParameterRole.AttentionOutputBias => "self_attn.o_proj.bias",
        ParameterRole.AttentionOutputNormGain => "post_attention_layernorm.weight",
        ParameterRole.FeedForwardNormGain => FeedForwardNorm + ".weight",
        ParameterRole.FeedForwardGate => "mlp.gate_proj.weight",
        ParameterRole.FeedForwardInput => "mlp.up_proj.weight",
        ParameterRole.FeedForwardOutput => "mlp.down_proj.weight",
        ParameterRole.FeedForwardOutputNormGain => "post_feedforward_layernorm.weight",
        _ => throw new NotSupportedException($"the family '{Name}' has no parameter for {parameter.Role}"),
    };

    private static string Part(string fused, string part) => fused.Replace("qkv_proj", part, StringComparison.Ordinal);
}
