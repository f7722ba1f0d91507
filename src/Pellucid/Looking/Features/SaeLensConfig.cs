using System.Text.Json;
using Pellucid.Files;
using Pellucid.Models.Families;

namespace Pellucid.Looking.Features;

/// <summary>SAELens's <c>cfg.json</c> (version 6): each field is used, changes nothing, or is refused by its name.</summary>
internal static class SaeLensConfig
{
    // Of autoencoders their name, of transcoders the words before it.
    private static readonly (string Name, FeatureArchitecture Architecture, bool IsTranscoder, bool HasSkip)[] Architectures =
    [
        ("standard", FeatureArchitecture.Standard, false, false), ("topk", FeatureArchitecture.TopK, false, false),
        ("jumprelu", FeatureArchitecture.JumpRelu, false, false), ("gated", FeatureArchitecture.Gated, false, false),
        ("transcoder", FeatureArchitecture.Standard, true, false), ("skip_transcoder", FeatureArchitecture.Standard, true, true),
        ("jumprelu_transcoder", FeatureArchitecture.JumpRelu, true, false),
    ];

    private static readonly (string Name, FeatureNormalization Normalization)[] Normalizations =
    [
        ("none", FeatureNormalization.None), ("expected_average_only_in", FeatureNormalization.ExpectedAverage),
        ("layer_norm", FeatureNormalization.LayerNorm), ("constant_norm_rescale", FeatureNormalization.ConstantNorm),
    ];

    /// <exception cref="InvalidDataException">It names file, field and value.</exception>
    public static FeatureConfig Read(string path)
    {
        try
        {
            var fields = ConfigFields.Parse(File.ReadAllBytes(path));
            var config = Read(fields);
            fields.RequireAllUnderstood("a dictionary of features knows no such field, so what it changes cannot be computed");
            return config;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException or ArgumentException)
        {
            throw new InvalidDataException($"{path}: {Excerpt.Of(error)}", error);
        }
    }

    private static FeatureConfig Read(ConfigFields fields)
    {
        var name = fields.Text("architecture") ?? throw new FormatException("'architecture' is missing");
        var architecture = Array.Find(Architectures, known => known.Name == name);
        if (architecture.Name is null)
            throw fields.Refusal("architecture", string.Join(", ", Architectures.Select(known => known.Name)));
        fields.Harmless("device"); // where it was computed
        if (fields.Text("dtype") is not (null or "float32" or "float64" or "float16" or "bfloat16"))
            throw fields.Refusal("dtype", "float32, float64, float16 or bfloat16");
        var normalization = fields.Text("normalize_activations") ?? "none";
        if (Array.FindIndex(Normalizations, known => known.Name == normalization) is var index && index < 0)
            throw fields.Refusal("normalize_activations", string.Join(", ", Normalizations.Select(known => known.Name)));
        var metadata = fields.Object("metadata") ?? throw new FormatException("'metadata' is missing");
        var reads = Place(metadata, "hook_name");
        // Beside each other heads lie here anyway.
        if (fields.Text("reshape_activations") is not (null or "none" or "hook_z"))
            throw fields.Refusal("reshape_activations", "none or hook_z");
        var config = new FeatureConfig
        {
            Architecture = architecture.Architecture,
            Width = Positive(fields, "d_in"),
            Features = Positive(fields, "d_sae"),
            OutputWidth = architecture.IsTranscoder ? Positive(fields, "d_out") : 0,
            Reads = reads,
            Writes = architecture.IsTranscoder ? Place(metadata, "hook_name_out") : null,
            K = architecture.Architecture == FeatureArchitecture.TopK ? Positive(fields, "k") : 0,
            RescalesByDecoderNorm = architecture.Architecture == FeatureArchitecture.TopK
                && (fields.Truth("rescale_acts_by_decoder_norm") ?? false),
            SubtractsDecoderBias = fields.Truth("apply_b_dec_to_input") ?? !architecture.IsTranscoder,
            Normalization = Normalizations[index].Normalization,
            HasSkip = architecture.HasSkip,
            Model = metadata.Text("model_name"),
            Data = metadata.Text("dataset_path"),
            Context = metadata.Integer("context_size"),
            BeginsTexts = metadata.Truth("prepend_bos") ?? false,
        };
        if (architecture.IsTranscoder && config.SubtractsDecoderBias)
            throw fields.Refusal("apply_b_dec_to_input", "false, of a transcoder,");
        ReadMetadata(metadata);
        return config;
    }

