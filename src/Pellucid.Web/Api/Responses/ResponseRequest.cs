using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Serialization;
using Pellucid.Generation;

namespace Pellucid.Web.Api.Responses;

/// <summary>What <c>/v1/responses</c> takes.</summary>
internal sealed record ResponseRequest : SamplingFields
{
    [Description("Name of the model, as /v1/models tells it; the first one if left out")]
    public string? Model { get; init; }

    [Description("What is said: a string, or a list of messages, calls of functions and their results")]
    public required JsonElement Input { get; init; }

    [Description("What the model is told first; it is not kept for the next response")]
    public string? Instructions { get; init; }

    [Description("Tokens to write at most, those of thoughts and calls included; as many as the context still holds if left out")]
    public int? MaxOutputTokens { get; init; }

    [Description("The response that this one goes on from, where it was stored")]
    public string? PreviousResponseId { get; init; }

    [Description("Whether the response is kept, so that others can go on from it; true if left out")]
    public bool? Store { get; init; }

    [Description("Send what is written as events while it is being written")]
    public bool? Stream { get; init; }

    public StreamOptions? StreamOptions { get; init; }

    [Description("The form of what is said")]
    public ResponseText? Text { get; init; }

    [Description("Functions that the model may call")]
    public IReadOnlyList<ResponseTool>? Tools { get; init; }

    [Description("Whether it calls one: auto, none, required, {\"type\":\"function\",\"name\":…}, or allowed_tools")]
    public JsonElement? ToolChoice { get; init; }

    [Description("Whether it may call several at once where it must call one; true if left out")]
    public bool? ParallelToolCalls { get; init; }

    [Description("What is told besides: message.output_text.logprobs")]
    public IReadOnlyList<string>? Include { get; init; }

    [Description("Tell this many of the most likely tokens at each place")]
    public int? TopLogprobs { get; init; }

    [Description("What is told back with the response")]
    public Dictionary<string, string>? Metadata { get; init; }

    [Description("How much the model shall think, where its template asks for that")]
    public ResponseReasoning? Reasoning { get; init; }

    [Description("disabled, or auto: forget what was said first where all does not fit the context")]
    public string? Truncation { get; init; }

    /// <summary>How tokens are chosen.</summary>
    public SamplingOptions Sampling(LanguageModel model, HostOptions options) => Samplings(model, options, 1)[0];
}

/// <summary>The form of what is said.</summary>
internal sealed record ResponseText
{
    [Description("{\"type\":\"text\"}, {\"type\":\"json_object\"}, or {\"type\":\"json_schema\",\"name\":…,\"schema\":…}")]
    public JsonElement? Format { get; init; }
}

/// <summary>How much the model shall think.</summary>
internal sealed record ResponseReasoning
{
    public string? Effort { get; init; }
}

/// <summary>A function that may be called.</summary>
internal sealed record ResponseTool
{
    public required string Type { get; init; }

    public required string Name { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Description { get; init; }

    public JsonElement? Parameters { get; init; }

    public ChatTool AsChatTool() =>
        new() { Type = Type, Function = new ChatFunction { Name = Name, Description = Description, Parameters = Parameters } };
}
