using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Pellucid.Web.Api.Ollama;
using Pellucid.Web.Api.Responses;

namespace Pellucid.Web.Api;

/// <summary>How requests and answers are written.</summary>
internal static class ApiJson
{
    public static readonly JsonSerializerOptions Options = Configure(new JsonSerializerOptions(JsonSerializerDefaults.Web));

    public static JsonSerializerOptions Configure(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.DefaultIgnoreCondition = JsonIgnoreCondition.Never;
        options.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        options.RespectNullableAnnotations = true;
        // before what else there is: the explorer's framework has types of its own
        options.TypeInfoResolverChain.Insert(0, ApiJsonTypes.Default);
        return options;
    }

    /// <summary>How values of a type are written.</summary>
    public static JsonTypeInfo<T> Of<T>() => (JsonTypeInfo<T>)Options.GetTypeInfo(typeof(T));
}

/// <summary>What requests and answers are made of:
/// read and written by code that is compiled with the rest, so that trimming and native AOT keep it.</summary>
[JsonSerializable(typeof(ModelList))]
[JsonSerializable(typeof(CompletionRequest))]
[JsonSerializable(typeof(Completion))]
[JsonSerializable(typeof(ChatRequest))]
[JsonSerializable(typeof(ChatFormat))]
[JsonSerializable(typeof(SchemaFormat))]
[JsonSerializable(typeof(ChosenTool))]
[JsonSerializable(typeof(ChatCompletion<ChatChoice>))]
[JsonSerializable(typeof(ChatCompletion<ChatPiece>))]
[JsonSerializable(typeof(IReadOnlyList<ChatTool>))]
[JsonSerializable(typeof(TemplateMessage))]
[JsonSerializable(typeof(ResponseRequest))]
[JsonSerializable(typeof(IReadOnlyList<ResponseTool>))]
[JsonSerializable(typeof(ChatLogprobs))]
[JsonSerializable(typeof(JsonObject))]
[JsonSerializable(typeof(OllamaChatRequest))]
[JsonSerializable(typeof(OllamaGenerateRequest))]
[JsonSerializable(typeof(OllamaAnswer))]
[JsonSerializable(typeof(OllamaTags))]
[JsonSerializable(typeof(OllamaError))]
[JsonSerializable(typeof(TokenizeRequest))]
[JsonSerializable(typeof(TokenList))]
[JsonSerializable(typeof(DetokenizeRequest))]
[JsonSerializable(typeof(TokensText))]
[JsonSerializable(typeof(TokenizerInfo))]
[JsonSerializable(typeof(ServerProps))]
[JsonSerializable(typeof(EmbeddingRequest))]
[JsonSerializable(typeof(Embeddings))]
[JsonSerializable(typeof(float[]))]
[JsonSerializable(typeof(InspectRequest))]
[JsonSerializable(typeof(Inspection))]
[JsonSerializable(typeof(ApiErrorBody))]
internal sealed partial class ApiJsonTypes : JsonSerializerContext;
