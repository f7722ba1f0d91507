using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using Pellucid.Conversations;
using Pellucid.Generation;
using Pellucid.Tokens;

namespace Pellucid.Web.Api;

/// <summary>What <c>/v1/chat/completions</c> takes.</summary>
internal sealed record ChatRequest : GenerationFields
{
    [Description("The conversation so far")]
    public required IReadOnlyList<ChatMessage> Messages { get; init; }

    [Description("Tokens to write at most; as many as the context still holds if left out")]
    public int? MaxCompletionTokens { get; init; }

    [Description("Tell how likely each token was")]
    public bool? Logprobs { get; init; }

    [Description("Tell this many of the most likely tokens at each place")]
    public int? TopLogprobs { get; init; }

    [Description("Functions that the model may call")]
    public IReadOnlyList<ChatTool>? Tools { get; init; }

    [Description("Whether it calls one: auto, none, required, {\"type\":\"function\",\"function\":{\"name\":…}}, or allowed_tools")]
    public JsonElement? ToolChoice { get; init; }

    [Description("Whether it may call several at once where it must call one; true if left out")]
    public bool? ParallelToolCalls { get; init; }

    [Description("Functions that the model may call, in the way that tools have taken the place of")]
    public IReadOnlyList<ChatFunction>? Functions { get; init; }

    [Description("Whether it calls one of functions: auto, none, or {\"name\":…}")]
    public JsonElement? FunctionCall { get; init; }

    [Description("How much the model shall think, where its template asks for that: low, medium, high, …")]
    public string? ReasoningEffort { get; init; }

    [Description("Variables for the model's chat template, such as enable_thinking")]
    public JsonElement? ChatTemplateKwargs { get; init; }
}

/// <summary>Answers in a conversation; of a stream, a piece of one.</summary>
internal sealed record ChatCompletion<TChoice>(string Id, string Object, long Created, string Model,
    IReadOnlyList<TChoice> Choices, Usage? Usage);

/// <summary>One answer.</summary>
internal sealed record ChatChoice(int Index, AssistantMessage Message, ChatLogprobs? Logprobs, string? FinishReason);

/// <summary>What the model said, thought and called.</summary>
internal sealed record AssistantMessage(string Role, string? Content, string? Refusal,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? ReasoningContent,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<CalledTool>? ToolCalls,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] CalledFunction? FunctionCall = null)
{
    public static AssistantMessage Of(Texts texts, int index)
    {
        var (text, thought, calls) = (texts.Written(index), texts.Thought(index), texts.Calls(index));
        return new AssistantMessage("assistant", text.Length == 0 && calls.Count > 0 ? null : text, null,
            thought.Length > 0 ? thought : null, calls.Count > 0 ? [.. calls.Select(call => CalledTool.Of(call))] : null);
    }
}

/// <summary>A piece of an answer.</summary>
internal sealed record ChatPiece(int Index, ChatDelta Delta, ChatLogprobs? Logprobs, string? FinishReason);

