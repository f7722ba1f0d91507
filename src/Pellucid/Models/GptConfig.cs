using System.Text.Json;
using Pellucid.Files;
using Pellucid.Tokens;

namespace Pellucid.Models;

/// <summary>The shape of a GPT. V vocabulary, T context, L layers, H heads, C width, F feed-forward width.</summary>
public sealed record GptConfig
{
    private const string Gpt1Type = "openai-gpt", BandKey = "pellucid_attention_band", NormKey = "pellucid_layer_norm";

    private static readonly string[] Fields =
    [
        "model_type", "afn", "activation_function", "vocab_size", "n_positions", "n_ctx", "n_layer", "n_head", "n_embd", "n_inner", "layer_norm_epsilon", BandKey, NormKey,
    ];

    /// <summary>V: number of tokens.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>T: positions.</summary>
    public required int Context { get; init; }

    /// <summary>L: blocks.</summary>
    public required int Layers { get; init; }

    /// <summary>H: attention heads of a block.</summary>
    public required int Heads { get; init; }

    /// <summary>C: columns of the residual stream.</summary>
    public required int Width { get; init; }

    private readonly int? _feedForwardWidth;

    /// <summary>F: neurons of a feed-forward layer, 4 C unless said otherwise; 0 for attention only.</summary>
    public int FeedForwardWidth
    {
        get => _feedForwardWidth ?? 4 * Width;
        init => _feedForwardWidth = value;
    }

    /// <summary>Whether blocks and output are normalised; models built by hand do without.</summary>
    public bool LayerNorm { get; init; } = true;

    /// <summary>Whether the residual stream is normalised after each layer and not before, without a final LayerNorm: GPT-1 (Radford et al. 2018).</summary>
    public bool PostLayerNorm { get; init; }

    /// <summary>Keys that a row sees in every second layer, its own among them; all when 0. GPT-3 alternates dense and banded attention (Brown et al. 2020).</summary>
    public int AttentionBand { get; init; }

    /// <summary>Added to the variance in LayerNorm.</summary>
    public float Epsilon { get; init; } = 1e-5f;

    /// <summary>Whether a LayerNorm comes after the last block.</summary>
    public bool HasFinalLayerNorm => LayerNorm && !PostLayerNorm;

    /// <summary>Keys that a row sees in a layer; all when 0. The first layer is dense.</summary>
    public int BandOf(int layer) => layer % 2 == 1 ? AttentionBand : 0;

    /// <summary>D: columns of a head.</summary>
    public int HeadWidth => Width / Heads;

    /// <summary>Exact number of parameters: V·C + T·C + L·(12C² + 13C) + 2C for the standard shape.</summary>
    public long Parameters => NonEmbeddingParameters + ((long)VocabularySize + Context) * Width;

    /// <summary>Parameters without the token and position tables.</summary>
    public long NonEmbeddingParameters
    {
        get
        {
            var (C, F, norm) = ((long)Width, (long)FeedForwardWidth, LayerNorm ? 2L * Width : 0);
            var attention = norm + 4 * C * C + 4 * C;
            var feedForward = F == 0 ? 0 : norm + 2 * C * F + F + C;
            return Layers * (attention + feedForward) + (HasFinalLayerNorm ? norm : 0);
        }
    }

    /// <summary>Weights of the feed-forward layers, biases aside, over all parameters.</summary>
    public double FeedForwardShare => 2.0 * Layers * Width * FeedForwardWidth / Parameters;

    /// <summary>Refuses shapes that cannot be.</summary>
    /// <exception cref="ArgumentException">One line says which numbers disagree.</exception>
    public void Validate()
    {
        RequirePositive(VocabularySize, "vocabulary size");
        RequirePositive(Context, "context");
        RequirePositive(Layers, "layers");
        RequirePositive(Heads, "heads");
        RequirePositive(Width, "width");
        if (FeedForwardWidth < 0)
            throw new ArgumentException($"the feed-forward width cannot be {FeedForwardWidth}");
        if (AttentionBand < 0)
            throw new ArgumentException($"the attention band cannot be {AttentionBand}");
        if (PostLayerNorm && !LayerNorm)
            throw new ArgumentException("a LayerNorm after each layer needs LayerNorm");
        if (Width % Heads != 0)
            throw new ArgumentException($"heads ({Heads}) does not divide width ({Width})");
        if (Math.Max((long)VocabularySize, Context) * Width > int.MaxValue || 4L * Width * Math.Max(Width, FeedForwardWidth) > int.MaxValue)
            throw new ArgumentException($"a table of {Math.Max(VocabularySize, Context)} × {Width} is too large for one tensor");
    }

