using System.Text.Json;
using Microsoft.Extensions.AI;
using Pellucid.Conversations;

namespace Pellucid.Extensions.AI;

/// <summary>Functions, their calls and their results as templates see them.</summary>
internal static class ToolTurns
{
    /// <summary>The functions of a chat, as a list of JSON; null where there are none.</summary>
    public static JsonElement? List(ChatOptions? options)
    {
        var functions = (options?.Tools ?? []).OfType<AIFunctionDeclaration>().ToArray();
        return functions.Length == 0 ? null : Json(json =>
        {
            json.WriteStartArray();
            foreach (var function in functions)
            {
                json.WriteStartObject();
                json.WriteString("type", "function");
                json.WriteStartObject("function");
                json.WriteString("name", function.Name);
                if (function.Description.Length > 0)
                    json.WriteString("description", function.Description);
                json.WritePropertyName("parameters");
                function.JsonSchema.WriteTo(json);
                json.WriteEndObject();
                json.WriteEndObject();
            }
            json.WriteEndArray();
        });
    }

    /// <summary>Whether one may or must be called.</summary>
    public static ToolChoice Choice(ChatOptions? options) => options?.ToolMode switch
    {
        NoneChatToolMode => ToolChoice.None,
        RequiredChatToolMode { RequiredFunctionName: { } name } => ToolChoice.Function(name),
        RequiredChatToolMode => ToolChoice.Required,
        _ => ToolChoice.Auto,
    };

    /// <summary>A turn in which functions were called, or something was thought.</summary>
    public static ChatTurn Calls(string role, string text, string thought, IReadOnlyList<FunctionCallContent> calls) =>
        ChatTurn.Parse(Json(json =>
        {
            json.WriteStartObject();
            json.WriteString("role", role);
            json.WriteString("content", text);
            if (thought.Length > 0)
                json.WriteString("reasoning_content", thought);
            if (calls.Count > 0)
                json.WriteStartArray("tool_calls");
            foreach (var call in calls)
            {
                json.WriteStartObject();
                json.WriteString("id", call.CallId);
                json.WriteString("type", "function");
                json.WriteStartObject("function");
                json.WriteString("name", call.Name);
                json.WritePropertyName("arguments");
                Serialize(json, call.Arguments ?? new Dictionary<string, object?>());
                json.WriteEndObject();
                json.WriteEndObject();
            }
            if (calls.Count > 0)
                json.WriteEndArray();
            json.WriteEndObject();
        }));

    /// <summary>A turn that tells what a function has given.</summary>
    public static ChatTurn Result(FunctionResultContent result) => ChatTurn.Parse(Json(json =>
    {
        json.WriteStartObject();
        json.WriteString("role", "tool");
        json.WriteString("tool_call_id", result.CallId);
        json.WriteString("content", result.Result switch
        {
            null => result.Exception is { } error ? $"error: {error.Message}" : "null",
            string text => text,
            JsonElement { ValueKind: JsonValueKind.String } text => text.GetString()!,
            JsonElement value => value.GetRawText(),
            var other => JsonSerializer.Serialize(other, AIJsonUtilities.DefaultOptions.GetTypeInfo(other.GetType())),
        });
        json.WriteEndObject();
    }));

    /// <summary>A call as a content.</summary>
    public static FunctionCallContent Content(ToolCall call)
    {
        using var arguments = JsonDocument.Parse(call.Arguments);
        var values = new Dictionary<string, object?>();
        foreach (var one in arguments.RootElement.EnumerateObject())
            values[one.Name] = one.Value.Clone(); // of two with one name the last is meant, as everywhere in .NET
        return new FunctionCallContent(call.Id, call.Name, values);
    }

    private static void Serialize(Utf8JsonWriter json, IDictionary<string, object?> arguments) =>
        JsonSerializer.Serialize(json, arguments, AIJsonUtilities.DefaultOptions.GetTypeInfo(typeof(IDictionary<string, object?>)));

    private static JsonElement Json(Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
            write(json);
        using var document = JsonDocument.Parse(buffer.ToArray());
        return document.RootElement.Clone();
    }
}