/// <summary>What has come since the last piece.</summary>
internal sealed record ChatDelta
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Role { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ReasoningContent { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Content { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<CalledTool>? ToolCalls { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public CalledFunction? FunctionCall { get; init; }

    /// <param name="piece">A piece of a text.</param>
    /// <param name="before">Calls before it.</param>
    public static ChatDelta Of(TextPiece piece, int before) => new()
    {
        ReasoningContent = piece.Thought.Length > 0 ? piece.Thought : null,
        Content = piece.Text.Length > 0 ? piece.Text : null,
        ToolCalls = piece.Calls.Count > 0 ? [.. piece.Calls.Select((call, index) => CalledTool.Of(call, before + index))] : null,
    };
}

/// <summary>How likely each token was.</summary>
internal sealed record ChatLogprobs(List<ChatToken> Content)
{
    public void Add(GeneratedToken token, Tokenizer tokenizer) =>
        Content.Add(new ChatToken(TokenText.Of(tokenizer, token.Token), token.LogProbability ?? 0, TokenText.Bytes(tokenizer, token.Token),
            [.. token.Alternatives.Select(other => new ChatAlternative(TokenText.Of(tokenizer, other.Token), other.LogProbability,
                TokenText.Bytes(tokenizer, other.Token)))]));

    public static ChatLogprobs? New(bool wanted) => wanted ? new ChatLogprobs([]) : null;
}

/// <summary>A token, and the most likely ones at its place.</summary>
internal sealed record ChatToken(string Token, double Logprob, int[] Bytes, IReadOnlyList<ChatAlternative> TopLogprobs);

/// <summary>A token that could have stood there.</summary>
internal sealed record ChatAlternative(string Token, double Logprob, int[] Bytes);

/// <summary><c>/v1/chat/completions</c>.</summary>
internal sealed class ChatEndpoint(ModelRegistry models, HostOptions options, RequestTime time, Telemetry telemetry, ErrorHandling errors)
    : TextEndpoint(telemetry, errors)
{
    private const int MostAlternatives = 20;

    public async Task HandleAsync(ChatRequest request, HttpContext context)
    {
        Check(request);
        using var lease = await models.UseAsync(request.Model, time, context);
        var model = lease.Model;
        var maxTokens = SamplingFields.CheckedMaxTokens(request.MaxCompletionTokens ?? request.MaxTokens, options.MostTokens, 1, options);
        var (samplings, stops) = (request.Samplings(model, options), request.Stops(options));
        var answer = Begin(model, request, maxTokens);
        var logprobs = request.Logprobs ?? false;
        using var texts = new Texts(model, time, context);
        texts.Add(answer with { Alternatives = logprobs ? request.TopLogprobs ?? 0 : null }, samplings, stops);

        var isOld = request.Functions is { Count: > 0 }; // one call, under another name
        string? Word(FinishReason? finish) => isOld && finish == FinishReason.ToolCalls ? "function_call" : Texts.Word(finish);
        var told = new Telling("chat", model.Name, request, texts, context)
        {
            EveryToken = logprobs, TellsUsage = request.StreamOptions?.IncludeUsage ?? false,
        };
        var (id, created) = ($"chatcmpl-{Guid.NewGuid():n}", DateTimeOffset.UtcNow.ToUnixTimeSeconds());
        if (request.Stream ?? false)
        {
            ChatCompletion<ChatPiece> Piece(IReadOnlyList<ChatPiece> choices, Usage? usage = null) =>
                new(id, "chat.completion.chunk", created, model.Name, choices, usage);
            await StreamAsync(told, Enumerable.Range(0, texts.Count)
                .Select(index => Piece([new ChatPiece(index, new() { Role = "assistant", Content = "" }, null, null)])),
                (index, piece) =>
            {
                var values = ChatLogprobs.New(logprobs && piece.Token is not null);
                values?.Add(piece.Token!.Value, model.Tokenizer);
                return Piece([new ChatPiece(index, OldDelta(ChatDelta.Of(piece, texts.Calls(index).Count)), values, Word(piece.Finish))]);
            }, usage => Piece([], usage));
            return;
        }
        var all = Enumerable.Range(0, texts.Count).Select(_ => ChatLogprobs.New(logprobs)).ToArray();
        await AnswerAsync(told, (index, token) => all[index]?.Add(token, model.Tokenizer),
            () => new ChatCompletion<ChatChoice>(id, "chat.completion", created, model.Name,
                [.. Enumerable.Range(0, texts.Count).Select(index => new ChatChoice(index,
                    OldMessage(AssistantMessage.Of(texts, index)), all[index], Word(texts.Reason(index))))], texts.Usage));

        ChatDelta OldDelta(ChatDelta delta) => isOld && delta.ToolCalls is [var call, ..]
            ? delta with { ToolCalls = null, FunctionCall = call.Function } : delta;
        AssistantMessage OldMessage(AssistantMessage message) => isOld && message.ToolCalls is [var call, ..]
            ? message with { ToolCalls = null, FunctionCall = call.Function } : message;
    }

    private static GenerationRequest Begin(LanguageModel model, ChatRequest request, int? maxTokens)
    {
        try
        {
            return Answers.Begin(model, Said(request), maxTokens, Forms.Of(request, model), "messages");
        }
        catch (ApiException error) when (request.Functions is { Count: > 0 } && ChatTools.OldName(error.Error.Param) is { } field)
        {
            throw ApiException.Invalid(error.Message.Replace(error.Error.Param!, field, StringComparison.Ordinal), field, error.Error.Code);
        }
    }

    private static Conversation Said(ChatRequest request) =>
        new Conversation([.. request.Messages.Select((message, index) => message.Turn($"messages[{index}]"))])
        {
            Variables = Answers.Variables(request.ChatTemplateKwargs, request.ReasoningEffort, "reasoning_effort"),
        }.With(request);

    private static void Check(ChatRequest request)
    {
        if (request.Messages.Count == 0 || request.Messages.Contains(null!))
            throw ApiException.Invalid("messages cannot be empty, nor one of them null", "messages");
        if (request.ChatTemplateKwargs is { ValueKind: not JsonValueKind.Object })
            throw ApiException.Invalid("chat_template_kwargs must be an object", "chat_template_kwargs");
        if (request.TopLogprobs is { } count && (count is < 0 or > MostAlternatives || request.Logprobs is not true))
            throw ApiException.Invalid($"top_logprobs must lie between 0 and {MostAlternatives}, and needs logprobs", "top_logprobs");
    }
}
