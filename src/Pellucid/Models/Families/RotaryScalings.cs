using System.Text.Json;

namespace Pellucid.Models.Families;

/// <summary>
/// What configuration files say of rotations, in both spellings: <c>rope_theta</c> and <c>rope_scaling</c>, or both in
/// <c>rope_parameters</c>, which may be one object for each kind of layer. The old one is written: every reader knows it.
/// </summary>
internal static class RotaryScalings
{
    private const string Theta = "rope_theta", Scaling = "rope_scaling", Parameters = "rope_parameters", Partial = "partial_rotary_factor";
    private const string Original = "original_max_position_embeddings", Type = "rope_type", OldType = "type";

    /// <summary>The rotation of a model whose layers turn alike.</summary>
    public static RotaryShape Read(ConfigFields fields, GptConfig config, double theta) =>
        Of(fields, fields.Object(Parameters) ?? fields.Object(Scaling), config, theta);

    /// <summary>Rotations of layers that see everything, and of those that slide, which are never scaled.</summary>
    public static (RotaryShape Full, RotaryShape Sliding) ReadBoth(ConfigFields fields, GptConfig config, double theta, double slidingTheta)
    {
        if (fields.Object(Parameters) is { } parameters && (parameters.Has("full_attention") || parameters.Has("sliding_attention")))
            return (Of(fields, parameters.Object("full_attention"), config, theta),
                Of(null, parameters.Object("sliding_attention"), config, slidingTheta));
        return (Read(fields, config, theta), new RotaryShape(slidingTheta, config.HeadWidth));
    }

    public static void Write(RotaryShape? rotary, GptConfig config, Utf8JsonWriter json)
    {
        if (rotary is null)
            return;
        json.WriteNumber(Theta, rotary.Theta);
        if (rotary.Width != config.HeadWidth)
            json.WriteNumber(Partial, (double)rotary.Width / config.HeadWidth);
        if (rotary.Scaling is LongRotaryScaling { OriginalLength: var length })
            json.WriteNumber(Original, length); // where transformers looks for it
        if (rotary.Scaling is null)
        {
            json.WriteNull(Scaling);
            return;
        }
        json.WriteStartObject(Scaling);
        WriteScaling(rotary, config, json);
        json.WriteEndObject();
    }

    private static RotaryShape Of(ConfigFields? outer, ConfigFields? inner, GptConfig config, double theta)
    {
        var (own, given) = (inner?.Positive(Theta), outer?.Positive(Theta));
        if (own is not null && given is not null && own != given)
            throw inner!.Refusal(Theta, $"{given}, as outside,");
        var part = inner?.Positive(Partial) ?? outer?.Positive(Partial) ?? 1;
        var shape = new RotaryShape(own ?? given ?? theta, (int)(config.HeadWidth * part));
        var length = outer?.Integer(Original);
        return inner is null ? shape : shape with { Scaling = ReadScaling(inner, shape, config, length) };
    }

    private static RotaryScaling? ReadScaling(ConfigFields fields, RotaryShape shape, GptConfig config, int? outerLength)
    {
        var (type, old) = (fields.Text(Type), fields.Text(OldType));
        var length = fields.Integer(Original) ?? outerLength;
        return (type ?? old ?? "default") switch
        {
            "default" => null,
            "linear" => new LinearRotaryScaling(fields.RequiredPositive("factor")),
            "llama3" => new Llama3RotaryScaling(fields.RequiredPositive("factor"), fields.RequiredPositive("low_freq_factor"),
                fields.RequiredPositive("high_freq_factor"), length ?? fields.RequiredInteger(Original)),
            "yarn" => Yarn(fields, length ?? config.Context),
            "longrope" or "su" => Long(fields, shape, config, length ?? fields.RequiredInteger(Original)),
            _ => throw fields.Refusal(type is null ? OldType : Type, "one of default, linear, llama3, yarn, longrope"),
        };
    }

