using System.Text.Json;

namespace Pellucid.Models.Families;

/// <summary>Mistral (Jiang et al. 2023): Llama whose rows may all see a window of keys.</summary>
internal sealed class MistralFamily() : RotaryFamily("mistral", "MistralForCausalLM",
    new(32000, 4096, 14336, 32, 32, 131072, KeyValueHeads: 8))
{
    private const int DefaultWindow = 4096;

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
}
