using System.Text.Json;

namespace Pellucid.Models.Families;

/// <summary>What the configuration files of GPT-1 and GPT-2 say alike.</summary>
internal static class GptFields
{
    private const string Vocabulary = "vocab_size", Positions = "n_positions", OldPositions = "n_ctx", Layers = "n_layer",
        Heads = "n_head", Width = "n_embd";
    private const string Inner = "n_inner", Epsilon = "layer_norm_epsilon", Tied = "tie_word_embeddings";

    /// <summary>Fields that change nothing: dropout is said anew at every training, a summary is the output of another task.</summary>
    public static void TakeHarmless(ConfigFields fields)
    {
        fields.Harmless("attn_pdrop", "embd_pdrop", "resid_pdrop", "summary_activation", "summary_first_dropout", "summary_proj_to_labels",
            "summary_type", "summary_use_proj");
        // The size of a mask that transformers once stored; positions are those of the table.
        fields.Harmless(OldPositions);
    }

    public static GptConfig Read(ConfigFields fields, ModelFamily family)
    {
        var config = new GptConfig
        {
            Family = family,
            VocabularySize = fields.RequiredInteger(Vocabulary),
            Context = fields.Integer(Positions, "max_position_embeddings") ?? fields.Integer(OldPositions)
                ?? fields.RequiredInteger(Positions),
            Layers = fields.RequiredInteger(Layers, "num_hidden_layers"),
            Heads = fields.RequiredInteger(Heads, "num_attention_heads"),
            Width = fields.RequiredInteger(Width, "hidden_size"),
            Norm = new NormShape(Epsilon: fields.Epsilon(Epsilon, 1e-5f)),
            TiedOutput = fields.Truth(Tied) ?? true,
        };
        config.Validate(); // before anything is made for every layer that it claims
        return config;
    }

    public static void Write(GptConfig config, Utf8JsonWriter json)
    {
        json.WriteNumber(Vocabulary, config.VocabularySize);
        json.WriteNumber(Positions, config.Context);
        json.WriteNumber(OldPositions, config.Context);
        json.WriteNumber(Width, config.Width);
        json.WriteNumber(Layers, config.Layers);
        json.WriteNumber(Heads, config.Heads);
        if (config.FeedForwardWidth != 4 * config.Width)
            json.WriteNumber(Inner, config.FeedForwardWidth);
        json.WriteNumber(Epsilon, config.Norm.Epsilon);
        json.WriteBoolean(Tied, config.TiedOutput);
    }

    /// <summary>Refuses shapes that these files cannot describe.</summary>
    /// <exception cref="NotSupportedException">One line says what.</exception>
    public static void RequirePlain(GptConfig config, ModelFamily family)
    {
        family.RequirePlace(config.KeyValueHeads == config.Heads, $"{config.KeyValueHeads} key-value heads for {config.Heads} heads");
        family.RequirePlace(config.HeadWidth * config.Heads == config.Width,
            $"{config.Heads} heads of {config.HeadWidth} columns beside a width of {config.Width}");
        family.RequirePlace(config.AttentionBiases == AttentionBiases.All && config.FeedForwardBiases, "layers without biases");
    }
}
