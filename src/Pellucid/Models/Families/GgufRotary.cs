using Pellucid.Files;

namespace Pellucid.Models.Families;

/// <summary>
/// What GGUF files say of rotations: keys, and for scalings that give every pair a factor of its own, tables beside the weights.
/// </summary>
internal static class GgufRotary
{
    private const string Theta = "rope.freq_base", SlidingTheta = "rope.freq_base_swa", Width = "rope.dimension_count";
    private const string Type = "rope.scaling.type", Factor = "rope.scaling.factor", Original = "rope.scaling.original_context_length";
    private const string Attention = "rope.scaling.attn_factor", Fast = "rope.scaling.yarn_beta_fast", Slow = "rope.scaling.yarn_beta_slow";
    // Other programs know no such key, and always round: ours is beside theirs.
    private const string Truncate = "rope.scaling.yarn_truncate";

    private const double DefaultTheta = 10_000, DefaultFast = 32, DefaultSlow = 1;

    /// <summary>The rotation of a model whose layers turn alike.</summary>
    public static RotaryShape Read(GgufFields fields, GptConfig config)
    {
        var width = fields.Integer(Width, 2, config.HeadWidth) ?? config.HeadWidth;
        if (width % 2 != 0)
            throw (fields.Take(Width) ?? fields.Take("attention.key_length") ?? fields.Take("embedding_length"))!.Refusal(
                $"makes {width} numbers of a head rotate; there must be two for each angle");
        var shape = new RotaryShape(fields.Above(1, Theta) ?? DefaultTheta, width);
        return shape with { Scaling = ReadScaling(fields, shape, config) };
    }

    /// <summary>Rotations of layers that see everything, and of those that slide, which are never scaled.</summary>
    public static PerLayer<RotaryShape?> ReadBoth(GgufFields fields, GptConfig config, double? slidingTheta)
    {
        var full = Read(fields, config);
        var sliding = new RotaryShape(fields.Above(1, SlidingTheta) ?? slidingTheta ?? full.Theta, full.Width);
        return PerLayer<RotaryShape?>.Of(config.Layers, layer => config.Windows[layer] > 0 ? sliding : full);
    }

    public static void Write(RotaryShape? rotary, GptConfig config, GgufKeys keys)
    {
        if (rotary is null)
            return;
        keys.Add(Theta, rotary.Theta);
        keys.Add(Width, rotary.Width);
        switch (rotary.Scaling)
        {
            case LinearRotaryScaling linear:
                keys.Add(Type, "linear");
                keys.Add(Factor, linear.Factor);
                break;
            case YarnRotaryScaling yarn:
                keys.Add(Type, "yarn");
                keys.Add(Factor, yarn.Factor);
                keys.Add(Original, yarn.OriginalLength);
                keys.Add(Fast, yarn.FastTurns);
                keys.Add(Slow, yarn.SlowTurns);
                if (!yarn.Truncate)
                    keys.Add(Truncate, false);
                if (yarn.Amplitude is { } amplitude)
                    keys.Add(Attention, amplitude / yarn.OwnAmplitude);
                break;
            case Llama3RotaryScaling llama:
                keys.Add(Original, llama.OriginalLength);
                keys.AddTable(GgufNames.RotaryFactors, Llama3Factors.Of(llama, rotary));
                break;
            case LongRotaryScaling scaling:
                WriteLong(scaling, rotary, config, keys);
                break;
        }
    }

    /// <summary>Writes both rotations.</summary>
    public static void WriteBoth(GptConfig config, GgufKeys keys)
    {
        Write(RotaryFields.OfFullLayer(config), config, keys);
        var sliding = Enumerable.Range(0, config.Layers).Where(layer => config.Windows[layer] > 0).Select(layer => config.Rotary[layer]);
        if (sliding.FirstOrDefault() is { } rotary)
            keys.Add(SlidingTheta, rotary.Theta);
    }

