using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Pellucid.Conversations.Calls;

/// <summary>
/// Turns in the form in which a template takes them: arguments of calls as objects or as texts, ids as long as some templates want
/// them, roles that it knows. Everything else of a turn stays.
/// </summary>
internal static class PreparedTurns
{
    /// <exception cref="ConversationException">The arguments of a call are no object.</exception>
    public static Conversation Of(Conversation conversation, AnswerFormat format)
    {
        var tools = conversation.Choice.IsNone ? null : conversation.Tools;
        return conversation with
        {
            Turns = [.. conversation.Turns.Select((turn, index) => Of(turn, index, format))],
            Tools = tools is { ValueKind: JsonValueKind.Array } list && list.GetArrayLength() == 0 ? null : tools,
        };
    }

    private static ChatTurn Of(ChatTurn turn, int index, AnswerFormat format)
    {
        var role = turn.Role == "developer" && !format.KnowsDeveloper ? "system" : turn.Role;
        if (turn.Message is not { } message)
            return role == turn.Role ? turn : new ChatTurn(role, turn.Text);
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach (var field in message.EnumerateObject())
                Write(json, field, role, index, format);
            if (!message.TryGetProperty("content", out _))
                WriteContent(json, default, message, format);
            json.WriteEndObject();
        }
        using var document = JsonDocument.Parse(buffer.ToArray());
        return ChatTurn.Parse(document.RootElement);
    }

    private static void Write(Utf8JsonWriter json, JsonProperty field, string role, int index, AnswerFormat format)
    {
        switch (field.Name)
        {
            case "role":
                json.WriteString("role", role);
                break;
            case "content":
                WriteContent(json, field.Value, default, format);
                break;
            case "tool_calls" when field.Value.ValueKind == JsonValueKind.Array:
                if (field.Value.GetArrayLength() > 0 && Known(field, index, format)) // templates ask whether there is such a field
                    WriteCalls(json, field.Value, index, format);
                break;
            case "tool_call_id" when field.Value.ValueKind == JsonValueKind.String && Known(field, index, format):
                json.WriteString("tool_call_id", Id(field.Value.GetString()!));
                break;
            default:
                field.WriteTo(json);
                break;
        }
    }

    private static bool Known(JsonProperty field, int index, AnswerFormat format) => format.Calls is not null ? true
        : throw new ConversationException(format.Refusal, $"messages[{index}].{field.Name}");

    private static void WriteContent(Utf8JsonWriter json, JsonElement content, JsonElement message, AnswerFormat format)
    {
        json.WritePropertyName("content");
        if (content.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null))
            content.WriteTo(json);
        else if (format.ContentIsNull && (message.ValueKind == JsonValueKind.Undefined || message.TryGetProperty("tool_calls", out _)))
            json.WriteNullValue();
        else
            json.WriteStringValue("");
    }

    private static void WriteCalls(Utf8JsonWriter json, JsonElement calls, int index, AnswerFormat format)
    {
        json.WriteStartArray("tool_calls");
        var place = 0;
        foreach (var call in calls.EnumerateArray())
        {
            var path = $"messages[{index}].tool_calls[{place++}]";
            if (call.ValueKind != JsonValueKind.Object || !call.TryGetProperty("function", out var function)
                || function.ValueKind != JsonValueKind.Object || !function.TryGetProperty("name", out var name)
                || name.ValueKind != JsonValueKind.String)
                throw new ConversationException($"{path} must have a function with a name", path);
            json.WriteStartObject();
            if (call.TryGetProperty("id", out var id) && id.ValueKind == JsonValueKind.String)
                json.WriteString("id", Id(id.GetString()!));
            json.WriteString("type", "function");
            json.WriteStartObject("function");
            json.WriteString("name", name.GetString());
            json.WritePropertyName("arguments");
            var arguments = function.TryGetProperty("arguments", out var given) ? given : default;
            var text = arguments.ValueKind switch
            {
                JsonValueKind.String => arguments.GetString()!,
                JsonValueKind.Undefined or JsonValueKind.Null => "",
                _ => arguments.GetRawText(),
            };
            text = string.IsNullOrWhiteSpace(text) ? "{}" : text;
            if (CallJson.Arguments(text) is null)
                throw new ConversationException($"{path}.function.arguments must be an object of JSON, as a text",
                    $"{path}.function.arguments");
            if (format.ArgumentsAreText)
                json.WriteStringValue(text);
            else
                json.WriteRawValue(text);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    // Some templates want nine characters: other ids are told by nine that depend on them alone.
    private static string Id(string id) => id.Length == AnswerReader.IdLength && id.All(char.IsAsciiLetterOrDigit) ? id
        : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(id)))[..AnswerReader.IdLength];
}
