using System.Text.Json;
using Pellucid.Tensors;

namespace Pellucid.Models.Families;

/// <summary>Gemma (Gemma Team 2024): embeddings are multiplied by √C, and gains are stored less 1.</summary>
internal class GemmaFamily(string name, string architecture, RotaryDefaults defaults) : RotaryFamily(name, architecture, defaults)
{
    private const string Activation = "hidden_activation", OldActivation = "hidden_act";

    public GemmaFamily()
        : this("gemma", "GemmaForCausalLM", new(256000, 3072, 24576, 28, 16, 8192, KeyValueHeads: 16, HeadWidth: 256, Tied: true))
    {
    }

    internal override string GgufArchitecture => "gemma";

    protected override float AddedToGains => 1; // in GGUF they are whole

    protected override Nonlinearity GgufNonlinearity => Nonlinearity.GeluTanh;

    protected override GptConfig Describe(GptConfig config, GgufFields fields) =>
        config with { EmbeddingScale = (float)Math.Sqrt(config.Width) };

    // The first files say "gelu" in the old field and mean its approximation.
    protected override Nonlinearity ReadNonlinearity(ConfigFields fields)
    {
        var old = fields.Text(OldActivation) is null or "gelu" ? Nonlinearity.GeluTanh : ActivationNames.Read(fields, OldActivation);
        return ActivationNames.Read(fields, Activation, old);
    }

    protected override GptConfig Describe(GptConfig config, ConfigFields fields) => config with
    {
        AttentionBiases = ReadBiases(fields),
        EmbeddingScale = (float)Math.Sqrt(config.Width),
    };

    protected override void WriteOwn(GptConfig config, Utf8JsonWriter json)
    {
        var activation = ActivationNames.NameOf(config.Nonlinearity) is var name && name == "gelu_new" ? "gelu_pytorch_tanh" : name;
        json.WriteString(OldActivation, activation);
        json.WriteString(Activation, activation);
        RotaryScalings.Write(RotaryFields.OfFullLayer(config), config, json);
        WriteBiases(config, json);
    }
}
