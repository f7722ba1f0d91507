using System.Text.Json;
using Pellucid.Conversations;
using Pellucid.Files;

namespace Pellucid.Tuning.Data;

/// <summary>Messages as data sets have them: <c>role</c> and <c>content</c>, or ShareGPT's <c>from</c> and <c>value</c>.</summary>
internal static class Messages
{
    private static readonly Dictionary<string, string> Speakers = new()
    {
        ["human"] = "user", ["user"] = "user", ["gpt"] = "assistant", ["chatgpt"] = "assistant", ["assistant"] = "assistant",
        ["system"] = "system", ["observation"] = "tool", ["tool"] = "tool",
    };

    /// <summary>A turn, and what it weighs where it is learned; null where it is none.</summary>
    /// <exception cref="ArgumentException">It has what cannot be learned from; the message names the field.</exception>
    public static (ChatTurn Turn, double Weight)? Read(JsonElement message)
    {
        if (message.ValueKind != JsonValueKind.Object)
            return null;
        var (role, content) = message.TryGetProperty("from", out var from) ? (Speaker(from), Field(message, "value"))
            : (Field(message, "role")?.GetString(), Field(message, "content"));
        if (role is null || content is not { } said)
            return null;
        var weight = UsualWeight(role);
        foreach (var field in message.EnumerateObject())
            if (field.Name is "weight" or "loss_weight")
                weight = WeightOf(field, role);
            else if (field.Name is not ("role" or "content" or "from" or "value") && field.Value.ValueKind != JsonValueKind.Null)
                throw new ArgumentException($"a message has '{field.Name}', which cannot be learned from");
        return (new ChatTurn(role, TextOf(said)), weight);
    }

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
