using System.Text.Json;

namespace Pellucid.Models.Families;

/// <summary>Llama 2 and 3 (Touvron et al. 2023, Dubey et al. 2024), and what differs from them in sizes alone:
/// SmolLM2, TinyLlama.</summary>
internal sealed class LlamaFamily() : RotaryFamily("llama", "LlamaForCausalLM", new(32000, 4096, 11008, 32, 32, 2048))
{
    internal override string GgufArchitecture => "llama";

    protected override bool PairsLieSideBySide => true;

    internal override bool IsOf(GgufFields fields) => !fields.Has(GgufWindows.Width) && !GgufExperts.Are(fields);

    protected override GptConfig Describe(GptConfig config, ConfigFields fields) => config with { AttentionBiases = ReadBiases(fields) };

    protected override void WriteOwn(GptConfig config, Utf8JsonWriter json)
    {
        base.WriteOwn(config, json);
        WriteBiases(config, json);
    }
}
