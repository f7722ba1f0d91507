using System.Text.Json;

namespace Pellucid.Models.Families;

/// <summary>
/// Gemma 2 (Gemma Team 2024): what layers read and what they say is normalised, every second layer slides, scores and logits are
/// capped.
/// </summary>
internal class Gemma2Family(string name, string architecture, RotaryDefaults defaults) : GemmaFamily(name, architecture, defaults)
{
    private const string Scale = "query_pre_attn_scalar", ScoreCap = "attn_logit_softcapping", LogitCap = "final_logit_softcapping";
    private const int DefaultWindow = 4096, DefaultScale = 256;

    public Gemma2Family()
        : this("gemma2", "Gemma2ForCausalLM", new(256000, 2304, 9216, 26, 8, 8192, KeyValueHeads: 4, HeadWidth: 256, Tied: true))
    {
    }

    internal override string GgufArchitecture => "gemma2";

    protected override string FeedForwardNorm => "pre_feedforward_layernorm";

    /// <summary>Of so many layers the last sees everything, where a GGUF file does not say.</summary>
    protected virtual int GgufPeriod => 2;

    /// <summary>Layers of the model whose scores are scaled by the width divided among heads instead of the head's.</summary>
    protected virtual int LayersOfLargest => 46;

    protected override GptConfig Describe(GptConfig config, GgufFields fields) => base.Describe(config, fields) with
    {
        Norm = config.Norm with { Place = NormPlace.InputAndOutput },
        ScoreScales = GgufScale(config, fields),
        ScoreCap = fields.Positive(ScoreCap) ?? DefaultCaps.Scores,
        LogitCap = (float)(fields.Positive(LogitCap) ?? DefaultCaps.Logits),
        Windows = GgufWindows.Read(fields, config, GgufPeriod, DefaultWindow),
    };

    protected override void WriteOwn(GptConfig config, GgufKeys keys)
    {
        WriteRotary(config, keys);
        GgufWindows.Write(config, GgufPeriod, keys);
        if (config.ScoreScales[0] is { } scale && scale != UsualScale(config))
            keys.Add("attention.scale", scale);
        if (config.ScoreCap > 0)
            keys.Add(ScoreCap, config.ScoreCap);
        if (config.LogitCap > 0)
            keys.Add(LogitCap, config.LogitCap);
    }

    /// <summary>Writes how layers turn: all alike.</summary>
    protected virtual void WriteRotary(GptConfig config, GgufKeys keys) => base.WriteOwn(config, keys);

    // Files that other programs write never say it.
    private double GgufScale(GptConfig config, GgufFields fields) =>
        fields.Positive("attention.scale") is not { } scale ? UsualScale(config)
        : 1 / Math.Sqrt(Decimals.Shortest(1 / (scale * scale), whole => (float)(1 / Math.Sqrt(whole)) == (float)scale));

    private double UsualScale(GptConfig config) =>
        1 / Math.Sqrt(config.Layers == LayersOfLargest ? (double)config.Width / config.Heads : config.HeadWidth);

    /// <summary>Caps of scores and logits where the file does not speak of them.</summary>
    protected virtual (double Scores, double Logits) DefaultCaps => (50, 30);

    protected override GptConfig Describe(GptConfig config, ConfigFields fields) => base.Describe(config, fields) with
    {
        Norm = config.Norm with { Place = NormPlace.InputAndOutput },
        ScoreScales = 1 / Math.Sqrt(fields.Positive(Scale) ?? DefaultScale),
        ScoreCap = Cap(fields, ScoreCap, DefaultCaps.Scores),
        LogitCap = (float)Cap(fields, LogitCap, DefaultCaps.Logits),
        Windows = RotaryFields.ReadWindows(fields, config, RotaryFields.ReadWindow(fields, DefaultWindow), Slides(fields)),
    };

    /// <summary>The layers that slide where they are not listed.</summary>
    protected virtual Func<int, bool> Slides(ConfigFields fields) => layer => layer % 2 == 0;

    protected override void WriteOwn(GptConfig config, Utf8JsonWriter json)
    {
        base.WriteOwn(config, json);
        RotaryFields.WriteWindows(config, json);
        var scale = config.ScoreScales[0] ?? 1 / Math.Sqrt(config.HeadWidth);
        json.WriteNumber(Scale,
            1 / Math.Sqrt(Math.Round(1 / (scale * scale))) == scale ? Math.Round(1 / (scale * scale)) : 1 / (scale * scale));
        WriteCap(ScoreCap, config.ScoreCap);
        WriteCap(LogitCap, config.LogitCap);

        void WriteCap(string name, double cap)
        {
            if (cap == 0)
                json.WriteNull(name);
            else
                json.WriteNumber(name, cap);
        }
    }

    // Null says that there is none.
    private static double Cap(ConfigFields fields, string name, double otherwise) =>
        fields.Positive(name) ?? (fields.Has(name) ? 0 : otherwise);
}
