using System.Text.Json;

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
        var number = 0;
        foreach (var line in Lines(stream))
        {
            number++;
            if (!line.Span.ContainsAnyExcept(" \t\r"u8))
                continue;
            yield return new TextPart(Document(line.Span, field) ?? throw new InvalidDataException($"{file.Name}: line {number} is not a JSON object whose field '{field}' is a string"), true, $"{file.Name}, line {number}");
        }
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Lines(Stream stream)
    {
        var (buffer, start, held) = (new byte[1 << 16], 0, 0);
        while (true)
        {
            var end = buffer.AsSpan(start, held - start).IndexOf((byte)'\n');
            if (end >= 0)
            {
                yield return buffer.AsMemory(start, end);
                start += end + 1;
                continue;
            }
            buffer.AsSpan(start, held - start).CopyTo(buffer);
            (start, held) = (0, held - start);
            if (held == buffer.Length)
                Array.Resize(ref buffer, checked(2 * buffer.Length));
            var count = stream.Read(buffer, held, buffer.Length - held);
            if (count == 0)
                break;
            held += count;
        }
        if (held > 0)
            yield return buffer.AsMemory(0, held);
    }

    private static byte[]? Document(ReadOnlySpan<byte> line, string field)
    {
        var reader = new Utf8JsonReader(line, new JsonReaderOptions { MaxDepth = DeepestNesting });
        try
        {
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