    /// <summary>Reads a Hugging Face <c>config.json</c>.</summary>
    /// <exception cref="InvalidDataException">It is not JSON, not of GPT-2, or contradicts itself.</exception>
    public static GptConfig Load(string path)
    {
        try
        {
            var json = JsonWalk.Begin(File.ReadAllBytes(path), deepest: 16);
            var fields = JsonWalk.Values(json, Fields);
            json.End();
            if (fields.TryGetValue("model_type", out var kind) && kind.GetString() is not ("gpt2" or Gpt1Type))
                throw new InvalidDataException($"{path}: model_type is '{Excerpt.Of(kind.ToString())}', only 'gpt2' and '{Gpt1Type}' can be read");
            var isGpt1 = kind.ValueKind == JsonValueKind.String && kind.GetString() == Gpt1Type;
            if (fields.TryGetValue("afn", out var afn) && afn.GetString() != "gelu")
                throw new InvalidDataException($"{path}: afn is '{Excerpt.Of(afn.ToString())}', only 'gelu' can be computed");
            if (fields.TryGetValue("activation_function", out var gelu) && gelu.GetString() is not ("gelu_new" or "gelu_pytorch_tanh"))
                throw new InvalidDataException($"{path}: activation_function is '{Excerpt.Of(gelu.ToString())}', only 'gelu_new' can be computed");
            int Number(string name, string? other = null) =>
                fields.TryGetValue(name, out var value) || (other is not null && fields.TryGetValue(other, out value)) ? value.GetInt32()
                    : throw new InvalidDataException($"{path}: '{name}' is missing");
            var config = new GptConfig
            {
                VocabularySize = Number("vocab_size"),
                Context = Number("n_positions", "n_ctx"),
                Layers = Number("n_layer"),
                Heads = Number("n_head"),
                Width = Number("n_embd"),
                Epsilon = fields.TryGetValue("layer_norm_epsilon", out var epsilon) ? epsilon.GetSingle() : 1e-5f,
                LayerNorm = !fields.TryGetValue(NormKey, out var norm) || norm.GetBoolean(),
                PostLayerNorm = isGpt1,
                AttentionBand = fields.TryGetValue(BandKey, out var band) ? band.GetInt32() : 0,
            };
            if (fields.TryGetValue("n_inner", out var inner) && inner.ValueKind == JsonValueKind.Number)
                config = config with { FeedForwardWidth = inner.GetInt32() };
            config.Validate();
            return config;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException or ArgumentException)
        {
            throw new InvalidDataException($"{path}: {Excerpt.Of(error)}", error);
        }
    }

    /// <summary>Writes a Hugging Face <c>config.json</c>; whole or not at all.</summary>
    public void Save(string path, SpecialTokens? specials = null) => SafeFile.Write(path, stream =>
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteString("model_type", PostLayerNorm ? Gpt1Type : "gpt2");
        json.WriteStartArray("architectures");
        json.WriteStringValue(PostLayerNorm ? "OpenAIGPTLMHeadModel" : "GPT2LMHeadModel");
        json.WriteEndArray();
        if (PostLayerNorm)
            json.WriteString("afn", "gelu");
        else
            json.WriteString("activation_function", "gelu_new");
        json.WriteNumber("vocab_size", VocabularySize);
        json.WriteNumber("n_positions", Context);
        json.WriteNumber("n_ctx", Context);
        json.WriteNumber("n_embd", Width);
        json.WriteNumber("n_layer", Layers);
        json.WriteNumber("n_head", Heads);
        if (FeedForwardWidth != 4 * Width)
            json.WriteNumber("n_inner", FeedForwardWidth);
        json.WriteNumber("layer_norm_epsilon", Epsilon);
        json.WriteBoolean("tie_word_embeddings", true);
        if (!LayerNorm)
            json.WriteBoolean(NormKey, false);
        if (AttentionBand > 0)
            json.WriteNumber(BandKey, AttentionBand);
        (specials ?? SpecialTokens.None).WriteFields(json);
        json.WriteEndObject();
    });

    private static void RequirePositive(int value, string name)
    {
        if (value < 1)
            throw new ArgumentException($"{name} must be at least 1, not {value}");
    }
}
