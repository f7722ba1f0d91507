using System.Text.Encodings.Web;
using System.Text.Json;

namespace Pellucid.Conversations.Calls;

/// <summary>Objects of JSON within a text that is being written.</summary>
internal static class CallJson
{
    /// <summary>How arguments are written: letters as they are.</summary>
    public static JavaScriptEncoder Plain => JavaScriptEncoder.UnsafeRelaxedJsonEscaping;

    /// <summary>Where the object or list that begins at a place ends, exclusively; −1 where it has not ended yet.</summary>
    public static int End(string text, int start)
    {
        var (depth, isText) = (0, false);
        for (var i = start; i < text.Length; i++)
            if (isText)
            {
                if (text[i] == '\\')
                    i++;
                else
                    isText = text[i] != '"';
            }
            else if (text[i] == '"')
                isText = true;
            else if (text[i] is '{' or '[')
                depth++;
            else if (text[i] is '}' or ']' && --depth == 0)
                return i + 1;
        return -1;
    }

    /// <summary>The name and the arguments of a call that is one object; null if it is none.</summary>
    public static (string Name, string Arguments)? Read(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return Read(document.RootElement);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>An object as it is written; null if it is none.</summary>
    public static string? Arguments(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Object ? json : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Whether a text is a value of JSON.</summary>
    public static bool IsValue(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static (string Name, string Arguments)? Read(JsonElement call)
    {
        if (call.ValueKind != JsonValueKind.Object)
            return null;
        if (call.TryGetProperty("function", out var function) && function.ValueKind == JsonValueKind.Object)
            call = function;
        var (name, arguments) = (Named(call, ["name", "function", "tool_name"]), Named(call, ["arguments", "parameters"]));
        if (name is not { ValueKind: JsonValueKind.String })
            return null;
        return arguments switch
        {
            null or { ValueKind: JsonValueKind.Null } => (name.Value.GetString()!, "{}"),
            { ValueKind: JsonValueKind.Object } given => (name.Value.GetString()!, given.GetRawText()),
            { ValueKind: JsonValueKind.String } text when Arguments(text.GetString()!) is { } given => (name.Value.GetString()!, given),
            _ => null,
        };
    }

    private static JsonElement? Named(JsonElement call, ReadOnlySpan<string> names)
    {
        foreach (var name in names)
            if (call.TryGetProperty(name, out var value))
                return value;
        return null;
    }
}
