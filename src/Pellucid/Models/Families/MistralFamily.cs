using System.Text.Json;

namespace Pellucid.Models.Families;

/// <summary>Mistral (Jiang et al. 2023): Llama whose rows may all see a window of keys.</summary>
internal sealed class MistralFamily() : RotaryFamily("mistral", "MistralForCausalLM",
    new(32000, 4096, 14336, 32, 32, 131072, KeyValueHeads: 8))
{
    private const int DefaultWindow = 4096;

    internal override string GgufArchitecture => "llama";

    protected override bool PairsLieSideBySide => true;

    // Without windows it is Llama.
    internal override bool IsOf(GgufFields fields) => fields.Has(GgufWindows.Width) && !GgufExperts.Are(fields);

    protected override GptConfig Describe(GptConfig config, GgufFields fields) => config with
    {
        Windows = GgufWindows.ReadWidth(fields),
    };

    protected override GptConfig Describe(GptConfig config, ConfigFields fields)
    {
        fields.MustBeOff("attention_bias");
        return config with { Windows = RotaryFields.ReadWindows(fields, config,
            RotaryFields.ReadWindow(fields, DefaultWindow), slides: _ => true) };
    }

    protected override void WriteOwn(GptConfig config, Utf8JsonWriter json)
    {
        base.WriteOwn(config, json);
        RotaryFields.WriteWindow(config, json);
    }

    protected override void WriteOwn(GptConfig config, GgufKeys keys)
    {
        base.WriteOwn(config, keys);
        keys.Add(GgufWindows.Width, config.Windows[0]);
    }
}
