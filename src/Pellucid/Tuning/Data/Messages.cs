using System.Text.Json;
using Pellucid.Conversations;
using Pellucid.Files;

namespace Pellucid.Tuning.Data;

/// <summary>
/// Messages as data sets have them: <c>role</c> and <c>content</c>, perhaps with <c>tool_calls</c>, or ShareGPT's <c>from</c> and
/// <c>value</c>, where a <c>function_call</c> is an assistant's and an <c>observation</c> a tool's.
/// </summary>
internal static class Messages
{
    private static readonly Dictionary<string, string> Speakers = new()
    {
        ["human"] = "user", ["user"] = "user", ["gpt"] = "assistant", ["chatgpt"] = "assistant", ["assistant"] = "assistant",
        ["system"] = "system", ["observation"] = "tool", ["tool"] = "tool", [CallSpeaker] = "assistant",
    };

    private const string CallSpeaker = "function_call";

    /// <summary>A turn, and what it weighs where it is learned; null where it is none.</summary>
    /// <exception cref="ArgumentException">It has what cannot be learned from; the message names the field.</exception>
    public static (ChatTurn Turn, double Weight)? Read(JsonElement message)
    {
        if (message.ValueKind != JsonValueKind.Object)
            return null;
        var (role, content) = message.TryGetProperty("from", out var from) ? (Speaker(from), Field(message, "value"))
            : (Field(message, "role")?.GetString(), Field(message, "content"));
        if (role is null || (content is null && !message.TryGetProperty("tool_calls", out _)))
            return null;
        var weight = UsualWeight(role);
        foreach (var field in message.EnumerateObject())
            if (field.Name is "weight" or "loss_weight")
                weight = WeightOf(field, role);
            else if (!IsRead(field, role))
                throw new ArgumentException($"a message of {role} has '{field.Name}', which cannot be learned from");
        return (HasCalls(message) ? ToolCalls.TurnOf(message)
            : Field(message, "from")?.GetString() == CallSpeaker ? ToolCalls.TurnOf(TextOf(content!.Value))
            : new ChatTurn(role, TextOf(content ?? throw new ArgumentException("a message says nothing"))), weight);
    }

    // What a template may ask for of calls and their results goes to it.
    private static bool IsRead(JsonProperty field, string role) => field.Name is "role" or "content" or "from" or "value"
        || field.Value.ValueKind == JsonValueKind.Null || field.Name == "tool_calls" && role == "assistant"
        || field.Name is "tool_call_id" or "name" && role == "tool";

    private static bool HasCalls(JsonElement message) => message.EnumerateObject().Any(field =>
        field.Name is "tool_calls" or "tool_call_id" or "name" && field.Value.ValueKind != JsonValueKind.Null);

    /// <summary>Assistants are learned, and others are not.</summary>
    public static double UsualWeight(string role) => role == "assistant" ? 1 : 0;

    private static string? Speaker(JsonElement from) => from.GetString() is { } name && Speakers.TryGetValue(name, out var role) ? role
        : throw new ArgumentException($"a message is from '{from}', who is not known; known are {string.Join(", ", Speakers.Keys)}");

    private static JsonElement? Field(JsonElement message, string name) => message.TryGetProperty(name, out var field) ? field : null;

    private static double WeightOf(JsonProperty field, string role) =>
        field.Value.ValueKind == JsonValueKind.Number && field.Value.GetDouble() is >= 0 and var weight && double.IsFinite(weight)
            && (role == "assistant" || weight == 0) ? weight
            : throw new ArgumentException($"a message of {role} has '{field.Name}' {Excerpt.Of(field.Value.GetRawText())}; an assistant's "
                + "words weigh a number from 0, others 0");

    private static string TextOf(JsonElement content) => content.ValueKind switch
    {
        JsonValueKind.String => content.GetString()!,
        JsonValueKind.Array => string.Concat(content.EnumerateArray().Select(PartOf)),
        _ => throw new ArgumentException($"a message says {content.ValueKind}, where a text or a list of texts is needed"),
    };

    private static string PartOf(JsonElement part) => part.ValueKind == JsonValueKind.Object
        && (part.TryGetProperty("text", out var text) || part.TryGetProperty("value", out text)) && text.ValueKind == JsonValueKind.String
        ? text.GetString()! : throw new ArgumentException($"a message has a part that is no text: {part.GetRawText()}");
}
