using System.Text.Json;

namespace Pellucid.Web.Api.Responses;

/// <summary>Reads items as messages: calls that follow one another are one message's, and so is what was thought before it.</summary>
internal sealed class ResponseInput(Func<string, JsonElement?> find)
{
    private readonly List<ChatMessage> _messages = [];
    private readonly List<ChatToolCall> _calls = [];
    private string _thought = "", _said = "";

    /// <summary>The messages of an input.</summary>
    /// <param name="input">A string, or a list of items.</param>
    public IReadOnlyList<ChatMessage> Read(JsonElement input)
    {
        if (input.ValueKind == JsonValueKind.String)
            return [Message("user", input.GetString()!)];
        if (input.ValueKind != JsonValueKind.Array || input.GetArrayLength() == 0)
            throw ApiException.Invalid("input must be a string or a list of items, and not empty", "input");
        var index = 0;
        foreach (var item in input.EnumerateArray())
            Add(item, $"input[{index++}]");
        EndTurn();
        return _messages;
    }

    private void Add(JsonElement item, string path)
    {
        if (item.ValueKind != JsonValueKind.Object)
            throw ApiException.Invalid($"{path} must be an object", path);
        switch (item.TryGetProperty("type", out var type) && type.ValueKind != JsonValueKind.Null ? Text(item, "type", path) : "message")
        {
            case "message":
                Allow(item, path, "type", "role", "content", "id", "status");
                AddMessage(Text(item, "role", path), Content(item, "content", path));
                break;
            case "function_call":
                Allow(item, path, "type", "call_id", "name", "arguments", "id", "status");
                _calls.Add(new ChatToolCall
                {
                    Id = Text(item, "call_id", path),
                    Type = "function",
                    Function = new ChatCalledFunction { Name = Text(item, "name", path), Arguments = Arguments(item, path) },
                });
                break;
            case "function_call_output":
                Allow(item, path, "type", "call_id", "output", "id", "status");
                EndTurn();
                _messages.Add(Message("tool", Content(item, "output", path)) with { ToolCallId = Text(item, "call_id", path) });
                break;
            case "reasoning":
                Allow(item, path, "type", "id", "status", "summary", "content", "encrypted_content");
                _thought += Content(item, "content", path) is { Length: > 0 } thought ? thought : Content(item, "summary", path);
                break;
            case "item_reference":
                Allow(item, path, "type", "id");
                Add(find(Text(item, "id", path)) ?? throw ApiException.Invalid(
                    $"{path}.id: there is no item '{item.GetProperty("id").GetString()}' here", $"{path}.id", "item_not_found"), path);
                break;
            default:
                throw ApiException.Invalid($"{path}.type: {type.GetRawText()} is not understood here", $"{path}.type", "unsupported");
        }
    }

    private void AddMessage(string role, string text)
    {
        if (role != "assistant" || _said.Length > 0 || _calls.Count > 0)
            EndTurn();
        if (role == "assistant")
            _said = text;
        else
            _messages.Add(Message(role, text));
    }

    // What the model thought, said and called in one turn.
    private void EndTurn()
    {
        if (_said.Length + _thought.Length + _calls.Count > 0)
            _messages.Add(Message("assistant", _said) with
            {
                ReasoningContent = _thought.Length > 0 ? _thought : null,
                ToolCalls = _calls.Count > 0 ? [.. _calls] : null,
            });
        (_said, _thought) = ("", "");
        _calls.Clear();
    }

    private static ChatMessage Message(string role, string text) =>
        new() { Role = role, Content = JsonSerializer.SerializeToElement(text, ApiJson.Of<string>()) };

    private static string Content(JsonElement item, string name, string path)
    {
        if (!item.TryGetProperty(name, out var content) || content.ValueKind == JsonValueKind.Null)
            return "";
        if (content.ValueKind == JsonValueKind.String)
            return content.GetString()!;
        return content.ValueKind != JsonValueKind.Array ? throw ApiException.Invalid($"{path}.{name} must be a string or a list of parts",
            $"{path}.{name}") : string.Concat(content.EnumerateArray().Select((part, index) => Part(part, $"{path}.{name}[{index}]")));
    }

    private static string Part(JsonElement part, string path)
    {
        if (part.ValueKind != JsonValueKind.Object || Text(part, "type", path)
            is not ("input_text" or "output_text" or "text" or "summary_text" or "reasoning_text"))
            throw ApiException.Invalid($"{path} must be a part of a text", path, "unsupported");
        Allow(part, path, "type", "text", "annotations", "logprobs");
        return Text(part, "text", path);
    }

    private static JsonElement Arguments(JsonElement item, string path) => item.TryGetProperty("arguments", out var given)
        && given.ValueKind == JsonValueKind.String && IsObject(given.GetString()!) ? given
        : throw ApiException.Invalid($"{path}.arguments must be an object of JSON, as a text", $"{path}.arguments");

    private static bool IsObject(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json.Length == 0 ? "{}" : json);
            return document.RootElement.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string Text(JsonElement item, string name, string path) =>
        item.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String ? text.GetString()!
            : throw ApiException.Invalid($"{path}.{name} must be a text", $"{path}.{name}");

    // What is null asks for nothing.
    private static void Allow(JsonElement item, string path, params ReadOnlySpan<string> names)
    {
        foreach (var field in item.EnumerateObject())
            if (field.Value.ValueKind != JsonValueKind.Null && !names.Contains(field.Name))
                throw ApiException.Invalid($"{path}.{field.Name} is not a field that is understood here", $"{path}.{field.Name}",
                    "unsupported_parameter");
    }
}
