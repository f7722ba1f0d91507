using System.Buffers;
using System.Diagnostics;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Pellucid.Conversations;
using Pellucid.Generation;
using Pellucid.Tensors;

namespace Pellucid.Web.Api.Ollama;

/// <summary>Ollama's <c>/api/chat</c>, <c>/api/generate</c> and <c>/api/tags</c>: the same answers in other words.</summary>
internal sealed class OllamaEndpoint(ModelRegistry models, HostOptions options, RequestTime time, Telemetry telemetry, ErrorHandling errors)
{
    private readonly DateTimeOffset _begun = DateTimeOffset.UtcNow;

    /// <summary>The models there are.</summary>
    public OllamaTags Tags() => new([.. models.All.Select(one => new OllamaTag(one.Source.Name, one.Source.Name, _begun,
        one.Source.Bytes, "", new OllamaDetails("", "pellucid", "", [], one.Model is { } model ? $"{model.Gpt.Config.Parameters}" : "",
            one.Model is { } loaded ? loaded.Gpt.Parameters.WeightType.Name() : "")))]);

    public async Task ChatAsync(OllamaChatRequest request, HttpContext context)
    {
        using var lease = await models.UseAsync(request.Model, time, context);
        if (request.Messages.Count == 0 || request.Messages.Contains(null!))
            throw ApiException.Invalid("messages cannot be empty, nor one of them null", "messages");
        var conversation = new Conversation([.. request.Messages.Select((message, index) => message.Turn($"messages[{index}]"))])
        {
            Variables = request.Variables,
        }.With(request.Tools, null, parallel: true);
        await AnswerAsync(request, lease.Model, Answers.Begin(lease.Model, conversation, MaxTokens(request), request.Form(lease.Model),
            "messages"), isChat: true, context);
    }

    public async Task GenerateAsync(OllamaGenerateRequest request, HttpContext context)
    {
        using var lease = await models.UseAsync(request.Model, time, context);
        var (model, form, prompt) = (lease.Model, request.Form(lease.Model), request.Prompt ?? "");
        GenerationRequest answer;
        if (request.Raw ?? false)
        {
            if (request.System is { Length: > 0 })
                throw ApiException.Invalid("a raw prompt has no template that system could stand in", "system");
            var tokens = Prompt.Read(JsonSerializer.SerializeToElement(prompt, ApiJson.Of<string>()), model, "prompt")[0];
            Texts.CheckLength(model, tokens);
            answer = new GenerationRequest(tokens) { MaxTokens = MaxTokens(request), Constraint = form };
        }
        else
            answer = Answers.Begin(model, new Conversation([.. request.System is { Length: > 0 } system
                ? [new ChatTurn("system", system)] : Array.Empty<ChatTurn>(), new ChatTurn("user", prompt)])
            {
                Variables = request.Variables,
            }, MaxTokens(request), form, "prompt");
        await AnswerAsync(request, model, answer, isChat: false, context);
    }

    private int MaxTokens(OllamaRequest request) => SamplingFields.CheckedMaxTokens(
        request.Options?.NumPredict is -1 ? null : request.Options?.NumPredict, options.MostTokens, 1, options, "num_predict");

    private async Task AnswerAsync(OllamaRequest request, LanguageModel model, GenerationRequest answer, bool isChat, HttpContext context)
    {
        var (sampling, isStream) = (request.Options ?? new OllamaOptions(), request.Stream ?? true);
        using var texts = new Texts(model, time, context);
        texts.Add(answer, [sampling.Sampling(model, options)], sampling.Stops(options));
        var (begun, first) = (Stopwatch.GetTimestamp(), (TimeSpan?)null);
        using var record = telemetry.Begin(new Telling(isChat ? "chat" : "text_completion", model.Name, sampling, texts, context));
        var response = context.Response;
        try
        {
            await foreach (var (_, piece) in texts.Pieces())
            {
                record.Piece();
                first ??= Stopwatch.GetElapsedTime(begun);
                if (isStream && piece.Text.Length + piece.Thought.Length + piece.Calls.Count > 0)
                    await WriteAsync(Said(piece.Text, piece.Thought, piece.Calls));
            }
            var total = Stopwatch.GetElapsedTime(begun);
            var whole = isStream ? Said("", "", []) : Said(texts.Written(0), texts.Thought(0), texts.Calls(0));
            await WriteAsync(whole with
            {
                Done = true,
                DoneReason = texts.Finish(0) == "length" ? "length" : "stop",
                TotalDuration = Nanoseconds(total),
                LoadDuration = 0,
                PromptEvalCount = texts.PromptTokens,
                PromptEvalDuration = Nanoseconds(first ?? total),
                EvalCount = texts.CompletionTokens,
                EvalDuration = Nanoseconds(total - (first ?? total)),
            });
            record.Done();
        }
        catch (Exception error) when (response.HasStarted && !context.RequestAborted.IsCancellationRequested)
        {
            record.Failed(error);
            await WriteAsync(new OllamaError(errors.Refusal(error).Message));
        }
        catch (Exception error)
        {
            record.Failed(error);
            throw;
        }

        OllamaAnswer Said(string text, string thought, IReadOnlyList<ToolCall> calls) => new(model.Name, DateTimeOffset.UtcNow)
        {
            Message = isChat ? OllamaSaid.Of(text, thought, calls) : null,
            Response = isChat ? null : text,
            Thinking = isChat || thought.Length == 0 ? null : thought,
        };

        async Task WriteAsync<T>(T part)
        {
            if (!response.HasStarted)
                response.ContentType = isStream ? "application/x-ndjson" : "application/json; charset=utf-8";
            using (var json = new Utf8JsonWriter(response.BodyWriter, new JsonWriterOptions { Encoder = ApiJson.Options.Encoder }))
                JsonSerializer.Serialize(json, part, ApiJson.Of<T>());
            if (isStream)
                response.BodyWriter.Write("\n"u8);
            await response.BodyWriter.FlushAsync(context.RequestAborted);
        }
    }

    private static long Nanoseconds(TimeSpan time) => time.Ticks * TimeSpan.NanosecondsPerTick;
}
