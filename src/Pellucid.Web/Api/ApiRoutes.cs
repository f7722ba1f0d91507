using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Pellucid.Generation;
using Pellucid.Web.Api.Ollama;
using Pellucid.Web.Api.Responses;

namespace Pellucid.Web.Api;

/// <summary>The models there are.</summary>
internal sealed record ModelList(string Object, IReadOnlyList<ModelEntry> Data);

/// <summary>A model.</summary>
internal sealed record ModelEntry(string Id, string Object, long Created, string OwnedBy, bool Loaded,
    int? ContextLength, long? Parameters, int? VocabularySize, ModelSampling? Sampling)
{
    /// <summary>What a model that is not loaded would tell is not known yet.</summary>
    public static ModelEntry Of(string name, LanguageModel? model, long created) => new(name, "model", created, "pellucid",
        model is not null, model?.Gpt.Context, model?.Gpt.Config.Parameters, model?.Gpt.Config.VocabularySize,
        model is null ? null : ModelSampling.Of(model.Sampling.Options()));
}

/// <summary>How tokens are chosen where a request does not say.</summary>
internal sealed record ModelSampling(float Temperature, int TopK, float TopP, float MinP, float RepetitionPenalty)
{
    public static ModelSampling Of(SamplingOptions options) =>
        new(options.Temperature, options.TopK, options.TopP, options.MinP, options.RepetitionPenalty);
}

/// <summary>What programs ask for, by path.</summary>
internal static class ApiRoutes
{
    private static readonly int[] Refusals = [400, 401, 403, 404, 408, 413, 415, 429, 500, 503];

    private const string Exporter = "OTEL_EXPORTER_OTLP_ENDPOINT", Json = "application/json",
        Events = "text/event-stream";

    public static void AddServices(WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<RequestTime>().AddSingleton<RequestBody>();
        builder.Services.AddSingleton<ErrorHandling>().AddSingleton<Visitors>().AddSingleton<ApiKeys>().AddSingleton<Telemetry>();
        builder.Services.AddSingleton<CompletionEndpoint>().AddSingleton<ChatEndpoint>().AddSingleton<EmbeddingEndpoint>()
            .AddSingleton<ResponseStore>().AddSingleton<ResponseEndpoint>().AddSingleton<OllamaEndpoint>()
            .AddSingleton<TokenEndpoint>()
            .AddSingleton<InspectEndpoint>();
        builder.Services.ConfigureHttpJsonOptions(json => ApiJson.Configure(json.SerializerOptions));
        builder.Services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        builder.Services.AddOpenApi(api => api.AddDocumentTransformer<ApiDescription>());
        var exported = Environment.GetEnvironmentVariable(Exporter) is { Length: > 0 };
        var prometheus = new PrometheusText();
        builder.Services.AddSingleton(prometheus).AddOpenTelemetry()
            .WithMetrics(metrics => (exported ? metrics.AddOtlpExporter() : metrics)
                .AddMeter(Telemetry.Name, "Microsoft.AspNetCore.Server.Kestrel").AddReader(prometheus.Reader))
            // spans of ours are children of the request's, and dropped where nobody records that
            .WithTracing(traces => (exported ? traces.AddOtlpExporter() : traces).AddSource(Telemetry.Name, "Microsoft.AspNetCore"));
    }

    public static void Map(WebApplication application)
    {
        var (models, begun) = (application.Services.GetRequiredService<ModelRegistry>(), DateTimeOffset.UtcNow.ToUnixTimeSeconds());
        application.Use(AnswerHeadAsGet);
        application.UseRouting(); // after the method is known
        application.UseMiddleware<ErrorHandling>();
        application.UseMiddleware<Visitors>();
        application.UseMiddleware<ApiKeys>();
        application.Services.GetRequiredService<RequestTime>(); // notices from now on that the server is told to end
        application.Services.GetRequiredService<Telemetry>(); // what is scaled by is told before the first request for a text
        application.MapGet("/health", () => "ok").ExcludeFromDescription();
        application.MapGet("/ready", (IHostApplicationLifetime life) =>
            life.ApplicationStopping.IsCancellationRequested ? Results.Text(
            "ending", statusCode: StatusCodes.Status503ServiceUnavailable) : Results.Text("ready")).ExcludeFromDescription();
        application.MapGet("/metrics", application.Services.GetRequiredService<PrometheusText>().AnswerAsync).ExcludeFromDescription();
        application.MapOpenApi("/openapi.json");
        MapOthers(application);

        var api = application.MapGroup("/v1");
        api.MapGet("/models", () => new ModelList("list",
            [.. models.All.Select(one => ModelEntry.Of(one.Source.Name, one.Model, begun))]))
            .Refuses(401, 403).WithName("listModels").WithSummary("The models that are served");
        api.MapGet("/models/{**id}", (string id) =>
        {
            var source = models.Source(Uri.UnescapeDataString(id)); // a slash in a name comes as %2F
            return ModelEntry.Of(source.Name, models.All.First(one => one.Source == source).Model, begun);
        }).Refuses(401, 403, 404).WithName("retrieveModel").WithSummary("The model of that name");
        api.MapPost("/completions",
            async (HttpContext context, RequestBody body, CompletionEndpoint endpoint) =>
                await endpoint.HandleAsync(await body.ReadAsync<CompletionRequest>(context), context))
            .Accepts<CompletionRequest>(Json).Produces<Completion>(200, Json, Events).Refuses().WithName("createCompletion")
            .WithSummary("Texts that continue prompts");
        api.MapPost("/chat/completions",
            async (HttpContext context, RequestBody body, ChatEndpoint endpoint) =>
                await endpoint.HandleAsync(await body.ReadAsync<ChatRequest>(context), context))
            .Accepts<ChatRequest>(Json).Produces<ChatCompletion<ChatChoice>>(200, Json, Events).Refuses().WithName("createChatCompletion")
            .WithSummary("Answers in a conversation");
        api.MapPost("/responses",
            async (HttpContext context, RequestBody body, ResponseEndpoint endpoint) =>
                await endpoint.HandleAsync(await body.ReadAsync<ResponseRequest>(context), context))
            .Accepts<ResponseRequest>(Json).Produces<JsonObject>(200, Json, Events).Refuses().WithName("createResponse")
            .WithSummary("What a model thinks, says and calls, item by item; it may go on from a response before");
        api.MapGet("/responses/{id}", (string id, HttpContext context, ResponseEndpoint endpoint) => endpoint.Find(id, context))
            .Refuses().WithName("retrieveResponse").WithSummary("A response that was stored");
        api.MapDelete("/responses/{id}", (string id, HttpContext context, ResponseEndpoint endpoint) => endpoint.Delete(id, context))
            .Refuses().WithName("deleteResponse").WithSummary("Forgets a response");
        api.MapPost("/embeddings",
            async (HttpContext context, RequestBody body, EmbeddingEndpoint endpoint) =>
                await endpoint.HandleAsync(await body.ReadAsync<EmbeddingRequest>(context), context))
            .Accepts<EmbeddingRequest>(Json).Refuses().WithName("createEmbedding")
            .WithSummary("Texts as vectors: the mean of the final states of their tokens, of length 1");
        api.MapPost("/inspect",
            async (HttpContext context, RequestBody body, InspectEndpoint endpoint) =>
                await endpoint.HandleAsync(await body.ReadAsync<InspectRequest>(context), context))
            .Accepts<InspectRequest>(Json).Refuses().WithName("inspect").WithSummary(
                "What the model says, layer by layer, and what changes when pieces of it are switched off, scaled, patched or steered");
    }

