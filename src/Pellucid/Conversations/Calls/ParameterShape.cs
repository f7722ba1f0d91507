using System.Text;
using System.Text.Json;

namespace Pellucid.Conversations.Calls;

/// <summary>
/// How arguments are written that stand between marks of their own: <c>First key Middle value End</c>, each further one with
/// <c>Next key Middle value End</c>. With Qwen3-Coder's template <c>First</c> is <c>&gt;\n&lt;parameter=</c>, <c>Middle</c>
/// <c>&gt;\n</c> and <c>End</c> <c>\n&lt;/parameter&gt;</c>.
/// </summary>
/// <param name="First">From the function's name to the first key.</param>
/// <param name="Middle">From a key to its value.</param>
/// <param name="End">Behind a value.</param>
/// <param name="Next">From there to the next key.</param>
/// <param name="None">Behind the name of a function that is called without arguments, up to what ends every call.</param>
internal sealed record ParameterShape(string First, string Middle, string End, string Next, string None)
{
    /// <summary>What ends a value, which cannot hold it.</summary>
    public string Mark { get; } = End.Trim();

    /// <summary>The marks without white space, as they are looked for: models are not held to that.</summary>
    public (string First, string Middle, string Next, string None) Bare { get; } =
        (BareOf(First), BareOf(Middle), BareOf(Next), BareOf(None));

    /// <summary>A value without the line ends that the template puts around it.</summary>
    public string Unwrapped(string text)
    {
        if (Middle.EndsWith('\n') && text.StartsWith('\n'))
            text = text[1..];
        return End.StartsWith('\n') && text.EndsWith('\n') ? text[..^1] : text;
    }

    /// <summary>Arguments as one object of JSON: of each value the schema of the function tells whether it is a text.</summary>
    public static string Arguments(Tool? tool, IReadOnlyList<(string Key, string Value)> written)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = CallJson.Plain }))
        {
            json.WriteStartObject();
            foreach (var (key, value) in written)
            {
                json.WritePropertyName(key);
                Write(json, value, Types(tool?.Property(key)));
            }
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static void Write(Utf8JsonWriter json, string value, IReadOnlyList<string> types)
    {
        var bare = value.Trim();
        var word = bare switch { "True" => "true", "False" => "false", "None" => "null", _ => bare }; // as Jinja writes them
        if (types.Contains("string") ? types.Contains("null") && word == "null" : CallJson.IsValue(word))
            json.WriteRawValue(word);
        else
            json.WriteStringValue(value);
    }

    private static string BareOf(string text) => string.Concat(text.Where(one => !char.IsWhiteSpace(one)));

    private static IReadOnlyList<string> Types(JsonElement? schema) =>
        schema is not { ValueKind: JsonValueKind.Object } given || !given.TryGetProperty("type", out var type) ? []
            : type.ValueKind == JsonValueKind.String ? [type.GetString()!]
            : type.ValueKind == JsonValueKind.Array ? [.. type.EnumerateArray().Where(one => one.ValueKind == JsonValueKind.String)
                .Select(one => one.GetString()!)] : [];
}
