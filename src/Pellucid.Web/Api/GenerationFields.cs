using System.ComponentModel;
using System.Text.Json;
using Pellucid.Generation;

namespace Pellucid.Web.Api;

/// <summary>What requests for texts have in common.</summary>
internal abstract record GenerationFields : SamplingFields
{
    [Description("Name of the model, as /v1/models tells it; the first one if left out")]
    public string? Model { get; init; }

    [Description("Tokens to write at most")]
    public int? MaxTokens { get; init; }

    [Description("Texts to write, the second with the next seed, and so on")]
    public int? N { get; init; }

    [Description("Send the text as server-sent events while it is being written")]
    public bool? Stream { get; init; }

    public StreamOptions? StreamOptions { get; init; }

    [Description("A form of the text: {\"type\":\"text\"}, {\"type\":\"json_object\"}, or "
        + "{\"type\":\"json_schema\",\"json_schema\":{\"schema\":…}}")]
    public JsonElement? ResponseFormat { get; init; }

    [Description("A JSON schema, as an object or a string, that the text is valid by")]
    public JsonElement? GuidedJson { get; init; }

    [Description("A regular expression that matches the whole text")]
    public string? GuidedRegex { get; init; }

    [Description("Texts of which the text is one")]
    public IReadOnlyList<string>? GuidedChoice { get; init; }

    [Description("A grammar of the text, in GBNF")]
    public string? GuidedGrammar { get; init; }

    [Description("A form of the text as vLLM has it: {\"json\":…}, {\"regex\":…}, {\"choice\":[…]} or {\"grammar\":…}")]
    public JsonElement? StructuredOutputs { get; init; }

    [Description("A regular expression that matches the whole text, as SGLang has it")]
    public string? Regex { get; init; }

    /// <summary>How the tokens of each of the texts of a prompt are chosen.</summary>
    public IReadOnlyList<SamplingOptions> Samplings(LanguageModel model, HostOptions options) => Samplings(model, options, N);
}

/// <summary>How a stream is sent.</summary>
internal sealed record StreamOptions
{
    [Description("Whether a last event tells how many tokens there were")]
    public bool? IncludeUsage { get; init; }
}

/// <summary>How many tokens were read and written.</summary>
internal sealed record Usage(int PromptTokens, int CompletionTokens, PromptTokensDetails PromptTokensDetails)
{
    public int TotalTokens => PromptTokens + CompletionTokens;
}

/// <summary>Of the tokens of prompts, those that had been read before.</summary>
internal sealed record PromptTokensDetails(int CachedTokens);
