using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Pellucid.Conversations;
using Pellucid.Generation;

namespace Pellucid.Web.Api.Responses;

/// <summary><c>/v1/responses</c>.</summary>
internal sealed class ResponseEndpoint(ModelRegistry models, HostOptions options, RequestTime time, Telemetry telemetry,
    ErrorHandling errors, ResponseStore store)
{
    private const int MostAlternatives = 20, MostForgotten = 256;
    private const string Logprobs = "message.output_text.logprobs", Encrypted = "reasoning.encrypted_content";

    private static readonly string[] AllowedIncludes = [Logprobs, Encrypted];

    public async Task HandleAsync(ResponseRequest request, HttpContext context)
    {
        Check(request);
        using var lease = await models.UseAsync(request.Model, time, context);
        var (model, owner) = (lease.Model, ApiKeys.Owner(context));
        var maxTokens = SamplingFields.CheckedMaxTokens(request.MaxOutputTokens, options.MostTokens, 1, options, "max_output_tokens");
        IReadOnlyList<ChatMessage> said =
        [
            .. request.PreviousResponseId is { } id ? Previous(id, owner).Messages : [],
            .. new ResponseInput(item => store.FindItem(item, owner)).Read(request.Input),
        ];
        var answer = Begin(request, model, said, maxTokens);
        var tellsTokens = request.TopLogprobs is not null || request.Include?.Contains(Logprobs) == true;
        using var texts = new Texts(model, time, context);
        texts.Add(answer with { Alternatives = tellsTokens ? request.TopLogprobs ?? 0 : null }, [request.Sampling(model, options)],
            request.Stops(options));
        var isStored = store.IsOn && request.Store != false;
        var draft = new ResponseDraft(Opening(request, model, isStored));
        var told = new Telling("responses", model.Name, request, texts, context);
        var events = request.Stream ?? false ? new ServerSentEvents(context.Response) : null;
        await WriteAsync(told, draft, tellsTokens, events, () =>
        {
            if (isStored)
                store.Add(new StoredResponse(owner, draft.Response, [.. said, Answered(texts)]));
        });
    }

    /// <summary>A response that was stored.</summary>
    public JsonObject Find(string id, HttpContext context) => context.Request.Query.ContainsKey("stream")
        ? throw ApiException.Invalid("a stored response is not streamed again", "stream", "unsupported")
        : store.Find(id, ApiKeys.Owner(context))?.Response ?? throw NotFound(id);

    /// <summary>Forgets a response.</summary>
    public JsonObject Delete(string id, HttpContext context) => store.Delete(id, ApiKeys.Owner(context))
        ? new JsonObject { ["id"] = id, ["object"] = "response", ["deleted"] = true } : throw NotFound(id);

    private static ApiException NotFound(string id) =>
        new(StatusCodes.Status404NotFound, $"there is no response '{id}' here", "response_not_found", "response_id");

    private static void Check(ResponseRequest request)
    {
        if (request.TopLogprobs is < 0 or > MostAlternatives)
            throw ApiException.Invalid($"top_logprobs must lie between 0 and {MostAlternatives}", "top_logprobs");
        if (request.Include?.FirstOrDefault(one => !AllowedIncludes.Contains(one)) is { } other)
            throw ApiException.Invalid($"include: {other} is not told here", "include", "unsupported");
        if (request.Truncation is not (null or "auto" or "disabled"))
            throw ApiException.Invalid("truncation is auto or disabled", "truncation");
    }

    private StoredResponse Previous(string id, string owner) => store.Find(id, owner) ?? throw ApiException.Invalid(
        $"there is no response '{id}' here to go on from{(store.IsOn ? "" : ", for none are kept")}", "previous_response_id",
        "previous_response_not_found");

    private static GenerationRequest Begin(ResponseRequest request, LanguageModel model, IReadOnlyList<ChatMessage> said, int maxTokens)
    {
        var form = Forms.Of(request.Text?.Format, "text.format", model);
        List<ChatTurn> turns = [.. said.Select((message, index) => message.Turn($"input[{index}]"))];
        if (request.Instructions is { Length: > 0 } instructions)
            turns.Insert(0, new ChatTurn("system", instructions));
        for (var forgotten = 0; ; forgotten++)
            try
            {
                return Answers.Begin(model, new Conversation([.. turns])
                {
                    Variables = Answers.Variables(null, request.Reasoning?.Effort, "reasoning.effort"),
                }.With([.. (request.Tools ?? []).Select(tool => tool.AsChatTool())], request.ToolChoice, request.ParallelToolCalls ?? true),
                    maxTokens, form, "input");
            }
            catch (ApiException error) when (error.Error.Code == Answers.TooLong && request.Truncation == "auto"
                && forgotten < MostForgotten && turns.FindIndex(turn => turn.Role is not ("system" or "developer")) is >= 0 and var first
                && first < turns.Count - 1)
            {
                turns.RemoveAt(first);
            }
    }

    private static JsonObject Opening(ResponseRequest request, LanguageModel model, bool isStored) => new()
    {
        ["id"] = ResponseDraft.NewId("resp"),
        ["object"] = "response",
        ["created_at"] = DateTimeOffset.UtcNow.ToUnixTimeSeconds(),
        ["status"] = "in_progress",
        ["background"] = false,
        ["error"] = null,
        ["incomplete_details"] = null,
        ["instructions"] = request.Instructions,
        ["max_output_tokens"] = request.MaxOutputTokens,
        ["metadata"] = new JsonObject((request.Metadata ?? []).Select(one => KeyValuePair.Create(one.Key, (JsonNode?)one.Value))),
        ["model"] = model.Name,
        ["output"] = new JsonArray(),
        ["parallel_tool_calls"] = request.ParallelToolCalls ?? true,
        ["previous_response_id"] = request.PreviousResponseId,
        ["reasoning"] = new JsonObject { ["effort"] = request.Reasoning?.Effort, ["summary"] = null },
        ["store"] = isStored,
        ["temperature"] = request.Temperature ?? model.Sampling.Options().Temperature,
        ["text"] = new JsonObject { ["format"] = Node(request.Text?.Format) ?? new JsonObject { ["type"] = "text" } },
        ["tool_choice"] = Node(request.ToolChoice) ?? "auto",
        ["tools"] = JsonSerializer.SerializeToNode(request.Tools ?? [], ApiJson.Of<IReadOnlyList<ResponseTool>>()),
        ["top_p"] = request.TopP ?? model.Sampling.Options().TopP,
        ["truncation"] = request.Truncation ?? "disabled",
        ["usage"] = null,
    };

    private static JsonNode? Node(JsonElement? value) =>
        value is { ValueKind: not JsonValueKind.Null } given ? JsonNode.Parse(given.GetRawText()) : null;

    // It is kept before its end is told: whoever reads that may go on from it at once. What goes wrong is not kept.
    private async Task WriteAsync(Telling told, ResponseDraft draft, bool tellsTokens, ServerSentEvents? events, Action keep)
    {
        var (texts, ended, left) = (told.Texts, told.Texts.Ended, told.Context.RequestAborted);
        using var record = telemetry.Begin(told);
        try
        {
            if (events is not null)
                await events.BeginAsync(ended);
            draft.Begin();
            await SendAsync();
            await foreach (var (_, piece) in texts.Pieces())
            {
                record.Piece();
                draft.Add(piece, Told(piece, texts, tellsTokens));
                await SendAsync();
            }
            draft.End(texts.Reason(0), texts.Usage);
            keep();
            await SendAsync();
            record.Done();
        }
        catch (Exception error) when (events is null)
        {
            record.Failed(error);
            throw;
        }
        catch (Exception error) when (events is not null && !left.IsCancellationRequested)
        {
            record.Failed(error);
            await events.SendAsync([draft.Fail(errors.Refusal(error).Error)], left);
        }
        if (events is null)
            await told.Context.Response.WriteAsJsonAsync(draft.Response, ApiJson.Of<JsonObject>(), contentType: null, left);

        // An answer that is no stream has no events.
        async Task SendAsync()
        {
            var latest = draft.Take();
            if (events is not null)
                await events.SendAsync(latest, ended);
        }
    }

    private static ChatLogprobs? Told(TextPiece piece, Texts texts, bool tellsTokens)
    {
        var values = ChatLogprobs.New(tellsTokens && piece.Text.Length > 0 && piece.Token is not null);
        values?.Add(piece.Token!.Value, texts.Tokenizer);
        return values;
    }

    // The model's turn, as the next request gives it.
    private static ChatMessage Answered(Texts texts)
    {
        var (calls, thought) = (texts.Calls(0), texts.Thought(0));
        return new ChatMessage
        {
            Role = "assistant",
            Content = JsonSerializer.SerializeToElement(texts.Written(0), ApiJson.Of<string>()),
            ReasoningContent = thought.Length > 0 ? thought : null,
            ToolCalls = calls.Count == 0 ? null : [.. calls.Select(call => new ChatToolCall
            {
                Id = call.Id,
                Type = "function",
                Function = new ChatCalledFunction
                {
                    Name = call.Name, Arguments = JsonSerializer.SerializeToElement(call.Arguments, ApiJson.Of<string>()),
                },
            })],
        };
    }
}
