using System.ComponentModel;
using System.Globalization;
using System.Text.Json;
using Pellucid.Generation;

namespace Pellucid.Web.Api;

/// <summary>How the tokens of texts are chosen, and what ends them.</summary>
internal abstract record SamplingFields
{
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

    [Description("Where all chance comes from; the same seed gives the same text as pellucid generate. Drawn anew if left out")]
    public long? Seed { get; init; }

    [Description("A string, or several, that end the text and are not part of it")]
    public JsonElement? Stop { get; init; }

    [Description("Added to the logits of tokens, by their numbers; -100 forbids, 100 leaves no other")]
    public Dictionary<string, float>? LogitBias { get; init; }

    [Description("Taken, between -2 and 2, from the logits of tokens that were written already")]
    public float? PresencePenalty { get; init; }

    [Description("Taken, between -2 and 2, from the logits of tokens as often as they were written already")]
    public float? FrequencyPenalty { get; init; }

    /// <summary>Strings that end the text.</summary>
    public IReadOnlyList<string> Stops(HostOptions options)
    {
        IReadOnlyList<JsonElement> given = Stop switch
        {
            null or { ValueKind: JsonValueKind.Null } => [],
            { ValueKind: JsonValueKind.Array } list when list.GetArrayLength() <= options.MostStops => [.. list.EnumerateArray()],
            { ValueKind: JsonValueKind.Array } => throw ApiException.Invalid($"stop can have {options.MostStops} strings at most", "stop"),
            { } one => [one],
        };
        foreach (var stop in given)
            if (stop.ValueKind != JsonValueKind.String || stop.GetString() is not { Length: > 0 } text)
                throw ApiException.Invalid("stop must be a string that is not empty, or several", "stop");
            else if (text.Length > options.LongestStop)
                throw ApiException.Invalid($"a stop string can have {options.LongestStop} characters at most", "stop");
        return [.. given.Select(stop => stop.GetString()!).Distinct()];
    }

    /// <summary>How the tokens of each of the texts of a prompt are chosen: as the model's makers say where the request says
    /// nothing.</summary>
    /// <param name="model">Its vocabulary and its makers' words.</param>
    /// <param name="options">What a request can claim.</param>
    /// <param name="texts">How many texts there are of a prompt.</param>
    protected IReadOnlyList<SamplingOptions> Samplings(LanguageModel model, HostOptions options, int? texts)
    {
        var count = (int)Within("n", texts, 1, options.MostTexts, 1);
        var (seed, bias) = (unchecked((ulong)(Seed ?? Random.Shared.NextInt64())), Biases(model, options));
        Within("temperature", Temperature, 0, float.MaxValue);
        Within("top_p", TopP, float.Epsilon, 1);
        Within("top_k", TopK, -1, int.MaxValue);
        Within("min_p", MinP, 0, 1);
        Within("repetition_penalty", RepetitionPenalty, float.Epsilon, float.MaxValue);
        var one = model.Sampling.Options(Temperature, TopK is -1 ? 0 : TopK, TopP, MinP, RepetitionPenalty) with
        {
            PresencePenalty = Within("presence_penalty", PresencePenalty, -2, 2),
            FrequencyPenalty = Within("frequency_penalty", FrequencyPenalty, -2, 2),
            LogitBias = bias,
        };
        return [.. Enumerable.Range(0, count).Select(i => one with { Seed = unchecked(seed + (ulong)i) })];
    }

    private Dictionary<int, float> Biases(LanguageModel model, HostOptions options)
    {
        var (all, vocabulary) = (new Dictionary<int, float>(), model.Gpt.Config.VocabularySize);
        if (LogitBias?.Count > options.MostBiases)
            throw ApiException.Invalid($"logit_bias can have {options.MostBiases} tokens at most", "logit_bias");
        foreach (var (name, bias) in LogitBias ?? [])
            if (!int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var token) || token >= vocabulary)
                throw ApiException.Invalid($"logit_bias has '{name}', which is no token, or outside the vocabulary of {vocabulary}",
                    "logit_bias");
            else if (!(Math.Abs(bias) <= 100))
                throw ApiException.Invalid("a logit_bias lies between -100 and 100", "logit_bias");
            else if (!all.TryAdd(token, bias))
                throw ApiException.Invalid($"logit_bias has token {token} twice", "logit_bias");
        return all;
    }

    private static float Within(string name, float? value, float least, float most, float otherwise = 0)
    {
        if (value is not { } number)
            return otherwise;
        if (number >= least && number <= most)
            return number;
        var above = least == float.Epsilon ? "be above 0" : $"be at least {least}";
        throw ApiException.Invalid(string.Create(CultureInfo.InvariantCulture,
            $"{name} is {number}; it must {above}{(most < int.MaxValue ? $" and at most {most}" : "")}"), name);
    }

    /// <summary>How many tokens to write.</summary>
    public static int CheckedMaxTokens(int? asked, int byDefault, int least, HostOptions options, string field = "max_tokens")
    {
        var count = asked ?? Math.Clamp(byDefault, least, options.MostTokens);
        return count >= least && count <= options.MostTokens ? count
            : throw ApiException.Invalid($"{field} is {count}; it must lie between {least} and {options.MostTokens}", field);
    }
}
