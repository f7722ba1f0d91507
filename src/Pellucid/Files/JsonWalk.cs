using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Pellucid.Files;

/// <summary>Walks through JSON from front to back, so that no tree of it need lie in memory:
/// one takes many times the bytes of the text.</summary>
internal static class JsonWalk
{
    private const int LongestValue = 1000, OfBrokenWord = 16;

    /// <summary>
    /// Before the first token. After a broken true, false or null the text is cut off: .NET's reader would copy all that
    /// follows into its exception, several times over.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // a file is read once, when nothing has run often yet
    public static Utf8JsonReader Begin(ReadOnlySpan<byte> text, int deepest)
    {
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] == '"')
                at = EndOfText(text, at + 1);
            else if (text[at] is (byte)'t' or (byte)'f' or (byte)'n')
            {
                var rest = text[at..];
                if (!rest.StartsWith("true"u8) && !rest.StartsWith("false"u8) && !rest.StartsWith("null"u8))
                    text = text[..Math.Min(text.Length, at + OfBrokenWord)];
            }
        }
        return new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = deepest });
    }

    // The quotation mark that ends a text, or the end of all.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int EndOfText(ReadOnlySpan<byte> text, int at)
    {
        while (text[at..].IndexOfAny((byte)'"', (byte)'\\') is >= 0 and var next)
        {
            at += next;
            if (text[at] == '"')
                return at;
            at = Math.Min(at + 2, text.Length);
        }
        return text.Length;
    }

    /// <summary>Goes into an object or array, which must come now.</summary>
    /// <exception cref="JsonException">Something else is there.</exception>
    public static void Enter(ref this Utf8JsonReader json, JsonTokenType kind)
    {
        if (json.TokenType is JsonTokenType.None or JsonTokenType.PropertyName)
            json.Read();
        if (json.TokenType != kind)
            throw new JsonException($"{(kind == JsonTokenType.StartObject ? "an object" : "an array")} is needed at byte "
                + $"{json.TokenStartIndex}, where there is {json.TokenType}");
    }

    /// <summary>Whether the object has another field; its name is the token then.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool NextField(ref this Utf8JsonReader json) => json.Read() && json.TokenType == JsonTokenType.PropertyName;

    /// <summary>Whether the array has another element; its first token is the token then.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool NextElement(ref this Utf8JsonReader json) => json.Read() && json.TokenType != JsonTokenType.EndArray;

    /// <summary>The value of a field whose name is the token: a text.</summary>
    public static string Text(ref this Utf8JsonReader json)
    {
        json.Read();
        return json.GetString() ?? throw new JsonException($"a text is needed at byte {json.TokenStartIndex}, where there is null");
    }

    /// <summary>Values of those fields of an object that have one of these names: texts, numbers, truths. Others are passed over.</summary>
    /// <exception cref="JsonException">It is not an object, or one of them is there twice,
    /// is a list or an object, or very long.</exception>
    public static Dictionary<string, JsonElement> Values(Utf8JsonReader json, params ReadOnlySpan<string> names)
    {
        var values = new Dictionary<string, JsonElement>();
        json.Enter(JsonTokenType.StartObject);
        while (json.NextField())
        {
            var name = NameIn(names, json);
            json.Read();
            if (name is null)
                json.Skip();
            else if (json.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray || json.ValueSpan.Length > LongestValue)
                throw new JsonException($"'{name}' is not one short value");
            else if (!values.TryAdd(name, JsonElement.ParseValue(ref json)))
                throw new JsonException($"'{name}' is there twice");
        }
        return values;
    }

    private static string? NameIn(ReadOnlySpan<string> names, in Utf8JsonReader json)
    {
        foreach (var name in names)
            if (json.ValueTextEquals(name))
                return name;
        return null;
    }

    /// <summary>Refuses anything after the value that has been read.</summary>
    /// <exception cref="JsonException">There is more.</exception>
    public static void End(ref this Utf8JsonReader json)
    {
        while (json.Read())
        {
        }
    }
}
