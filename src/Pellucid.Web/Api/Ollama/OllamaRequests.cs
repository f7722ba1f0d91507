using System.ComponentModel;
using System.Text.Json;
using Pellucid.Conversations;
using Pellucid.Generation;

namespace Pellucid.Web.Api.Ollama;

/// <summary>What requests of Ollama's API have in common.</summary>
internal abstract record OllamaRequest
{
    [Description("Name of the model, with or without :latest")]
    public required string Model { get; init; }

    [Description("Send objects, a line each, while they are being written; true if left out")]
    public bool? Stream { get; init; }

    [Description("json, or a JSON schema that what is said is valid by")]
    public JsonElement? Format { get; init; }

    [Description("Whether the model thinks, or how much, where its template asks for that")]
    public JsonElement? Think { get; init; }

    public OllamaOptions? Options { get; init; }

    /// <summary>Variables of the template.</summary>
    public JsonElement? Variables => Think switch
    {
        null or { ValueKind: JsonValueKind.Null } => null,
        { ValueKind: JsonValueKind.True or JsonValueKind.False } think =>
            JsonSerializer.SerializeToElement(new() { ["enable_thinking"] = think.GetBoolean() },
                ApiJson.Of<System.Text.Json.Nodes.JsonObject>()),
        { ValueKind: JsonValueKind.String } word => Answers.Variables(null, word.GetString(), "think"),
        _ => throw ApiException.Invalid("think is true, false, or a word", "think"),
    };

    /// <summary>The form of what is said, in OpenAI's words; null for any.</summary>
    public Constraints.OutputConstraint? Form(LanguageModel model) => Format switch
    {
        null or { ValueKind: JsonValueKind.Null } => null,
        { ValueKind: JsonValueKind.String } word when word.ValueEquals("json") => Forms.OfSchema(Forms.AnyObject, "format", model),
        { ValueKind: JsonValueKind.Object } schema => Forms.OfSchema(schema.GetRawText(), "format", model),
        _ => throw ApiException.Invalid("format is json or a JSON schema", "format"),
    };
}

/// <summary>What <c>/api/chat</c> takes.</summary>
internal sealed record OllamaChatRequest : OllamaRequest
{
    [Description("The conversation so far")]
    public required IReadOnlyList<OllamaMessage> Messages { get; init; }

    [Description("Functions that the model may call")]
    public IReadOnlyList<ChatTool>? Tools { get; init; }
}

/// <summary>What <c>/api/generate</c> takes.</summary>
internal sealed record OllamaGenerateRequest : OllamaRequest
{
    [Description("What the user says")]
    public string? Prompt { get; init; }

    [Description("What the model is told first")]
    public string? System { get; init; }

    [Description("Whether the prompt is continued as it is, without the model's template")]
    public bool? Raw { get; init; }
}

/// <summary>One turn.</summary>
internal sealed record OllamaMessage
{
    public required string Role { get; init; }

    public string? Content { get; init; }

    public string? Thinking { get; init; }

    public IReadOnlyList<ChatToolCall>? ToolCalls { get; init; }

    public string? ToolCallId { get; init; }

    public string? ToolName { get; init; }

    public ChatTurn Turn(string path) => new ChatMessage
    {
        Role = Role,
        Content = JsonSerializer.SerializeToElement(Content ?? "", ApiJson.Of<string>()),
        ReasoningContent = Thinking,
        ToolCalls = ToolCalls,
        ToolCallId = ToolCallId,
        Name = ToolName,
    }.Turn(path);
}

/// <summary>How tokens are chosen.</summary>
internal sealed record OllamaOptions : SamplingFields
{
    [Description("Tokens to write at most; -1 for as many as there may be")]
    public int? NumPredict { get; init; }

    [Description("Makes tokens that the text holds already less likely; 1 does not")]
    public float? RepeatPenalty { get; init; }

    public SamplingOptions Sampling(LanguageModel model, HostOptions options) =>
        (this with { RepetitionPenalty = RepeatPenalty ?? RepetitionPenalty }).Samplings(model, options, 1)[0];
}

/// <summary>The models there are.</summary>
internal sealed record OllamaTags(IReadOnlyList<OllamaTag> Models);

/// <summary>A model.</summary>
internal sealed record OllamaTag(string Name, string Model, DateTimeOffset ModifiedAt, long Size, string Digest, OllamaDetails Details);

/// <summary>What it is.</summary>
internal sealed record OllamaDetails(string ParentModel, string Format, string Family, IReadOnlyList<string> Families,
    string ParameterSize, string QuantizationLevel);

/// <summary>Something went wrong.</summary>
internal sealed record OllamaError(string Error);
