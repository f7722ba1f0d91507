using System.Text.Json;
using Pellucid.Files;

namespace Pellucid.Training;

/// <summary>Documents of a JSONL file: one a line, in a field of an object.</summary>
internal static class JsonLines
{
    private const int DeepestNesting = 64;

    /// <summary>All of them.</summary>
    /// <exception cref="InvalidDataException">A line is not such an object.</exception>
    public static IEnumerable<TextPart> Read(TextSource.TextFile file, string field)
    {
        using var stream = file.Open();
        var number = 0L;
        foreach (var line in Lines.Of(stream))
        {
            number++;
            if (!line.Span.ContainsAnyExcept(" \t\r"u8))
                continue;
            yield return new TextPart(Document(line.Span, field)
                ?? throw new InvalidDataException($"{file.Name}: line {number} is not a JSON object whose field '{field}' is a string"),
                true, file.Name, number, IsLine: true);
        }
    }

    private static byte[]? Document(ReadOnlySpan<byte> line, string field)
    {
        try
        {
            var reader = JsonWalk.Begin(line, DeepestNesting);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                return null;
            byte[]? document = null;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isWanted = reader.ValueTextEquals(field);
                reader.Read();
                if (isWanted && reader.TokenType == JsonTokenType.String)
                    document = Text(ref reader);
                reader.Skip();
            }
            while (reader.Read()) ; // what follows the object is an error
            return document;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static byte[] Text(ref Utf8JsonReader reader)
    {
        var text = new byte[reader.ValueSpan.Length];
        return text[..reader.CopyString(text)];
    }
}
