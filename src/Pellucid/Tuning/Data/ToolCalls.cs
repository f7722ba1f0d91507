using System.Text;
using System.Text.Json;
using Pellucid.Conversations;
using Pellucid.Files;

namespace Pellucid.Tuning.Data;

/// <summary>Calls of functions in data sets, and the functions that may be called, in the form that chat templates are given.</summary>
internal static class ToolCalls
{
    /// <summary>A message as chat APIs have it, with all that a template may ask for and without what it weighs.</summary>
    public static ChatTurn TurnOf(JsonElement message) => ChatTurn.Parse(Written(json =>
    {
        json.WriteStartObject();
        foreach (var field in message.EnumerateObject())
            if (field.Name is not ("weight" or "loss_weight"))
                field.WriteTo(json);
        json.WriteEndObject();
    }));

    /// <summary>ShareGPT's: a text that is a call, or a list of them, each with <c>name</c> and <c>arguments</c>.</summary>
    /// <exception cref="ArgumentException">It is something else.</exception>
    public static ChatTurn TurnOf(string calls)
    {
        var read = Read(calls, "a function_call");
        JsonElement[] all = read.ValueKind == JsonValueKind.Array ? [.. read.EnumerateArray()] : [read];
        if (all.Length == 0 || !all.All(IsNamed))
            throw new ArgumentException($"a function_call is not a name with arguments: {Excerpt.Of(calls)}");
        return ChatTurn.Parse(Written(json =>
        {
            json.WriteStartObject();
            json.WriteString("role", "assistant");
            json.WriteStartArray("tool_calls");
            foreach (var call in all)
            {
                json.WriteStartObject();
                json.WriteString("type", "function");
                json.WritePropertyName("function");
                call.WriteTo(json);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }));
    }

    /// <summary>Functions of a column <c>tools</c>, which is a list or a text of one; those that stand bare are wrapped.</summary>
    /// <exception cref="ArgumentException">It is something else.</exception>
    public static JsonElement? Functions(JsonElement column)
    {
        if (column.ValueKind == JsonValueKind.String && string.IsNullOrWhiteSpace(column.GetString()))
            return null;
        var list = column.ValueKind == JsonValueKind.String ? Read(column.GetString()!, "the column 'tools'") : column;
        if (list.ValueKind != JsonValueKind.Array || !list.EnumerateArray().All(tool => IsNamed(tool) || IsWrapped(tool)))
            throw new ArgumentException($"the column 'tools' is no list of functions with names: {Excerpt.Of(list.GetRawText())}");
        return list.GetArrayLength() == 0 ? null : Written(json =>
        {
            json.WriteStartArray();
            foreach (var tool in list.EnumerateArray())
                if (IsWrapped(tool))
                    tool.WriteTo(json);
                else
                {
                    json.WriteStartObject();
                    json.WriteString("type", "function");
                    json.WritePropertyName("function");
                    tool.WriteTo(json);
                    json.WriteEndObject();
                }
            json.WriteEndArray();
        });
    }

    private static bool IsNamed(JsonElement value) => value.ValueKind == JsonValueKind.Object
        && value.TryGetProperty("name", out var name) && name.ValueKind == JsonValueKind.String;

    private static bool IsWrapped(JsonElement value) => value.ValueKind == JsonValueKind.Object
        && value.TryGetProperty("function", out var function) && IsNamed(function);

    private static JsonElement Read(string text, string what)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            throw new ArgumentException($"{what} is no JSON: {Excerpt.Of(text)}");
        }
    }

    private static JsonElement Written(Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
            write(json);
        using var document = JsonDocument.Parse(Encoding.UTF8.GetString(buffer.ToArray()));
        return document.RootElement.Clone();
    }
}
