using System.ComponentModel;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using Pellucid.Generation;

namespace Pellucid.Web.Api;

/// <summary>What <c>/tokenize</c> takes: a prompt, as vLLM has it, or a content, as llama.cpp's server has it.</summary>
internal sealed record TokenizeRequest
{
    public string? Model { get; init; }

    [Description("The text, as vLLM calls it")]
    public string? Prompt { get; init; }

    [Description("The text, as llama.cpp calls it")]
    public string? Content { get; init; }

    [Description("Whether a begin token stands before a prompt where the model has one; true if left out")]
    public bool? AddSpecialTokens { get; init; }

    [Description("The same of a content; false if left out")]
    public bool? AddSpecial { get; init; }

    [Description("Whether special tokens are meant where they are written")]
    public bool? ParseSpecial { get; init; }

    [Description("Whether texts of tokens are told too")]
    public bool? ReturnTokenStrs { get; init; }
}

/// <summary>Tokens of a text.</summary>
internal sealed record TokenList(int Count, int MaxModelLen, IReadOnlyList<int> Tokens,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? TokenStrs);

/// <summary>What <c>/detokenize</c> takes.</summary>
internal sealed record DetokenizeRequest
{
    public string? Model { get; init; }

    public required IReadOnlyList<int> Tokens { get; init; }
}

/// <summary>The text of tokens, under the names that vLLM and llama.cpp give it.</summary>
internal sealed record TokensText(string Prompt, string Content);

/// <summary>What <c>/tokenizer_info</c> tells, as vLLM does.</summary>
internal sealed record TokenizerInfo(string TokenizerClass, string? BosToken, string? EosToken, string? PadToken, string? ChatTemplate,
    bool AddBosToken, int ModelMaxLength);

/// <summary>What <c>/props</c> tells, as llama.cpp's server does.</summary>
internal sealed record ServerProps(GenerationProps DefaultGenerationSettings, int TotalSlots, string ModelPath, string? ChatTemplate,
    string? BosToken, string? EosToken);

/// <summary>How texts are written where a request does not say.</summary>
internal sealed record GenerationProps(int NCtx, ModelSampling Params);

/// <summary><c>/tokenize</c>, <c>/detokenize</c>, <c>/tokenizer_info</c> and <c>/props</c>.</summary>
internal sealed class TokenEndpoint(ModelRegistry models, RequestTime time)
{
    public async Task<TokenList> TokenizeAsync(TokenizeRequest request, HttpContext context)
    {
        using var lease = await models.UseAsync(request.Model, time, context);
        var model = lease.Model;
        if (request.Prompt is null == request.Content is null)
            throw ApiException.Invalid("either prompt or content is asked for", "prompt", "missing_required_parameter");
        var text = request.Prompt ?? request.Content!;
        var adds = request.AddSpecialTokens ?? request.AddSpecial ?? request.Prompt is not null;
        try
        {
            int[] tokens = request.ParseSpecial ?? false ? model.Tokenizer.EncodeWithSpecialTokens(text) : model.Tokenizer.Encode(text);
            if (adds && model.PromptBegin is { } begin)
                tokens = [begin, .. tokens];
            return new TokenList(tokens.Length, model.Gpt.Context, tokens,
                request.ReturnTokenStrs ?? false ? [.. tokens.Select(token => TokenText.Of(model.Tokenizer, token))] : null);
        }
        catch (ArgumentException error)
        {
            throw ApiException.Invalid(error.Message, request.Prompt is null ? "content" : "prompt");
        }
    }

    public async Task<TokensText> DetokenizeAsync(DetokenizeRequest request, HttpContext context)
    {
        using var lease = await models.UseAsync(request.Model, time, context);
        var (model, bytes) = (lease.Model, new List<byte>());
        foreach (var token in request.Tokens)
        {
            if ((uint)token >= (uint)model.Gpt.Config.VocabularySize)
                throw ApiException.Invalid($"token {token} is outside the vocabulary of {model.Gpt.Config.VocabularySize}", "tokens");
            if (NameOf(model, token) is { } name)
                bytes.AddRange(System.Text.Encoding.UTF8.GetBytes(name));
            else
                bytes.AddRange(model.Tokenizer.BytesOrName(token));
        }
        var text = System.Text.Encoding.UTF8.GetString([.. bytes]);
        return new TokensText(text, text);
    }

    public async Task<TokenizerInfo> InfoAsync(string? name, HttpContext context)
    {
        using var lease = await models.UseAsync(name, time, context);
        var model = lease.Model;
        return new TokenizerInfo(model.Tokenizer.GetType().Name, NameOf(model, model.Specials.Begin), NameOf(model, End(model)), null,
            model.Chat.Source, model.AddsBegin, model.Gpt.Context);
    }

    public async Task<ServerProps> PropsAsync(string? name, HttpContext context)
    {
        using var lease = await models.UseAsync(name, time, context);
        var model = lease.Model;
        return new ServerProps(new GenerationProps(model.Gpt.Context, ModelSampling.Of(model.Sampling.Options())),
            model.Scheduler.MostRunning, model.Name, model.Chat.Source, NameOf(model, model.Specials.Begin), NameOf(model, End(model)));
    }

    private static int? End(LanguageModel model) => model.Specials.Ends.Cast<int?>().FirstOrDefault();

    private static string? NameOf(LanguageModel model, int? token) =>
        token is { } one && one < model.Tokenizer.VocabularySize ? model.Tokenizer.SpecialName(one) : null;
}
