using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Serialization;
using Pellucid.Conversations;

namespace Pellucid.Web.Api;

/// <summary>A function that may be called.</summary>
internal sealed record ChatTool
{
    [Description("function")]
    public required string Type { get; init; }

    public required ChatFunction Function { get; init; }
}

/// <summary>Its name, what it is for, and a JSON schema of its arguments.</summary>
internal sealed record ChatFunction
{
    public required string Name { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Description { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonElement? Parameters { get; init; }
}

/// <summary>What of functions a request says.</summary>
internal static class ChatTools
{
    /// <summary>The conversation with those of a request, in the one way or the other.</summary>
    public static Conversation With(this Conversation conversation, ChatRequest request)
    {
        if (request.Functions is not { Count: > 0 } functions)
            return conversation.With(request.Tools, request.ToolChoice ?? request.FunctionCall, request.ParallelToolCalls ?? true);
        if (request.Tools is { Count: > 0 })
            throw ApiException.Invalid("functions and tools are two ways to say the same", "functions", "unsupported");
        if (functions.Contains(null!))
            throw ApiException.Invalid("a function cannot be null", "functions");
        return conversation.With([.. functions.Select(function => new ChatTool { Type = "function", Function = function })],
            request.FunctionCall ?? request.ToolChoice, parallel: false);
    }

    /// <summary>What a field of tools was called when there were functions; null for another field.</summary>
    public static string? OldName(string? field) => field switch { "tools" => "functions", "tool_choice" => "function_call", _ => null };

    /// <summary>The conversation with them.</summary>
    /// <param name="conversation">What was said.</param>
    /// <param name="tools">The functions; none if null.</param>
    /// <param name="choice">Whether one may or must be called: a word, or which.</param>
    /// <param name="parallel">Whether several may be called at once.</param>
    public static Conversation With(this Conversation conversation, IReadOnlyList<ChatTool>? tools, JsonElement? choice, bool parallel)
    {
        foreach (var (tool, index) in (tools ?? []).Select((tool, index) => (tool, index)))
            if (tool is not { Type: "function" })
                throw ApiException.Invalid("a tool is of type function", $"tools[{index}].type", "unsupported");
        return conversation with
        {
            Tools = tools is { Count: > 0 } ? JsonSerializer.SerializeToElement(tools, ApiJson.Of<IReadOnlyList<ChatTool>>()) : null,
            Choice = Choice(choice),
            ParallelCalls = parallel,
        };
    }

    /// <summary>Whether a function may or must be called.</summary>
    public static ToolChoice Choice(JsonElement? choice) => choice switch
    {
        null or { ValueKind: JsonValueKind.Null } => ToolChoice.Auto,
        { ValueKind: JsonValueKind.String } word => word.GetString() switch
        {
            "auto" => ToolChoice.Auto,
            "none" => ToolChoice.None,
            "required" => ToolChoice.Required,
            _ => throw Wrong(),
        },
        { ValueKind: JsonValueKind.Object } one => Named(one),
        _ => throw Wrong(),
    };

    private static ToolChoice Named(JsonElement choice)
    {
        if ((Text(choice, "type") ?? "function") == "function" && NameOf(choice) is { Length: > 0 } name)
            return ToolChoice.Function(name);
        var allowed = choice.TryGetProperty("allowed_tools", out var inner) && inner.ValueKind == JsonValueKind.Object ? inner : choice;
        var mode = Text(allowed, "mode");
        if (Text(choice, "type") != "allowed_tools" || mode is not ("auto" or "required")
            || !allowed.TryGetProperty("tools", out var tools) || tools.ValueKind != JsonValueKind.Array)
            throw Wrong();
        return ToolChoice.Among([.. tools.EnumerateArray().Select(tool => NameOf(tool) ?? throw Wrong())], mode == "required");
    }

    private static string? NameOf(JsonElement tool) => tool.ValueKind != JsonValueKind.Object ? null
        : tool.TryGetProperty("function", out var function) && function.ValueKind == JsonValueKind.Object ? Text(function, "name")
        : Text(tool, "name");

    private static string? Text(JsonElement value, string name) =>
        value.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String ? text.GetString() : null;

    private static ApiException Wrong() => ApiException.Invalid("tool_choice is auto, none, required, a function by its name, or "
        + "allowed_tools with a mode and tools", "tool_choice", "unsupported");
}

/// <summary>A function that the model calls; of a stream, with its place among the calls.</summary>
internal sealed record CalledTool(string Id, string Type, CalledFunction Function,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Index = null)
{
    public static CalledTool Of(ToolCall call, int? index = null) =>
        new(call.Id, "function", new CalledFunction(call.Name, call.Arguments), index);
}

/// <summary>Its name and its arguments, a text of JSON.</summary>
internal sealed record CalledFunction(string Name, string Arguments);
