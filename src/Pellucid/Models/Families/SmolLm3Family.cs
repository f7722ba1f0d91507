using System.Text.Json;

namespace Pellucid.Models.Families;

/// <summary>SmolLM3 (Bakouch et al. 2025): Llama in which every fourth layer turns nothing (Yang et al. 2025, "NoPE").</summary>
internal sealed class SmolLm3Family()
    : RotaryFamily("smollm3", "SmolLM3ForCausalLM", new(128256, 2048, 11008, 36, 16, 32768, KeyValueHeads: 4, Tied: true, Theta: 2_000_000))
{
    private const string Turning = "no_rope_layers", Interval = "no_rope_layer_interval", Switch = "use_sliding_window";
    private const int DefaultInterval = 4;

    internal override string GgufArchitecture => "smollm3";

    protected override bool PairsLieSideBySide => true;

    // The files do not say which layers turn: it is always the same ones.
    protected override PerLayer<RotaryShape?> ReadRotary(GptConfig config, GgufFields fields)
    {
        var rotary = GgufRotary.Read(fields, config);
        return PerLayer<RotaryShape?>.Of(config.Layers, layer => (layer + 1) % DefaultInterval != 0 ? rotary : null);
    }

    protected override GptConfig Describe(GptConfig config, ConfigFields fields)
    {
        fields.Harmless("max_window_layers"); // Qwen's, which is in published files and means nothing here
        var (window, turns) = (RotaryFields.ReadWindow(fields), ReadTurning(config, fields));
        window = fields.Truth(Switch) == true ? window : null;
        return config with
        {
            AttentionBiases = ReadBiases(fields),
            Windows = RotaryFields.ReadWindows(fields, config, window, layer => !turns[layer]),
        };
    }

    protected override PerLayer<RotaryShape?> ReadRotary(GptConfig config, ConfigFields fields)
    {
        var (rotary, turns) = (RotaryScalings.Read(fields, config, Defaults.Theta), ReadTurning(config, fields));
        return PerLayer<RotaryShape?>.Of(config.Layers, layer => turns[layer] ? rotary : null);
    }

    protected override void WriteOwn(GptConfig config, Utf8JsonWriter json)
    {
        json.WriteString("hidden_act", ActivationNames.NameOf(config.Nonlinearity));
        var layers = Enumerable.Range(0, config.Layers);
        RotaryScalings.Write(layers.Select(layer => config.Rotary[layer]).FirstOrDefault(rotary => rotary is not null), config, json);
        json.WriteStartArray(Turning);
        foreach (var layer in layers)
            json.WriteNumberValue(config.Rotary[layer] is null ? 0 : 1);
        json.WriteEndArray();
        json.WriteBoolean(Switch, !config.Windows.Equals(0));
        RotaryFields.WriteWindows(config, json);
        WriteBiases(config, json);
    }

    // 1 for a layer that turns, in spite of the name.
    private static PerLayer<bool> ReadTurning(GptConfig config, ConfigFields fields)
    {
        var interval = fields.Integer(Interval) ?? DefaultInterval;
        if (interval < 1)
            throw fields.Refusal(Interval, "a number of layers");
        var listed = fields.List<bool>(Turning, (ref Utf8JsonReader item) => item.TokenType == JsonTokenType.Number
            && item.TryGetDouble(out var turns) && turns is 0 or 1 ? turns == 1 : null, "a list of 0 and 1");
        if (listed is not null && listed.Length < config.Layers)
            throw fields.Refusal(Turning, $"a number for each of {config.Layers} layers");
        return PerLayer<bool>.Of(config.Layers, layer => listed is null ? (layer + 1) % interval != 0 : listed[layer]);
    }
}
