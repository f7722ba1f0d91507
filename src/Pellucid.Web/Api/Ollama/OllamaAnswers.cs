using System.Text.Json;
using System.Text.Json.Serialization;
using Pellucid.Conversations;

namespace Pellucid.Web.Api.Ollama;

/// <summary>An answer, or a piece of one.</summary>
internal sealed record OllamaAnswer(string Model, DateTimeOffset CreatedAt)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public OllamaSaid? Message { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Response { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Thinking { get; init; }

    public bool Done { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? DoneReason { get; init; }

    /// <summary>Nanoseconds.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? TotalDuration { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? LoadDuration { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? PromptEvalCount { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? PromptEvalDuration { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? EvalCount { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? EvalDuration { get; init; }
}

/// <summary>What the model said, thought and called.</summary>
internal sealed record OllamaSaid(string Role, string Content,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Thinking,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<OllamaCall>? ToolCalls)
{
    public static OllamaSaid Of(string text, string thought, IReadOnlyList<ToolCall> calls) => new("assistant", text,
        thought.Length > 0 ? thought : null, calls.Count > 0 ? [.. calls.Select(OllamaCall.Of)] : null);
}

/// <summary>A call of a function, with arguments as an object.</summary>
internal sealed record OllamaCall(string Id, OllamaCalled Function)
{
    public static OllamaCall Of(ToolCall call)
    {
        using var arguments = JsonDocument.Parse(call.Arguments);
        return new OllamaCall(call.Id, new OllamaCalled(call.Name, arguments.RootElement.Clone()));
    }
}

/// <summary>Its name and its arguments.</summary>
internal sealed record OllamaCalled(string Name, JsonElement Arguments);