    // Where it came from and what it was trained with tell nothing of what is computed; what changes the model does.
    private static void ReadMetadata(ConfigFields metadata)
    {
        metadata.Harmless("sae_lens_version", "sae_lens_training_version", "model_class_name", "neuronpedia_id", "hf_hook_name",
            "exclude_special_tokens", "training_tokens", "l1_coefficient", "sparsity", "original_act_fn", "disable_concat_sequences",
            "sequence_separator_token");
        metadata.MustBeOff("hook_head_index", "hook_head_index_out");
        if (metadata.Value("seqpos_slice") is { } slice && (slice.ValueKind != JsonValueKind.Array
            || slice.EnumerateArray().Any(end => end.ValueKind != JsonValueKind.Null)))
            throw metadata.Refusal("seqpos_slice", "[null], all positions,");
        if (metadata.Object("model_from_pretrained_kwargs") is { } changes)
            changes.MustBeOff([.. changes.Names]);
    }

    public static void Write(string path, FeatureConfig config) => SafeFile.Write(path, stream =>
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteNumber("d_in", config.Width);
        json.WriteNumber("d_sae", config.Features);
        json.WriteString("dtype", "float32");
        json.WriteString("device", "cpu");
        json.WriteBoolean("apply_b_dec_to_input", config.SubtractsDecoderBias);
        json.WriteString("normalize_activations", Normalizations.First(known => known.Normalization == config.Normalization).Name);
        json.WriteString("reshape_activations", config.Reads.Activation == Models.Activation.Z ? "hook_z" : "none");
        json.WriteStartObject("metadata");
        json.WriteString("sae_lens_version", "6.0.0"); // whose layout this is
        json.WriteString("model_name", config.Model);
        json.WriteString("hook_name", config.Reads.Hook);
        if (config.Writes is { } writes)
            json.WriteString("hook_name_out", writes.Hook);
        json.WriteBoolean("prepend_bos", config.BeginsTexts);
        if (config.Context is { } context)
            json.WriteNumber("context_size", context);
        if (config.Data is { } data)
            json.WriteString("dataset_path", data);
        json.WriteEndObject();
        if (config.Writes is not null)
            json.WriteNumber("d_out", config.OutputWidth);
        if (config.Architecture == FeatureArchitecture.TopK)
        {
            json.WriteNumber("k", config.K);
            json.WriteBoolean("rescale_acts_by_decoder_norm", config.RescalesByDecoderNorm);
        }
        json.WriteString("architecture", NameOf(config));
        json.WriteEndObject();
    });

    /// <summary>What SAELens calls it.</summary>
    /// <exception cref="NotSupportedException">It has no such kind.</exception>
    public static string NameOf(FeatureConfig config) => Array.Find(Architectures, known =>
        (known.Architecture, known.IsTranscoder, known.HasSkip) == (config.Architecture, config.Writes is not null, config.HasSkip)).Name
        ?? throw new NotSupportedException($"SAELens has no {config.Architecture} transcoder, so there is no layout to write it in; "
            + "a JumpRelu one has");

    private static int Positive(ConfigFields fields, string name) => fields.RequiredInteger(name) is > 0 and var number ? number
        : throw fields.Refusal(name, "a number above 0");

    private static FeaturePlace Place(ConfigFields metadata, string name) =>
        FeaturePlace.Parse(metadata.Text(name) ?? throw new FormatException($"'metadata.{name}' is missing"))
        ?? throw metadata.Refusal(name, "an activation such as blocks.2.hook_resid_post");
}
