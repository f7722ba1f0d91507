using System.Text.Json;
using Pellucid.Web.Api.Responses;

namespace Pellucid.Web.Api;

/// <summary>
/// What objects may hold that stand where a word could, too, and are read piece by piece: a field of them that is not understood is
/// refused by its name, as one of a request itself is.
/// </summary>
internal static class InnerObjects
{
    private static readonly (Type[] Where, string Name, Type Shape)[] All =
    [
        ([typeof(ChatRequest), typeof(CompletionRequest)], "response_format", typeof(ChatFormat)),
        ([typeof(ResponseText)], "format", typeof(SchemaFormat)),
        ([typeof(ChatRequest), typeof(ResponseRequest)], "tool_choice", typeof(ChosenTool)),
        ([typeof(ChatRequest)], "function_call", typeof(ChosenFunction)),
    ];

    /// <summary>The type of an object in a field; null where its fields are the caller's own.</summary>
    public static Type? Of(Type where, string name) => Array.Find(All, one => one.Name == name && one.Where.Contains(where)).Shape;
}

/// <summary>The form of a chat's answer.</summary>
internal sealed record ChatFormat(string? Type, NamedSchema? JsonSchema);

/// <summary>A schema and its name.</summary>
internal sealed record NamedSchema(string? Name, string? Description, JsonElement? Schema, bool? Strict);

/// <summary>The form of what a response says.</summary>
internal sealed record SchemaFormat(string? Type, string? Name, string? Description, JsonElement? Schema, bool? Strict);

/// <summary>A function that must be called, of a chat or of a response, or those that may be.</summary>
internal sealed record ChosenTool(string? Type, ChosenFunction? Function, string? Name, ChosenTools? AllowedTools, string? Mode,
    IReadOnlyList<ChosenTool>? Tools);

/// <summary>Those that may be called.</summary>
internal sealed record ChosenTools(string? Mode, IReadOnlyList<ChosenTool>? Tools);

/// <summary>A function by its name.</summary>
internal sealed record ChosenFunction(string? Name);
