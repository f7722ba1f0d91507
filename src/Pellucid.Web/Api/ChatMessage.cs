using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Serialization;
using Pellucid.Conversations;

namespace Pellucid.Web.Api;

/// <summary>One turn; its content is a string, or parts of type text.</summary>
internal sealed record ChatMessage
{
    public required string Role { get; init; }

    [Description("A string, or a list of parts of type text")]
    public JsonElement? Content { get; init; }

    [Description("What the model thought before it spoke")]
    public string? ReasoningContent { get; init; }

    [Description("Functions that the model called")]
    public IReadOnlyList<ChatToolCall>? ToolCalls { get; init; }

    [Description("The call that this is the result of")]
    public string? ToolCallId { get; init; }

    [Description("Who speaks among several of one role")]
    public string? Name { get; init; }

    /// <summary>What a template is given.</summary>
    /// <param name="path">Where in the request it stands.</param>
    public ChatTurn Turn(string path)
    {
        var text = Text(path);
        if (ReasoningContent is null && ToolCalls is not { Count: > 0 } && ToolCallId is null)
            return new ChatTurn(Role, text);
        foreach (var (call, index) in (ToolCalls ?? []).Select((call, index) => (call, index)))
            if (call is null or { Type: not (null or "function") })
                throw ApiException.Invalid("a call is of type function", $"{path}.tool_calls[{index}].type", "unsupported");
        return ChatTurn.Parse(JsonSerializer.SerializeToElement(new TemplateMessage(Role, text, ReasoningContent,
            ToolCalls is { Count: > 0 } ? ToolCalls : null, ToolCallId, Role == "tool" ? Name : null), ApiJson.Of<TemplateMessage>()));
    }

    private string Text(string path) => Content switch
    {
        null or { ValueKind: JsonValueKind.Null } when Role is "user" or "system" or "developer" =>
            throw ApiException.Invalid("a message of this role has a content", $"{path}.content"),
        null or { ValueKind: JsonValueKind.Null } => "",
        { ValueKind: JsonValueKind.String } text => text.GetString()!,
        { ValueKind: JsonValueKind.Array } parts => string.Concat(parts.EnumerateArray()
            .Select((part, index) => Text(part, $"{path}.content[{index}]"))),
        _ => throw ApiException.Invalid("content must be a string or a list of parts", $"{path}.content"),
    };

    private static string Text(JsonElement part, string path)
    {
        if (part.ValueKind != JsonValueKind.Object || !part.TryGetProperty("type", out var type) || type.ValueKind != JsonValueKind.String
            || !type.ValueEquals("text") || !part.TryGetProperty("text", out var text) || text.ValueKind != JsonValueKind.String)
            throw ApiException.Invalid("content can have parts of type text only", path);
        foreach (var field in part.EnumerateObject())
            if (field.Name is not ("type" or "text") && field.Value.ValueKind != JsonValueKind.Null)
                throw ApiException.Invalid($"{path}.{field.Name} is not a field that is understood here", $"{path}.{field.Name}",
                    "unsupported_parameter");
        return text.GetString()!;
    }
}

/// <summary>A message with more than a text, as templates know it.</summary>
internal sealed record TemplateMessage(string Role, string Content,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? ReasoningContent,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<ChatToolCall>? ToolCalls,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? ToolCallId,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Name);

/// <summary>A call that comes back.</summary>
internal sealed record ChatToolCall
{
    public string? Id { get; init; }

    public string? Type { get; init; }

    public required ChatCalledFunction Function { get; init; }
}

/// <summary>The function that was called, and its arguments: a text of JSON.</summary>
internal sealed record ChatCalledFunction
{
    public required string Name { get; init; }

    public JsonElement? Arguments { get; init; }
}
