using System.Text.Json;

namespace Pellucid.Conversations;

/// <summary>A function that a model may call, as chat APIs tell of it: <c>{"type": "function", "function": {"name": …}}</c>.</summary>
/// <param name="Name">Its name: letters, digits, dashes and underscores.</param>
/// <param name="Parameters">A JSON schema of its arguments; null where it has none.</param>
internal sealed record Tool(string Name, JsonElement? Parameters)
{
    private const int LongestName = 128;
    private const string Field = "tools";

    /// <summary>The schema of an argument; null where the function's schema says nothing of it.</summary>
    public JsonElement? Property(string name) => Parameters is { ValueKind: JsonValueKind.Object } all
        && all.TryGetProperty("properties", out var properties) && properties.ValueKind == JsonValueKind.Object
        && properties.TryGetProperty(name, out var schema) ? schema : null;

    /// <summary>The functions of a list.</summary>
    /// <exception cref="ConversationException">One of them is none; the message says where.</exception>
    public static IReadOnlyList<Tool> Read(JsonElement? list)
    {
        if (list is null or { ValueKind: JsonValueKind.Null })
            return [];
        if (list is not { ValueKind: JsonValueKind.Array } all)
            throw new ConversationException("tools must be a list", Field);
        var tools = all.EnumerateArray().Select((tool, index) => Read(tool, index)).ToArray();
        return tools.GroupBy(tool => tool.Name).FirstOrDefault(group => group.Count() > 1) is { } twice
            ? throw new ConversationException($"tools has two functions called '{twice.Key}'", Field) : tools;
    }

    private static Tool Read(JsonElement tool, int index)
    {
        var function = tool.ValueKind == JsonValueKind.Object && tool.TryGetProperty("function", out var inner) ? inner : tool;
        if (function.ValueKind != JsonValueKind.Object || !function.TryGetProperty("name", out var name)
            || name.ValueKind != JsonValueKind.String)
            throw new ConversationException($"tools[{index}] must be a function with a name", Field);
        var called = name.GetString()!;
        if (called.Length is 0 or > LongestName || !called.All(one => char.IsAsciiLetterOrDigit(one) || one is '_' or '-' or '.'))
            throw new ConversationException($"tools[{index}]: '{called}' is no name of letters, digits, dashes and underscores", Field);
        var hasParameters = function.TryGetProperty("parameters", out var parameters) && parameters.ValueKind != JsonValueKind.Null;
        return !hasParameters || parameters.ValueKind == JsonValueKind.Object ? new Tool(called, hasParameters ? parameters : null)
            : throw new ConversationException($"tools[{index}]: parameters must be a JSON schema, which is an object", Field);
    }
}