    private static RotaryScaling? ReadScaling(GgufFields fields, RotaryShape shape, GptConfig config)
    {
        foreach (var (name, only) in (ReadOnlySpan<(string, double)>)[("rope.scale_linear", 1), ("rope.scaling.yarn_ext_factor", 1),
            ("rope.scaling.yarn_attn_factor", 1), ("rope.scaling.yarn_log_multiplier", 0)])
            fields.MustBe(name, only);
        var (type, factor, length) = (fields.Text(Type), fields.Positive(Factor) ?? 1, fields.Integer(Original) ?? config.Context);
        var kind = type ?? (factor == 1 ? "none" : "linear");
        if (ReadTables(fields, shape, config, length) is { } tables)
            return kind is "none" or "longrope" && factor == 1 ? tables
                : throw Refusal(fields, $"{kind}, beside tables of factors, which cannot be computed");
        switch (kind)
        {
            case "none" or "linear":
                fields.MustBe(Attention, 1);
                return factor == 1 || kind == "none" ? null : new LinearRotaryScaling(factor);
            case "yarn":
                var (fast, slow) = (fields.Positive(Fast) ?? DefaultFast, fields.Positive(Slow) ?? DefaultSlow);
                var yarn = new YarnRotaryScaling(factor, length, fast, slow);
                return yarn with
                {
                    Amplitude = ReadAmplitude(fields, yarn.OwnAmplitude), Truncate = fields.Take(Truncate)?.Flag() ?? true,
                };
            case "longrope":
                throw Refusal(fields, $"longrope, but the tensors {GgufNames.LongFactors} and {GgufNames.ShortFactors} are missing");
            default:
                throw Refusal(fields, $"'{Excerpt.Of(kind)}'; known are none, linear, yarn, longrope");
        }
    }

    private static InvalidDataException Refusal(GgufFields fields, string isWhat) =>
        (fields.Take(Type) ?? fields.Take(Factor))!.Refusal($"is {isWhat}");

    // The file has what the amplitude of its own is multiplied by.
    private static double? ReadAmplitude(GgufFields fields, double own) =>
        fields.Positive(Attention) is not { } factor || factor == 1 ? null
        : Decimals.Shortest(factor * own, amplitude => (float)(amplitude / own) == (float)factor);

    private static RotaryScaling? ReadTables(GgufFields fields, RotaryShape shape, GptConfig config, int length)
    {
        var pairs = shape.Width / 2;
        var (always, large, small) = (fields.Table(GgufNames.RotaryFactors, pairs), fields.Table(GgufNames.LongFactors, pairs),
            fields.Table(GgufNames.ShortFactors, pairs));
        if (always is null && large is null && small is null)
            return null;
        if (always is not null && large is null && small is null)
        {
            fields.MustBe(Attention, 1);
            return (RotaryScaling?)Llama3Factors.Find(always, shape, fields.Integer(Original)) ?? Long(always, always, length, 1);
        }
        return always is null && large is not null && small is not null ? Long(small, large, length, LongAmplitude(fields, config, length))
            : throw new InvalidDataException($"{fields.Path}: of the tables {GgufNames.RotaryFactors}, {GgufNames.LongFactors} and "
                + $"{GgufNames.ShortFactors} a file has the first, or both others");
    }

    // The file has it as a single.
    private static double LongAmplitude(GgufFields fields, GptConfig config, int length)
    {
        var (said, usual) = (fields.Positive(Attention) ?? 1, RotaryScalings.Amplitude(config, length));
        return (float)usual == (float)said ? usual : said;
    }

    private static LongRotaryScaling Long(float[] small, float[] large, int length, double amplitude) =>
        new(PerLayer<double>.Of(small.Length, pair => Decimals.Of(small[pair])),
            PerLayer<double>.Of(large.Length, pair => Decimals.Of(large[pair])), length, amplitude);

    private static void WriteLong(LongRotaryScaling scaling, RotaryShape rotary, GptConfig config, GgufKeys keys)
    {
        float[] Table(PerLayer<double> factors) => [.. Enumerable.Range(0, rotary.Width / 2).Select(pair => (float)factors[pair])];
        keys.Add(Original, scaling.OriginalLength);
        if (scaling.Short.Equals(scaling.Long) && scaling.Amplitude == 1)
        {
            keys.AddTable(GgufNames.RotaryFactors, Table(scaling.Long));
            return;
        }
        keys.Add(Attention, scaling.Amplitude);
        keys.AddTable(GgufNames.LongFactors, Table(scaling.Long));
        keys.AddTable(GgufNames.ShortFactors, Table(scaling.Short));
    }
}
