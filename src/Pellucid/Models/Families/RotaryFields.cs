using System.Text.Json;

namespace Pellucid.Models.Families;

/// <summary>What the configuration files of the families that descend from Llama say alike.</summary>
internal static class RotaryFields
{
    private const string Vocabulary = "vocab_size", Context = "max_position_embeddings",
        Layers = "num_hidden_layers", Width = "hidden_size";
    private const string Heads = "num_attention_heads", KeyValueHeads = "num_key_value_heads", HeadWidth = "head_dim";
    private const string Neurons = "intermediate_size", Epsilon = "rms_norm_eps", LayerTypes = "layer_types", Window = "sliding_window";
    private const string Sliding = "sliding_attention", Full = "full_attention";

    /// <summary>Fields that change nothing, and those that must not ask for anything.</summary>
    public static void TakeHarmless(ConfigFields fields)
    {
        fields.Harmless("attention_dropout", "resid_pdrop", "embd_pdrop", "hidden_dropout"); // said anew at every training
        // how it is computed, by whom
        fields.Harmless("pretraining_tp", "cache_implementation", "transformers.js_config", "transformers_js_config", "is_llama_config");
        fields.MustBeOff("mlp_bias", "lm_head_bias", "rope_interleaved", "use_mrope", "use_bidirectional_attention");
    }

    /// <summary>Sizes, and the block of Llama.</summary>
    public static GptConfig ReadSizes(ConfigFields fields, RotaryDefaults defaults)
    {
        var config = new GptConfig
        {
            VocabularySize = fields.Integer(Vocabulary) ?? defaults.Vocabulary,
            Context = fields.Integer(Context) ?? defaults.Context,
            Layers = fields.Integer(Layers) ?? defaults.Layers,
            Heads = fields.Integer(Heads) ?? defaults.Heads,
            Width = fields.Integer(Width) ?? defaults.Width,
            FeedForwardWidth = fields.Integer(Neurons) ?? defaults.Neurons,
            Norm = new NormShape(NormKind.Rms, NormPlace.Input, fields.Epsilon(Epsilon, (float)defaults.Epsilon), HasBias: false),
            LearnedPositions = false,
            AttentionBiases = AttentionBiases.None,
            Gated = true,
            FeedForwardBiases = false,
        };
        // Null says: as many as heads, and the width divided among them.
        if ((fields.Integer(KeyValueHeads) ?? (fields.Has(KeyValueHeads) ? null : defaults.KeyValueHeads)) is { } groups)
            config = config with { KeyValueHeads = groups };
        if ((fields.Integer(HeadWidth) ?? (fields.Has(HeadWidth) ? null : defaults.HeadWidth)) is { } width)
            config = config with { HeadWidth = width };
        return config;
    }

    public static void WriteSizes(GptConfig config, Utf8JsonWriter json)
    {
        json.WriteNumber(Vocabulary, config.VocabularySize);
        json.WriteNumber(Context, config.Context);
        json.WriteNumber(Width, config.Width);
        json.WriteNumber(Layers, config.Layers);
        json.WriteNumber(Heads, config.Heads);
        json.WriteNumber(KeyValueHeads, config.KeyValueHeads);
        json.WriteNumber(HeadWidth, config.HeadWidth);
        json.WriteNumber(Neurons, config.FeedForwardWidth);
        json.WriteNumber(Epsilon, config.Norm.Epsilon);
    }

    /// <summary>A number of keys that is above 0, or null where there is no window.</summary>
    public static int? ReadWindow(ConfigFields fields, int? otherwise = null) =>
        fields.Integer(Window) is not { } window ? fields.Has(Window) ? null : otherwise
        : window > 0 ? window : throw fields.Refusal(Window, "a number of keys");

