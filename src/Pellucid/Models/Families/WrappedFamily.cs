using System.Text.Json;

namespace Pellucid.Models.Families;

/// <summary>
/// A text model with a model of images before it: the text model is computed, as its own family describes it under
/// <c>text_config</c>, and what belongs to images is passed over. What is saved is the text model alone.
/// </summary>
internal sealed class WrappedFamily : ModelFamily
{
    // A text model's tensors stand under one of these, with its own prefix or without.
    private static readonly string[] Prefixes = ["language_model.", "model.language_model.", "model.text_model.", "text_model."];

    // What belongs to images: encoders, and what leads from them to the text.
    private static readonly string[] OfImages = ["vision_tower.", "vision_model.", "multi_modal_projector.", "connector."];

    // What says of images alone, and of tokens that stand for them.
    private static readonly string[] FieldsOfImages =
    [
        "vision_config", "mm_tokens_per_image", "boi_token_index", "eoi_token_index", "image_token_index", "boi_token_id", "eoi_token_id",
        "image_token_id", "image_seq_length", "image_seq_len", "multimodal_projector_bias", "projector_hidden_act", "spatial_merge_size",
        "vision_feature_layer", "vision_feature_select_strategy", "scale_factor", "ignore_index",
    ];

    private readonly ModelFamily _text;
    private readonly string[] _mayHold;

    /// <param name="name">What <c>config.json</c> calls it.</param>
    /// <param name="architecture">Transformers' name of the class.</param>
    /// <param name="mayHold">The families of text models that it holds; where a file does not say which, the first.</param>
    public WrappedFamily(string name, string architecture, params string[] mayHold)
        : this(name, architecture, mayHold, Llama)
    {
    }

    private WrappedFamily(string name, string architecture, string[] mayHold, ModelFamily text)
        : base(name, architecture) => (_mayHold, _text) = (mayHold, text);

    internal override ModelFamily Saved => _text.Saved;

    public override string PassedOver => "the model of images";

    private protected override string Prefix => "model.";

    public override string StoredName(Parameter parameter) => _text.StoredName(parameter);

    internal override IEnumerable<StoredPiece> Pieces(Parameter parameter, GptConfig config) => _text.Pieces(parameter, config);

    internal override IEnumerable<string> WrittenNames(string storedName) =>
        _text.WrittenNames(storedName).Concat(_text.WrittenNames(storedName).SelectMany(name => Prefixes.Select(prefix => prefix + name)));

    internal override bool IsHarmless(string written) => _text.IsHarmless(written)
        || OfImages.Any(images => written.StartsWith(images, StringComparison.Ordinal)
            || written.StartsWith("model." + images, StringComparison.Ordinal));

    internal override GptConfig Read(ConfigFields fields)
    {
        TransformersFields.Take(fields);
        fields.Harmless(FieldsOfImages);
        if (fields.Object("text_config") is not { } text)
            throw new FormatException("'text_config' is missing");
        var name = text.Text("model_type") ?? _mayHold[0];
        if (!_mayHold.Contains(name))
            throw text.Refusal("model_type", $"one of {string.Join(", ", _mayHold)}");
        var inner = All.First(family => family.Name == name);
        // What older files repeat of images within the text's.
        text.Harmless("pixel_shuffle_factor", "perceiver_config", "neftune_noise_alpha", "_flash_attn_2_enabled");
        text.MustBeOff("use_resampler", "qk_layer_norms");
        var config = inner.Read(text);
        foreach (var (field, said) in (ReadOnlySpan<(string, object)>)
            [("tie_word_embeddings", config.TiedOutput), ("vocab_size", config.VocabularySize)])
            if (fields.Has(field) && !said.Equals(said is bool ? fields.Truth(field) : fields.Integer(field)))
                throw fields.Refusal(field, "what text_config says");
        return config with { Family = new WrappedFamily(Name, Architecture, _mayHold, config.Family) };
    }

    /// <summary>A wrapped model is written as the text model that it is computed as.</summary>
    internal override void Write(GptConfig config, Utf8JsonWriter json) => RequirePlace(exists: false, "a text model alone");

    /// <inheritdoc/>
    public override bool Equals(object? other) => other is WrappedFamily wrapped && wrapped.Name == Name && wrapped._text.Equals(_text);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, _text);
}