    // Scores are multiplied by the square of the amplitude, which files say as it is, or by two numbers of DeepSeek's.
    private static YarnRotaryScaling Yarn(ConfigFields fields, int length)
    {
        var factor = fields.RequiredPositive("factor");
        double AmplitudeOf(double scale) => factor <= 1 ? 1 : 0.1 * scale * Math.Log(factor) + 1;
        var (scale, allScale) = (fields.Positive("mscale"), fields.Positive("mscale_all_dim"));
        var amplitude = fields.Positive("attention_factor")
            ?? (scale is not null && allScale is not null ? AmplitudeOf(scale.Value) / AmplitudeOf(allScale.Value) : null);
        return new YarnRotaryScaling(factor, length, fields.Positive("beta_fast") ?? 32, fields.Positive("beta_slow") ?? 1, amplitude,
            fields.Truth("truncate") ?? true);
    }

    private static LongRotaryScaling Long(ConfigFields fields, RotaryShape shape, GptConfig config, int length)
    {
        PerLayer<double> Factors(string name)
        {
            var factors = fields.List<double>(name, (ref Utf8JsonReader item) => item.TokenType == JsonTokenType.Number
                && item.TryGetDouble(out var factor) && factor > 0 && double.IsFinite(factor) ? factor : null,
                "a list of numbers above 0") ?? throw new FormatException($"'{name}' of a rotation is missing");
            // Whose computation rounds them to singles.
            return factors.Length == shape.Width / 2 ? PerLayer<double>.Of(factors.Length, pair => Decimals.Of((float)factors[pair]))
                : throw fields.Refusal(name, $"a factor for each of {shape.Width / 2} pairs");
        }
        var (small, large) = (Factors("short_factor"), Factors("long_factor"));
        fields.MustBe("factor", (double)config.Context / length);
        return new LongRotaryScaling(small, large, length, fields.Positive("attention_factor") ?? Amplitude(config, length));
    }

    /// <summary>What LongRoPE multiplies turned pairs by where nothing is said of it.</summary>
    public static double Amplitude(GptConfig config, int length) =>
        config.Context <= length ? 1 : Math.Sqrt(1 + Math.Log((double)config.Context / length) / Math.Log(length));

    private static void WriteScaling(RotaryShape rotary, GptConfig config, Utf8JsonWriter json)
    {
        switch (rotary.Scaling)
        {
            case LinearRotaryScaling linear:
                json.WriteString(Type, "linear");
                json.WriteNumber("factor", linear.Factor);
                break;
            case Llama3RotaryScaling llama:
                json.WriteString(Type, "llama3");
                json.WriteNumber("factor", llama.Factor);
                json.WriteNumber("low_freq_factor", llama.LowFactor);
                json.WriteNumber("high_freq_factor", llama.HighFactor);
                json.WriteNumber(Original, llama.OriginalLength);
                break;
            case YarnRotaryScaling yarn:
                json.WriteString(Type, "yarn");
                json.WriteNumber("factor", yarn.Factor);
                json.WriteNumber(Original, yarn.OriginalLength);
                json.WriteNumber("beta_fast", yarn.FastTurns);
                json.WriteNumber("beta_slow", yarn.SlowTurns);
                if (yarn.Amplitude is { } amplitude)
                    json.WriteNumber("attention_factor", amplitude);
                if (!yarn.Truncate)
                    json.WriteBoolean("truncate", false);
                break;
            case LongRotaryScaling scaling:
                json.WriteString(OldType, "longrope");
                WriteFactors("short_factor", scaling.Short);
                WriteFactors("long_factor", scaling.Long);
                if (scaling.Amplitude != Amplitude(config, scaling.OriginalLength))
                    json.WriteNumber("attention_factor", scaling.Amplitude);
                break;
        }

        void WriteFactors(string name, PerLayer<double> factors)
        {
            json.WriteStartArray(name);
            for (var pair = 0; pair < rotary.Width / 2; pair++)
                json.WriteNumberValue(factors[pair]);
            json.WriteEndArray();
        }
    }
}
