using System.Text.Json;
using Pellucid.Files;

namespace Pellucid.Looking;

/// <summary>A text, and what is changed in the model while it reads it, or measured between it and another: all that is needed to see
/// the same again.</summary>
/// <param name="Text">What is read.</param>
/// <param name="Source">The second text, for changes that take something from it; empty if there is none.</param>
/// <param name="Changes">In the order in which they were made.</param>
public sealed record Experiment(string Text, string Source, IReadOnlyList<Intervention> Changes)
{
    private const string TokensField = "tokens", SourceTokensField = "source_tokens", ModelField = "model", WeightsField = "weights",
        AnswerField = "answer", WrongField = "wrong", MeasureField = "measure";

    /// <summary>What the model is called that it was made on; null where nobody said.</summary>
    public string? Model { get; init; }

    /// <summary>What the weights hash to that it was made on (<see cref="WeightHash"/>); null where nobody said.</summary>
    public string? Weights { get; init; }

    /// <summary>The next token that is right for the text, where that is compared; with the space before it.</summary>
    public string? Answer { get; init; }

    /// <summary>The one that it is compared with.</summary>
    public string? Wrong { get; init; }

    /// <summary>What is measured between the text and the second one; null where changes are what is seen.</summary>
    public PairMeasure? Measure { get; init; }

    /// <summary>The text as tokens, where it is not given in words.</summary>
    public IReadOnlyList<int>? Tokens { get; init; }

    /// <summary>The second text as tokens, where it is not given in words.</summary>
    public IReadOnlyList<int>? SourceTokens { get; init; }

    /// <summary>Writes it as JSON; whole or not at all.</summary>
    public void Save(string path) => SafeFile.Write(path, stream => stream.Write(ToJson()));

    /// <summary>As a JSON object, such as <c>{"model":"tiny","text":"…","source":"","changes":["1.3=0"]}</c>.</summary>
    public byte[] ToJson()
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            if (Model is not null)
                json.WriteString(ModelField, Model);
            if (Weights is not null)
                json.WriteString(WeightsField, Weights);
            WriteFields(json);
            json.WriteEndObject();
        }
        return bytes.ToArray();
    }

    /// <summary>Writes its fields into an object.</summary>
    public void WriteFields(Utf8JsonWriter json)
    {
        ArgumentNullException.ThrowIfNull(json);
        json.WriteString("text", Text);
        json.WriteString("source", Source);
        WriteTokens(json, TokensField, Tokens);
        WriteTokens(json, SourceTokensField, SourceTokens);
        json.WriteStartArray("changes");
        foreach (var change in Changes)
            json.WriteStringValue(change.ToString());
        json.WriteEndArray();
        foreach (var (name, value) in (ReadOnlySpan<(string, string?)>)
            [(AnswerField, Answer), (WrongField, Wrong), (MeasureField, Measure?.ToString())])
            if (value is not null)
                json.WriteString(name, value);
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <exception cref="InvalidDataException">It is not an experiment.</exception>
    public static Experiment Load(string path) => Parse(PlainText.ReadBytes(path), path);

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <param name="json">UTF-8.</param>
    /// <param name="name">What the error calls it.</param>
    /// <exception cref="InvalidDataException">It is not an experiment.</exception>
    public static Experiment Parse(ReadOnlyMemory<byte> json, string name)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 8 });
            var root = document.RootElement;
            string Said(JsonElement element) => element.GetString() ?? throw new InvalidOperationException("a text is null");
            string? Found(string field) => root.TryGetProperty(field, out var value) ? Said(value) : null;
            return new Experiment(Said(root.GetProperty("text")), Found("source") ?? "",
                [.. root.GetProperty("changes").EnumerateArray().Select(change => Intervention.Parse(Said(change)))])
            {
                Model = Found(ModelField),
                Weights = Found(WeightsField),
                Answer = Found(AnswerField),
                Wrong = Found(WrongField),
                Measure = Found(MeasureField) is { } measure ? PairMeasure.Parse(measure) : null,
                Tokens = ReadTokens(root, TokensField),
                SourceTokens = ReadTokens(root, SourceTokensField),
            };
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException
            or FormatException or ArgumentException)
        {
            throw new InvalidDataException($"{name} is not an experiment: {error.Message}", error);
        }
    }

    private static void WriteTokens(Utf8JsonWriter json, string name, IReadOnlyList<int>? tokens)
    {
        if (tokens is null)
            return;
        json.WriteStartArray(name);
        foreach (var token in tokens)
            json.WriteNumberValue(token);
        json.WriteEndArray();
    }

    private static int[]? ReadTokens(JsonElement root, string name) =>
        root.TryGetProperty(name, out var tokens) ? [.. tokens.EnumerateArray().Select(token => token.GetInt32())] : null;
}