    // Whatever can be looked at answers HEAD as it does GET; the server itself leaves the body out.
    private static Task AnswerHeadAsGet(HttpContext context, RequestDelegate next)
    {
        if (HttpMethods.IsHead(context.Request.Method))
            context.Request.Method = HttpMethods.Get;
        return next(context);
    }

    // In the ways of Ollama, vLLM and llama.cpp's server.
    private static void MapOthers(WebApplication application)
    {
        var ollama = application.MapGroup("/api");
        ollama.MapGet("/version", () => new JsonObject
        {
            ["version"] = ApiDescription.Version,
        }).RefusesShortly().WithName("ollamaVersion").WithSummary("The version of this server");
        ollama.MapGet("/tags", (OllamaEndpoint endpoint) => endpoint.Tags()).RefusesShortly().WithName("ollamaTags")
            .WithSummary("The models that are served");
        ollama.MapPost("/chat", async (HttpContext context, RequestBody body, OllamaEndpoint endpoint) =>
            await endpoint.ChatAsync(await body.ReadAsync<OllamaChatRequest>(context), context))
            .Accepts<OllamaChatRequest>(Json).Produces<OllamaAnswer>(200, "application/x-ndjson", Json).RefusesShortly()
            .WithName("ollamaChat").WithSummary("An answer in a conversation, as Ollama gives it");
        ollama.MapPost("/generate", async (HttpContext context, RequestBody body, OllamaEndpoint endpoint) =>
            await endpoint.GenerateAsync(await body.ReadAsync<OllamaGenerateRequest>(context), context))
            .Accepts<OllamaGenerateRequest>(Json).Produces<OllamaAnswer>(200, "application/x-ndjson", Json).RefusesShortly()
            .WithName("ollamaGenerate")
            .WithSummary("An answer to one prompt, as Ollama gives it");
        application.MapPost("/tokenize", async (HttpContext context, RequestBody body, TokenEndpoint endpoint) =>
            await endpoint.TokenizeAsync(await body.ReadAsync<TokenizeRequest>(context), context))
            .Accepts<TokenizeRequest>(Json).Refuses().WithName("tokenize").WithSummary("The tokens of a text");
        application.MapPost("/detokenize", async (HttpContext context, RequestBody body, TokenEndpoint endpoint) =>
            await endpoint.DetokenizeAsync(await body.ReadAsync<DetokenizeRequest>(context), context))
            .Accepts<DetokenizeRequest>(Json).Refuses().WithName("detokenize").WithSummary("The text of tokens");
        application.MapGet("/tokenizer_info", (string? model, HttpContext context, TokenEndpoint endpoint) =>
            endpoint.InfoAsync(model, context)).Refuses().WithName("tokenizerInfo").WithSummary("What a model's tokenizer is");
        application.MapGet("/props", (string? model, HttpContext context, TokenEndpoint endpoint) => endpoint.PropsAsync(model, context))
            .Refuses().WithName("props").WithSummary("How texts are written where a request does not say");
    }

    private static RouteHandlerBuilder Refuses(this RouteHandlerBuilder route, params int[] statuses)
    {
        foreach (var status in statuses is [] ? Refusals : statuses)
            route.Produces<ApiErrorBody>(status);
        return route;
    }

    // As Ollama says it: a sentence.
    private static RouteHandlerBuilder RefusesShortly(this RouteHandlerBuilder route)
    {
        foreach (var status in Refusals)
            route.Produces<OllamaError>(status);
        return route;
    }
}
