using System.Text.Json;

namespace Pellucid.Models.Families;

/// <summary>What Qwen 2 and 3 say alike: windows that a switch of their own turns on, for the layers from one on.</summary>
internal abstract class QwenFamily(string name, string architecture, RotaryDefaults defaults) : RotaryFamily(name, architecture, defaults)
{
    private const string Switch = "use_sliding_window", FirstSliding = "max_window_layers";
    private const int DefaultWindow = 4096, DefaultFirst = 28;

    protected override GptConfig Describe(GptConfig config, ConfigFields fields)
    {
        var (window, first) = (RotaryFields.ReadWindow(fields, DefaultWindow), fields.Integer(FirstSliding) ?? DefaultFirst);
        window = fields.Truth(Switch) == true ? window : null;
        return config with { Windows = RotaryFields.ReadWindows(fields, config, window, layer => layer >= first) };
    }

    protected override void WriteOwn(GptConfig config, Utf8JsonWriter json)
    {
        base.WriteOwn(config, json);
        json.WriteBoolean(Switch, !config.Windows.Equals(0));
        RotaryFields.WriteWindows(config, json);
    }
}

/// <summary>Qwen 2 and 2.5 (Yang et al. 2024): queries, keys and values have biases, whatever the file says.</summary>
internal sealed class Qwen2Family() : QwenFamily("qwen2", "Qwen2ForCausalLM", new(151936, 4096, 22016, 32, 32, 32768, KeyValueHeads: 32))
{
    internal override string GgufArchitecture => "qwen2";

    protected override AttentionBiases Biases(GgufFields fields) => AttentionBiases.Input;

    protected override GptConfig Describe(GptConfig config, ConfigFields fields) =>
        base.Describe(config, fields) with { AttentionBiases = AttentionBiases.Input };
}

/// <summary>Qwen 3 (Yang et al. 2025): the queries and keys of each head are normalised.</summary>
internal sealed class Qwen3Family()
    : QwenFamily("qwen3", "Qwen3ForCausalLM", new(151936, 4096, 22016, 32, 32, 32768, KeyValueHeads: 32, HeadWidth: 128))
{
    internal override string GgufArchitecture => "qwen3";

    protected override GptConfig Describe(GptConfig config, GgufFields fields) => config with { HeadNorm = HeadNorm.EachHead };

    protected override GptConfig Describe(GptConfig config, ConfigFields fields) =>
        base.Describe(config, fields) with { HeadNorm = HeadNorm.EachHead, AttentionBiases = ReadBiases(fields) };

    protected override void WriteOwn(GptConfig config, Utf8JsonWriter json)
    {
        base.WriteOwn(config, json);
        WriteBiases(config, json);
    }
}