    /// <summary>Windows of the layers that slide: as a list says, or else by a rule.</summary>
    public static PerLayer<int> ReadWindows(ConfigFields fields, GptConfig config, int? window, Func<int, bool> slides)
    {
        var listed = fields.List<bool>(LayerTypes, (ref Utf8JsonReader item) => item.TokenType != JsonTokenType.String ? null
            : item.ValueTextEquals(Sliding) ? true : item.ValueTextEquals(Full) ? false : null, $"a list of {Full} and {Sliding}");
        if (listed is not null && listed.Length != config.Layers)
            throw fields.Refusal(LayerTypes, $"a kind for each of {config.Layers} layers");
        if (listed is not null && listed.Contains(true) && window is null)
            throw fields.Refusal(LayerTypes, $"'{Full}', where no window is given,");
        return PerLayer<int>.Of(config.Layers, layer => (listed is null ? slides(layer) : listed[layer]) ? window ?? 0 : 0);
    }

    /// <summary>Writes windows, all of one width, and the layers that have one.</summary>
    public static void WriteWindows(GptConfig config, Utf8JsonWriter json)
    {
        var window = Enumerable.Range(0, config.Layers).Max(layer => config.Windows[layer]);
        if (window == 0)
            json.WriteNull(Window);
        else
            json.WriteNumber(Window, window);
        json.WriteStartArray(LayerTypes);
        for (var layer = 0; layer < config.Layers; layer++)
            json.WriteStringValue(config.Windows[layer] > 0 ? Sliding : Full);
        json.WriteEndArray();
    }

    /// <summary>Writes the window of models whose layers all have the same, or none.</summary>
    public static void WriteWindow(GptConfig config, Utf8JsonWriter json)
    {
        if (config.Windows[0] == 0)
            json.WriteNull(Window);
        else
            json.WriteNumber(Window, config.Windows[0]);
    }

    /// <summary>The rotation of a layer that sees everything; of any where there is none.</summary>
    public static RotaryShape? OfFullLayer(GptConfig config) =>
        config.Rotary[Enumerable.Range(0, config.Layers).FirstOrDefault(layer => config.Windows[layer] == 0)];

    /// <summary>Refuses a shape that would be read back as another.</summary>
    /// <exception cref="NotSupportedException">One line says what differs.</exception>
    public static void RequireSame(GptConfig config, GptConfig read, ModelFamily family)
    {
        foreach (var (same, what) in (ReadOnlySpan<(bool, string)>)
        [
            (config.Norm == read.Norm, "such a normalisation"), (config.HeadNorm == read.HeadNorm, "such a normalisation of heads"),
            (config.Nonlinearity == read.Nonlinearity, $"{config.Nonlinearity}"), (config.Gated == read.Gated, "neurons without gates"),
            (config.LearnedPositions == read.LearnedPositions, "vectors of positions"),
            (config.Rotary.Equals(read.Rotary), "such a rotation"),
            (config.AttentionBiases == read.AttentionBiases, "such biases of attention"),
            (config.FeedForwardBiases == read.FeedForwardBiases, "biases of neurons"),
            (config.Experts == read.Experts, config.Experts is null ? "one feed-forward layer in a block" : "such experts"),
            (config.Windows.Equals(read.Windows), "such windows"),
            (ScalesOf(config).SequenceEqual(ScalesOf(read)), "such scales of attention scores"),
            (config.ScoreCap == read.ScoreCap && config.LogitCap == read.LogitCap, "caps of scores or logits"),
            (config.Sinks == read.Sinks, "attention sinks"), (config.EmbeddingScale == read.EmbeddingScale, "such a scale of embeddings"),
            (config.ResidualScale == read.ResidualScale, "a scale of what layers say"),
            (config.LogitScale == read.LogitScale, "a scale of logits"),
        ])
            family.RequirePlace(same, what);
    }

    private static IEnumerable<double> ScalesOf(GptConfig config) =>
        Enumerable.Range(0, config.Layers).Select(layer => config.ScoreScales[layer] ?? 1 / Math.Sqrt(config.HeadWidth));
}
