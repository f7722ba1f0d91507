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
        TopLogprobs.Add(token.LogProbability is not { } own ? null
            : token.Alternatives.Append((token.Token, own)) // what stands there is told in any case
                .DistinctBy(other => TokenText.Of(tokenizer, other.Item1))
                .ToDictionary(other => TokenText.Of(tokenizer, other.Item1), other => other.Item2));
        TextOffset.Add(offset);
    }

    public static CompletionLogprobs? New(bool wanted) => wanted ? new([], [], [], []) : null;
}

/// <summary><c>/v1/completions</c>.</summary>
internal sealed class CompletionEndpoint(ModelRegistry models, HostOptions options, RequestTime time, Telemetry telemetry,
    ErrorHandling errors) : TextEndpoint(telemetry, errors)
{
    private const int DefaultMaxTokens = 16, MostAlternatives = 20;

    public async Task HandleAsync(CompletionRequest request, HttpContext context)
    {
        using var lease = await models.UseAsync(request.Model, time, context);
        var model = lease.Model;
        if (request.Logprobs is < 0 or > MostAlternatives)
            throw ApiException.Invalid($"logprobs must lie between 0 and {MostAlternatives}", "logprobs");
        if (request.Suffix is { Length: > 0 })
            throw ApiException.Invalid("suffix is not supported", "suffix", "unsupported");
        if (request.BestOf is { } best && best != (request.N ?? 1))
            throw ApiException.Invalid("best_of other than n is not supported", "best_of", "unsupported");
        using var texts = new Texts(model, time, context);
        var echo = request.Echo ?? false;
        var generation = new GenerationRequest([])
        {
            MaxTokens = SamplingFields.CheckedMaxTokens(request.MaxTokens, DefaultMaxTokens, echo ? 0 : 1, options),
            Alternatives = request.Logprobs,
            Echo = echo,
            Constraint = Forms.Of(request, model),
        };
        var (prompts, samplings, stops) =
            (Prompt.Read(request.Prompt, model, "prompt"), request.Samplings(model, options), request.Stops(options));
        if ((long)prompts.Count * samplings.Count > options.MostTexts)
            throw ApiException.Invalid($"a request may ask for {options.MostTexts} texts at most, prompts times n",
                samplings.Count > 1 ? "n" : "prompt");
        foreach (var prompt in prompts)
            Texts.CheckLength(model, prompt);
        foreach (var prompt in prompts)
            texts.Add(generation with { Prompt = prompt }, samplings, stops);

        var told = new Telling("text_completion", model.Name, request, texts, context)
        {
            EveryToken = request.Logprobs is not null, TellsUsage = request.StreamOptions?.IncludeUsage ?? false,
        };
        var (id, created, logprobs) = ($"cmpl-{Guid.NewGuid():n}", DateTimeOffset.UtcNow.ToUnixTimeSeconds(), request.Logprobs is not null);
        Completion Answer(IReadOnlyList<CompletionChoice> choices, Usage? usage) =>
            new(id, "text_completion", created, model.Name, choices, usage);
        if (request.Stream ?? false)
        {
            await StreamAsync(told, first: Array.Empty<Completion>(), (index, piece) =>
            {
                var values = CompletionLogprobs.New(logprobs && piece.Token is not null);
                values?.Add(piece.Token!.Value, texts.Offset(index), model.Tokenizer);
                return Answer([new CompletionChoice(index, piece.Text, values, Texts.Word(piece.Finish))], null);
            }, usage => Answer([], usage));
            return;
        }
        var all = Enumerable.Range(0, texts.Count).Select(_ => CompletionLogprobs.New(logprobs)).ToArray();
        await AnswerAsync(told, (index, token) => all[index]?.Add(token, texts.Offset(index), model.Tokenizer),
            () => Answer([.. Enumerable.Range(0, texts.Count)
                .Select(index => new CompletionChoice(index, texts.Written(index), all[index], texts.Finish(index)))], texts.Usage));
    }
}
