using System.Text.Json;

namespace Pellucid.Models.Families;

/// <summary>OLMo 2 (Walsh et al. 2024):
/// what layers say is normalised, not what they read, and queries and keys of all heads together.</summary>
internal class Olmo2Family(string name, string architecture, RotaryDefaults defaults) : RotaryFamily(name, architecture, defaults)
{
    public Olmo2Family()
        : this("olmo2", "Olmo2ForCausalLM", new(50304, 4096, 11008, 32, 32, 2048, Epsilon: 1e-5))
    {
    }

    internal override string GgufArchitecture => "olmo2";

    internal override bool IsOf(GgufFields fields) => !fields.Has(GgufWindows.Width);

    protected override GptConfig Describe(GptConfig config, GgufFields fields) => config with
    {
        Norm = config.Norm with { Place = NormPlace.Output },
        HeadNorm = HeadNorm.AllHeads,
    };

    protected override GptConfig Describe(GptConfig config, ConfigFields fields) => config with
    {
        Norm = config.Norm with { Place = NormPlace.Output },
        HeadNorm = HeadNorm.AllHeads,
        AttentionBiases = ReadBiases(fields),
    };

    protected override void WriteOwn(GptConfig config, Utf8JsonWriter json)
    {
        base.WriteOwn(config, json);
        WriteBiases(config, json);
    }
}

/// <summary>OLMo 3 (Olmo et al. 2025): three of four layers slide, and these turn without scaling.</summary>
internal sealed class Olmo3Family()
    : Olmo2Family("olmo3", "Olmo3ForCausalLM", new(50304, 4096, 11008, 32, 32, 2048, Epsilon: 1e-5, Theta: 500_000))
{
    private const int DefaultWindow = 4096, Period = 4;

    internal override bool IsOf(GgufFields fields) => fields.Has(GgufWindows.Width);

    protected override GptConfig Describe(GptConfig config, GgufFields fields) =>
        base.Describe(config, fields) with { Windows = GgufWindows.Read(fields, config, Period) };

    protected override PerLayer<RotaryShape?> ReadRotary(GptConfig config, GgufFields fields) =>
        GgufRotary.ReadBoth(fields, config, slidingTheta: null);

    protected override void WriteOwn(GptConfig config, GgufKeys keys)
    {
        GgufRotary.WriteBoth(config, keys);
        GgufWindows.Write(config, Period, keys);
    }

    protected override GptConfig Describe(GptConfig config, ConfigFields fields) => base.Describe(config, fields) with
    {
        Windows = RotaryFields.ReadWindows(fields, config, RotaryFields.ReadWindow(fields, DefaultWindow),
            layer => (layer + 1) % Period != 0),
    };

    protected override PerLayer<RotaryShape?> ReadRotary(GptConfig config, ConfigFields fields)
    {
        var (full, sliding) = RotaryScalings.ReadBoth(fields, config, Defaults.Theta, fields.Positive("rope_theta") ?? Defaults.Theta);
        return PerLayer<RotaryShape?>.Of(config.Layers, layer => config.Windows[layer] > 0 ? sliding : full);
    }

    protected override void WriteOwn(GptConfig config, Utf8JsonWriter json)
    {
        json.WriteString("hidden_act", ActivationNames.NameOf(config.Nonlinearity));
        RotaryScalings.Write(RotaryFields.OfFullLayer(config), config, json);
        RotaryFields.WriteWindows(config, json);
        WriteBiases(config, json);
    }
}
