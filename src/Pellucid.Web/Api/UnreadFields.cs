using System.Text.Json;

namespace Pellucid.Web.Api;

/// <summary>
/// Fields of the published API that are taken without being read, because with the values that are allowed here they change nothing
/// about an answer: each with the reason. Whatever stands neither here nor in the type of a request is refused by its name.
/// </summary>
internal static class UnreadFields
{
    private const string Any = "";

    // Where, which, the values that are allowed as JSON (any, if none is said), and why it changes nothing.
    private static readonly (Type[] Where, string Name, string Only, string Reason)[] All =
    [
        ([typeof(ChatRequest), typeof(CompletionRequest), typeof(EmbeddingRequest)], "user", Any, "a name for statistics of the caller"),
        ([typeof(ChatRequest), typeof(CompletionRequest), typeof(EmbeddingRequest)], "safety_identifier", Any, "the same"),
        ([typeof(ChatRequest), typeof(CompletionRequest)], "metadata", Any, "is kept with what is stored, and nothing is"),
        ([typeof(ChatRequest), typeof(CompletionRequest)], "store", Any, "nothing is stored, whoever asks"),
        ([typeof(ChatRequest), typeof(CompletionRequest)], "service_tier", Any, "there is one"),
        ([typeof(ChatRequest)], "prompt_cache_key", Any, "all prompts are cached alike"),
        ([typeof(ChatRequest)], "prompt_cache_retention", Any, "the same"),
        ([typeof(ChatRequest)], "prediction", Any, "makes an answer faster, never another one"),
        ([typeof(ChatRequest)], "reasoning_effort", Any, "a wish: models here think as they have learned"),
        ([typeof(ChatRequest)], "verbosity", Any, "a wish: models here talk as they have learned"),
        ([typeof(ChatRequest)], "parallel_tool_calls", Any, "there are no tools"),
        ([typeof(ChatRequest)], "tool_choice", "\"auto\" \"none\"", "there are no tools to choose from"),
        ([typeof(ChatRequest)], "functions", "[]", "there are none"),
        ([typeof(ChatRequest)], "function_call", "\"auto\" \"none\"", "there are none to call"),
        ([typeof(ChatRequest)], "modalities", "[\"text\"]", "what is done anyway"),
        ([typeof(ChatRequest)], "add_generation_prompt", "true", "what is done anyway"),
        ([typeof(ChatRequest), typeof(CompletionRequest)], "ignore_eos", "false", "what is done anyway"),
        ([typeof(StreamOptions)], "include_obfuscation", Any, "events are not padded"),
        ([typeof(ChatMessage)], "name", Any, "who speaks among several of one role; templates are given roles"),
        ([typeof(ChatMessage)], "reasoning_content", Any, "thoughts of earlier turns are not read again"),
        ([typeof(ChatMessage)], "annotations", Any, "marks in an answer that comes back"),
        ([typeof(ChatMessage)], "tool_calls", "[]", "none"),
    ];

    /// <summary>Whether a field may stand there with that value. What is null asks for nothing.</summary>
    public static bool ChangesNothing(Type where, string name, JsonElement value) => value.ValueKind == JsonValueKind.Null
        || Find(where, name) is { } field && (field.Only == Any || field.Only.Split(' ').Contains(Compact(value)));

    /// <summary>Whether a field may stand there at all.</summary>
    public static bool IsKnown(Type where, string name) => Find(where, name) is not null;

    /// <summary>The values with which it may.</summary>
    public static string Only(Type where, string name) => Find(where, name)?.Only.Replace(" ", " or ", StringComparison.Ordinal) ?? "";

    private static (string Only, string Reason)? Find(Type where, string name)
    {
        foreach (var field in All)
            if (field.Name == name && field.Where.Contains(where))
                return (field.Only, field.Reason);
        return null;
    }

    private static string Compact(JsonElement value) => string.Concat(value.GetRawText().Where(one => !char.IsWhiteSpace(one)));
}
