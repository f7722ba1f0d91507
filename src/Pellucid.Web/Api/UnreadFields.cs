using System.Text.Json;
using Pellucid.Web.Api.Ollama;
using Pellucid.Web.Api.Responses;

namespace Pellucid.Web.Api;

/// <summary>
/// Fields of the published API that are taken without being read, because with the values that are allowed here they change nothing
/// about an answer: each with the reason. Whatever stands neither here nor in the type of a request is refused by its name.
/// </summary>
internal static class UnreadFields
{
    private const string Any = "";

    private static readonly Type[] Everywhere =
        [typeof(ChatRequest), typeof(CompletionRequest), typeof(EmbeddingRequest), typeof(ResponseRequest)];

    // Where, which, the values that are allowed as JSON (any, if none is said), and why it changes nothing.
    private static readonly (Type[] Where, string Name, string Only, string Reason)[] All =
    [
        (Everywhere, "user", Any, "a name for statistics of the caller"),
        (Everywhere, "safety_identifier", Any, "the same"),
        ([typeof(ChatRequest), typeof(CompletionRequest)], "metadata", Any, "is kept with what is stored, and nothing is"),
        ([typeof(ChatRequest), typeof(CompletionRequest)], "store", Any, "nothing is stored, whoever asks"),
        ([typeof(ChatRequest), typeof(CompletionRequest), typeof(ResponseRequest)], "service_tier", Any, "there is one"),
        ([typeof(ChatRequest), typeof(ResponseRequest)], "prompt_cache_key", Any, "all prompts are cached alike"),
        ([typeof(ChatRequest), typeof(ResponseRequest)], "prompt_cache_retention", Any, "the same"),
        ([typeof(ChatRequest)], "prediction", Any, "makes an answer faster, never another one"),
        ([typeof(ChatRequest), typeof(ResponseText)], "verbosity", Any, "a wish: models here talk as they have learned"),
        ([typeof(ChatRequest)], "modalities", "[\"text\"]", "what is done anyway"),
        ([typeof(ChatRequest)], "add_generation_prompt", "true", "what is done anyway"),
        ([typeof(ChatRequest), typeof(CompletionRequest)], "ignore_eos", "false", "what is done anyway"),
        ([typeof(ResponseRequest)], "background", "false", "what is done anyway"),
        ([typeof(ResponseRequest)], "max_tool_calls", Any, "counts calls of tools that run in the server, and there are none"),
        ([typeof(ResponseReasoning)], "summary", Any, "thoughts are told as they are"),
        ([typeof(ResponseReasoning)], "generate_summary", Any, "the same"),
        ([typeof(ResponseTool)], "strict", Any, "as of chats"),
        ([typeof(StreamOptions)], "include_obfuscation", Any, "events are not padded"),
        ([typeof(OllamaChatRequest), typeof(OllamaGenerateRequest)], "keep_alive", Any, "models stay as long as memory does"),
        ([typeof(OllamaGenerateRequest)], "suffix", "\"\"", "none"),
        ([typeof(OllamaGenerateRequest)], "template", "\"\"", "the model's own"),
        ([typeof(OllamaGenerateRequest), typeof(OllamaMessage)], "images", "[]", "none"),
        ([typeof(OllamaOptions)], "num_ctx", Any, "the context is the model's own"),
        ([typeof(OllamaOptions)], "num_batch", Any, "how fast prompts are read, never what is written"),
        ([typeof(OllamaOptions)], "num_gpu", Any, "where it is computed, never what"),
        ([typeof(OllamaOptions)], "num_thread", Any, "the same"),
        ([typeof(OllamaOptions)], "use_mmap", Any, "how files are read"),
        ([typeof(TokenizeRequest)], "with_pieces", "false", "tokens alone are told"),
        ([typeof(ChatMessage)], "annotations", Any, "marks in an answer that comes back"),
        ([typeof(ChatMessage)], "parsed", Any, "the content again, as a client read it"),
        ([typeof(ChatToolCall)], "index", Any, "the call's place in the list, which it has anyway"),
        ([typeof(ChatCalledFunction)], "parsed_arguments", Any, "the arguments again, as a client read them"),
        ([typeof(ChatFunction)], "strict", Any, "arguments are kept to the schema wherever a function must be called, and checked never"),
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
