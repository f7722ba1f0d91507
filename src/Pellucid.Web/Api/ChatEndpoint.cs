using System.ComponentModel;
using System.Text.Json;
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

    [Description("Not supported")]
    public JsonElement? Tools { get; init; }
}

/// <summary>One turn; its content is a string, or parts of type text.</summary>
internal sealed record ChatMessage
{
    public required string Role { get; init; }

    [Description("A string, or a list of parts of type text")]
    public JsonElement? Content { get; init; }

    public ChatTurn Turn() => new(Role, Content switch
    {
        null or { ValueKind: JsonValueKind.Null } => "",
        { ValueKind: JsonValueKind.String } text => text.GetString()!,
        { ValueKind: JsonValueKind.Array } parts => string.Concat(parts.EnumerateArray().Select(Text)),
        _ => throw ApiException.Invalid("content must be a string or a list of parts", "messages"),
    });

    private static string Text(JsonElement part) =>
        part.ValueKind == JsonValueKind.Object && part.TryGetProperty("type", out var type) && type.ValueEquals("text")
            && part.TryGetProperty("text", out var text) && text.ValueKind == JsonValueKind.String ? text.GetString()!
        : throw ApiException.Invalid("content can have parts of type text only", "messages");
}

/// <summary>Answers in a conversation; of a stream, a piece of one.</summary>
internal sealed record ChatCompletion<TChoice>(string Id, string Object, long Created, string Model,
    IReadOnlyList<TChoice> Choices, Usage? Usage);

/// <summary>One answer.</summary>
internal sealed record ChatChoice(int Index, AssistantMessage Message, ChatLogprobs? Logprobs, string? FinishReason);

/// <summary>What the model said.</summary>
internal sealed record AssistantMessage(string Role, string Content, string? Refusal = null);

/// <summary>A piece of an answer.</summary>
internal sealed record ChatPiece(int Index, Dictionary<string, string> Delta, ChatLogprobs? Logprobs, string? FinishReason);

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
internal sealed class ChatEndpoint(LanguageModel model, HostOptions options, Telemetry telemetry, ErrorHandling errors)
    : TextEndpoint(telemetry, errors)
{
    private const int MostAlternatives = 20;

    public async Task HandleAsync(ChatRequest request, HttpContext context)
    {
        Check(request);
        var maxTokens = request.CheckedMaxTokens(request.MaxCompletionTokens ?? request.MaxTokens, options.MostTokens, 1, options);
        var answer = Answer(request.Messages, maxTokens);
        var logprobs = request.Logprobs ?? false;
        using var texts = new Texts(model, options, context);
        texts.Add(answer with { Alternatives = logprobs ? request.TopLogprobs ?? 0 : null, Constraint = Forms.Of(request, model) },
            request.Samplings(model.Sampling), request.Stops());

        var told = new Telling("chat", model.Name, request, logprobs, texts, context);
        var (id, created) = ($"chatcmpl-{Guid.NewGuid():n}", DateTimeOffset.UtcNow.ToUnixTimeSeconds());
        if (request.Stream ?? false)
        {
            ChatCompletion<ChatPiece> Piece(IReadOnlyList<ChatPiece> choices, Usage? usage = null) =>
                new(id, "chat.completion.chunk", created, model.Name, choices, usage);
            await StreamAsync(told, Enumerable.Range(0, texts.Count)
                .Select(index => Piece([new ChatPiece(index, new() { ["role"] = "assistant", ["content"] = "" }, null, null)])),
                (index, piece) =>
            {
                var values = ChatLogprobs.New(logprobs && piece.Token is not null);
                values?.Add(piece.Token!.Value, model.Tokenizer);
                return Piece([new ChatPiece(index, piece.Text.Length > 0 ? new() { ["content"] = piece.Text } : [], values,
                    Texts.Word(piece.Finish))]);
            }, usage => Piece([], usage));
            return;
        }
        var all = Enumerable.Range(0, texts.Count).Select(_ => ChatLogprobs.New(logprobs)).ToArray();
        await AnswerAsync(told, (index, token) => all[index]?.Add(token, model.Tokenizer),
            () => new ChatCompletion<ChatChoice>(id, "chat.completion", created, model.Name,
                [.. Enumerable.Range(0, texts.Count).Select(index => new ChatChoice(index,
                    new AssistantMessage("assistant", texts.Written(index)), all[index], texts.Finish(index)))], texts.Usage));
    }

    private void Check(ChatRequest request)
    {
        ModelName.Check(request.Model, model, options);
        if (request.Messages.Count == 0 || request.Messages.Contains(null!))
            throw ApiException.Invalid("messages cannot be empty, nor one of them null", "messages");
        if (request.Tools is { ValueKind: JsonValueKind.Array } tools && tools.GetArrayLength() > 0)
            throw ApiException.Invalid("tools are not supported", "tools", "unsupported");
        if (request.TopLogprobs is { } count && (count is < 0 or > MostAlternatives || request.Logprobs is not true))
            throw ApiException.Invalid($"top_logprobs must lie between 0 and {MostAlternatives}, and needs logprobs", "top_logprobs");
    }

    private GenerationRequest Answer(IReadOnlyList<ChatMessage> messages, int maxTokens)
    {
        try
        {
            return model.Answer(new Conversation([.. messages.Select(message => message.Turn())]), maxTokens);
        }
        catch (ConversationTooLongException error)
        {
            throw ApiException.Invalid(error.Message, "messages", "context_length_exceeded");
        }
        catch (ArgumentException error)
        {
            throw ApiException.Invalid(error.Message, "messages");
        }
        catch (InvalidDataException error)
        {
            throw new ApiException(StatusCodes.Status500InternalServerError, error.Message, "chat_template");
        }
    }
}
