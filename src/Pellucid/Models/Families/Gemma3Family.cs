using System.Text.Json;

namespace Pellucid.Models.Families;

/// <summary>
/// Gemma 3 (Gemma Team 2025): five of six layers slide and turn by a base of their own, queries and keys of each head are
/// normalised, nothing is capped.
/// </summary>
internal sealed class Gemma3TextFamily() : Gemma2Family("gemma3_text", "Gemma3ForCausalLM", Sizes)
{
    private const string Pattern = "sliding_window_pattern", OwnPattern = "_sliding_window_pattern", SlidingTheta = "rope_local_base_freq";
    private const int DefaultPattern = 6;
    private const double DefaultSlidingTheta = 10_000;

    private static readonly RotaryDefaults Sizes = new(262208, 2304, 9216, 26, 8, 131072, KeyValueHeads: 4, HeadWidth: 256,
        Tied: true, Theta: 1_000_000);

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
