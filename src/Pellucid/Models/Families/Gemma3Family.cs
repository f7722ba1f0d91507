using System.Text.Json;

namespace Pellucid.Models.Families;

/// <summary>
/// Gemma 3 (Gemma Team 2025): five of six layers slide and turn by a base of their own, queries and keys of each head are
/// normalised, nothing is capped.
/// </summary>
internal class Gemma3TextFamily(string name, string architecture) : Gemma2Family(name, architecture, Sizes)
{
    private const string Pattern = "sliding_window_pattern", OwnPattern = "_sliding_window_pattern", SlidingTheta = "rope_local_base_freq";
    private const int DefaultPattern = 6;
    private const double DefaultSlidingTheta = 10_000;

    private static readonly RotaryDefaults Sizes = new(262208, 2304, 9216, 26, 8, 131072, KeyValueHeads: 4, HeadWidth: 256,
        Tied: true, Theta: 1_000_000);

    public Gemma3TextFamily()
        : this("gemma3_text", "Gemma3ForCausalLM")
    {
    }

    internal override string GgufArchitecture => "gemma3";

    protected override int GgufPeriod => DefaultPattern;

    protected override int LayersOfLargest => 62;

    protected override (double Scores, double Logits) DefaultCaps => (0, 0);

    protected override GptConfig Describe(GptConfig config, GgufFields fields) =>
        base.Describe(config, fields) with { HeadNorm = HeadNorm.EachHead };

    protected override PerLayer<RotaryShape?> ReadRotary(GptConfig config, GgufFields fields) =>
        GgufRotary.ReadBoth(fields, config, DefaultSlidingTheta);

    protected override void WriteRotary(GptConfig config, GgufKeys keys) => GgufRotary.WriteBoth(config, keys);

    protected override Func<int, bool> Slides(ConfigFields fields)
    {
        var pattern = fields.Integer(Pattern, OwnPattern) ?? DefaultPattern;
        return pattern > 0 ? layer => (layer + 1) % pattern != 0 : throw fields.Refusal(Pattern, "a number of layers");
    }

    protected override GptConfig Describe(GptConfig config, ConfigFields fields) =>
        base.Describe(config, fields) with { HeadNorm = HeadNorm.EachHead };

    protected override PerLayer<RotaryShape?> ReadRotary(GptConfig config, ConfigFields fields)
    {
        var (full, sliding) = RotaryScalings.ReadBoth(fields, config, Defaults.Theta, fields.Positive(SlidingTheta) ?? DefaultSlidingTheta);
        return PerLayer<RotaryShape?>.Of(config.Layers, layer => config.Windows[layer] > 0 ? sliding : full);
    }

    protected override void WriteOwn(GptConfig config, Utf8JsonWriter json)
    {
        base.WriteOwn(config, json);
        var sliding = Enumerable.Range(0, config.Layers).Where(layer => config.Windows[layer] > 0).Select(layer => config.Rotary[layer]);
        json.WriteNumber(SlidingTheta, sliding.FirstOrDefault()?.Theta ?? DefaultSlidingTheta);
    }
}

/// <summary>Gemma 3 with a model of images before it: its text model is computed, and what belongs to images is passed over.</summary>
internal sealed class Gemma3Family() : Gemma3TextFamily("gemma3", "Gemma3ForConditionalGeneration")
{
    private static readonly string[] OfImages = ["vision_tower.", "multi_modal_projector.", "model.vision_tower.",
        "model.multi_modal_projector."];

    /// <summary>What is saved is the text model alone.</summary>
    internal override ModelFamily Saved => All.First(family => family.Name == "gemma3_text");

    public override string PassedOver => "the model of images";

    internal override bool IsHarmless(string written) =>
        base.IsHarmless(written) || OfImages.Any(prefix => written.StartsWith(prefix, StringComparison.Ordinal));

    internal override IEnumerable<string> WrittenNames(string storedName) => [.. base.WrittenNames(storedName),
        "language_model." + storedName, "language_model.model." + storedName, "model.language_model." + storedName];

    internal override GptConfig Read(ConfigFields fields)
    {
        TransformersFields.Take(fields);
        fields.Harmless("vision_config", "mm_tokens_per_image", "boi_token_index", "eoi_token_index", "image_token_index",
            "boi_token_id", "eoi_token_id",
            "image_token_id");
        if (fields.Object("text_config") is not { } text)
            throw new FormatException("'text_config' is missing");
        if (text.Text("model_type") is not (null or "gemma3_text"))
            throw text.Refusal("model_type", "gemma3_text");
        var config = base.Read(text);
        return fields.Truth("tie_word_embeddings") is { } tied && tied != config.TiedOutput
            ? throw fields.Refusal("tie_word_embeddings", "what text_config says") : config;
    }
}
