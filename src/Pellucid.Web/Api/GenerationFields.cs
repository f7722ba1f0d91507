using System.ComponentModel;
using System.Globalization;
using System.Text.Json;
using Pellucid.Generation;

namespace Pellucid.Web.Api;

/// <summary>What requests for texts have in common.</summary>
internal abstract record GenerationFields
{
    [Description("Name of the model, as /v1/models tells it; the one there is if left out")]
    public string? Model { get; init; }

    [Description("Tokens to write at most")]
    public int? MaxTokens { get; init; }

    [Description("0 always takes the most likely token, 1 samples as learned")]
    public float? Temperature { get; init; }

    [Description("Choose among the most likely tokens that together have this probability")]
    public float? TopP { get; init; }

    [Description("Choose among so many of the most likely tokens; 0 for all")]
    public int? TopK { get; init; }

    [Description("Choose among tokens at least this fraction as probable as the most likely one")]
    public float? MinP { get; init; }

    [Description("Makes tokens that the text holds already less likely; 1 does not")]
    public float? RepetitionPenalty { get; init; }

    [Description("Texts to write, the second with the next seed, and so on")]
    public int? N { get; init; }

    [Description("Where all chance comes from; the same seed gives the same text as pellucid generate. Drawn anew if left out")]
    public long? Seed { get; init; }

    [Description("A string, or several, that end the text and are not part of it")]
    public JsonElement? Stop { get; init; }

    [Description("Added to the logits of tokens, by their numbers; -100 forbids, 100 leaves no other")]
    public Dictionary<string, float>? LogitBias { get; init; }

    [Description("Send the text as server-sent events while it is being written")]
    public bool? Stream { get; init; }

    public StreamOptions? StreamOptions { get; init; }

    [Description("Only 0: not supported")]
    public float? PresencePenalty { get; init; }

    [Description("Only 0: not supported")]
    public float? FrequencyPenalty { get; init; }

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

    /// <summary>Strings that end the text.</summary>
    public IReadOnlyList<string> Stops() => Stop switch
    {
        null or { ValueKind: JsonValueKind.Null } => [],
        { ValueKind: JsonValueKind.String } text when text.GetString() is { Length: > 0 } stop => [stop],
        { ValueKind: JsonValueKind.Array } list
            when list.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String && item.GetString()!.Length > 0) =>
            [.. list.EnumerateArray().Select(item => item.GetString()!)],
        _ => throw ApiException.Invalid("stop must be a string that is not empty, or several", "stop"),
    };

    /// <summary>How the tokens of each of the texts are chosen.</summary>
    /// <param name="defaults">What the model's makers say, where the request says nothing.</param>
    public IEnumerable<SamplingOptions> Samplings(SamplingDefaults defaults)
    {
        var count = N ?? 1;
        if (count < 1)
            throw ApiException.Invalid("n must be at least 1", "n");
        if (PresencePenalty is not (null or 0) || FrequencyPenalty is not (null or 0))
            throw ApiException.Invalid("presence and frequency penalties are not supported; repetition_penalty is",
                PresencePenalty is null or 0 ? "frequency_penalty" : "presence_penalty", "unsupported");
        var seed = unchecked((ulong)(Seed ?? Random.Shared.NextInt64()));
        var bias = (LogitBias ?? []).ToDictionary(pair => int.TryParse(pair.Key, CultureInfo.InvariantCulture, out var token) ? token
            : throw ApiException.Invalid($"logit_bias has '{pair.Key}', which is no number of a token", "logit_bias"), pair => pair.Value);
        if (bias.Values.FirstOrDefault(value => !(Math.Abs(value) <= 100)) is var wrong && wrong != 0)
            throw ApiException.Invalid("a logit_bias lies between -100 and 100", "logit_bias");
        for (var i = 0; i < count; i++)
            yield return defaults.Options(Temperature, TopK, TopP, MinP, RepetitionPenalty) with
            {
                LogitBias = bias,
                Seed = unchecked(seed + (ulong)i),
            };
    }

    /// <summary>How many tokens to write.</summary>
    public int CheckedMaxTokens(int? asked, int byDefault, int least, HostOptions options)
    {
        var count = asked ?? Math.Clamp(byDefault, least, options.MostTokens);
        return count >= least && count <= options.MostTokens ? count
            : throw ApiException.Invalid($"max_tokens is {count}; it must lie between {least} and {options.MostTokens}", "max_tokens");
    }
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
