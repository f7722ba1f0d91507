using System.Text.Json;
using Pellucid.Files;

namespace Pellucid.Tuning.Data;

/// <summary>Entries of a file: a JSON list, or an object a line; read as all text is.</summary>
internal static class TuningFile
{
    private const int DeepestNesting = 64;

    /// <summary>Each object, and where it stands, for messages: file and line, or file and number in the list, from 1.</summary>
    /// <exception cref="InvalidDataException">The file is damaged, or has something else than objects.</exception>
    public static IEnumerable<(JsonElement Entry, string Place)> Read(string path)
    {
        var isList = FirstByte(path) == '[';
        return isList ? List(path) : LinesOf(path);
    }

    private static IEnumerable<(JsonElement, string)> List(string path)
    {
        using var document = Parsed(path, () =>
        {
            using var stream = PlainText.Open(path);
            return JsonDocument.Parse(stream, new JsonDocumentOptions { MaxDepth = DeepestNesting });
        });
        var number = 0;
        foreach (var entry in document.RootElement.EnumerateArray())
            yield return (RequireObject(entry, $"{path}: entry {++number}"), $"{path}: entry {number}");
    }

    private static IEnumerable<(JsonElement, string)> LinesOf(string path)
    {
        using var stream = PlainText.Open(path);
        var number = 0;
        foreach (var line in Lines.Of(stream))
        {
            var place = $"{path}: line {++number}";
            if (!line.Span.ContainsAnyExcept(" \t\r"u8))
                continue;
            using var document = Parsed(place, () => JsonDocument.Parse(line, new JsonDocumentOptions { MaxDepth = DeepestNesting }));
            yield return (RequireObject(document.RootElement, place), place);
        }
    }

    private static JsonDocument Parsed(string place, Func<JsonDocument> parse)
    {
        try
        {
            return parse();
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"{place}: {Excerpt.Of(error)}", error);
        }
    }

    private static JsonElement RequireObject(JsonElement entry, string place) => entry.ValueKind == JsonValueKind.Object ? entry
        : throw new InvalidDataException($"{place} must be an object, not {entry.ValueKind}");

    private static int FirstByte(string path)
    {
        using var stream = PlainText.Open(path);
        int read;
        do
            read = stream.ReadByte();
        while (read is ' ' or '\t' or '\r' or '\n');
        return read;
    }
}
