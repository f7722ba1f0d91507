using System.ComponentModel;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Pellucid.Generation;
using Pellucid.Tokens;

namespace Pellucid.Web.Api;

/// <summary>What <c>/v1/completions</c> takes.</summary>
internal sealed record CompletionRequest : GenerationFields
{
    [Description("A string, a list of tokens, or a list of strings or of lists of tokens")]
    public required JsonElement Prompt { get; init; }

    [Description("Tell how likely each token was, and this many of the most likely ones at its place")]
    public int? Logprobs { get; init; }

    [Description("Begin each text with its prompt")]
    public bool? Echo { get; init; }

    [Description("Only n: not supported otherwise")]
    public int? BestOf { get; init; }

    [Description("Not supported")]
    public string? Suffix { get; init; }
}

/// <summary>Texts that continue prompts; of a stream, a piece of one.</summary>
internal sealed record Completion(string Id, string Object, long Created, string Model,
    IReadOnlyList<CompletionChoice> Choices, Usage? Usage);

/// <summary>One text, or a piece of it.</summary>
internal sealed record CompletionChoice(int Index, string Text, CompletionLogprobs? Logprobs, string? FinishReason);

/// <summary>Token by token: its text, its log-probability, those of the most likely ones, and where its text begins.</summary>
internal sealed record CompletionLogprobs(List<string> Tokens, List<double?> TokenLogprobs,
    List<Dictionary<string, double>?> TopLogprobs, List<int> TextOffset)
{
    public void Add(GeneratedToken token, int offset, Tokenizer tokenizer)
    {
        Tokens.Add(TokenText.Of(tokenizer, token.Token));
        TokenLogprobs.Add(token.LogProbability);
        TopLogprobs.Add(token.LogProbability is null ? null : token.Alternatives.DistinctBy(other => TokenText.Of(tokenizer, other.Token))
            .ToDictionary(other => TokenText.Of(tokenizer, other.Token), other => other.LogProbability));
        TextOffset.Add(offset);
    }

    public static CompletionLogprobs? New(bool wanted) => wanted ? new([], [], [], []) : null;
}

/// <summary><c>/v1/completions</c>.</summary>
internal sealed class CompletionEndpoint(LanguageModel model, HostOptions options, Telemetry telemetry, ErrorHandling errors)
    : TextEndpoint(telemetry, errors)
{
    private const int DefaultMaxTokens = 16, MostAlternatives = 20;

    public async Task HandleAsync(CompletionRequest request, HttpContext context)
    {
        ModelName.Check(request.Model, model, options);
        if (request.Logprobs is < 0 or > MostAlternatives)
            throw ApiException.Invalid($"logprobs must lie between 0 and {MostAlternatives}", "logprobs");
        if (request.Suffix is { Length: > 0 })
            throw ApiException.Invalid("suffix is not supported", "suffix", "unsupported");
        if (request.BestOf is { } best && best != (request.N ?? 1))
            throw ApiException.Invalid("best_of other than n is not supported", "best_of", "unsupported");
        using var texts = new Texts(model, options, context);
        var echo = request.Echo ?? false;
        var generation = new GenerationRequest([])
        {
            MaxTokens = request.CheckedMaxTokens(request.MaxTokens, DefaultMaxTokens, echo ? 0 : 1, options),
            Alternatives = request.Logprobs,
            Echo = echo,
            Constraint = Forms.Of(request, model),
        };
        foreach (var prompt in Prompt.Read(request.Prompt, model, "prompt"))
            texts.Add(generation with { Prompt = prompt }, request.Samplings(model.Sampling), request.Stops());

        var told = new Telling("text_completion", model.Name, request, request.Logprobs is not null, texts, context);
        var (id, created, logprobs) = ($"cmpl-{Guid.NewGuid():n}", DateTimeOffset.UtcNow.ToUnixTimeSeconds(), request.Logprobs is not null);
        Completion Answer(IReadOnlyList<CompletionChoice> choices, Usage? usage) =>
            new(id, "text_completion", created, model.Name, choices, usage);
        if (request.Stream ?? false)
        {
            await StreamAsync(told, first: Array.Empty<Completion>(), (index, piece) =>
            {
                var values = CompletionLogprobs.New(logprobs && piece.Token is not null);
                values?.Add(piece.Token!.Value, texts.Length(index), model.Tokenizer);
                return Answer([new CompletionChoice(index, piece.Text, values, Texts.Word(piece.Finish))], null);
            }, usage => Answer([], usage));
            return;
        }
        var all = Enumerable.Range(0, texts.Count).Select(_ => CompletionLogprobs.New(logprobs)).ToArray();
        await AnswerAsync(told, (index, token) => all[index]?.Add(token, texts.Length(index), model.Tokenizer),
            () => Answer([.. Enumerable.Range(0, texts.Count)
                .Select(index => new CompletionChoice(index, texts.Written(index), all[index], texts.Finish(index)))], texts.Usage));
    }
}
