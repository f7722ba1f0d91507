using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Pellucid.Generation;

namespace Pellucid.Web.Api;

/// <summary>The models there are.</summary>
internal sealed record ModelList(string Object, IReadOnlyList<ModelEntry> Data);

/// <summary>A model.</summary>
internal sealed record ModelEntry(string Id, string Object, long Created, string OwnedBy, int ContextLength,
    long Parameters, int VocabularySize, ModelSampling Sampling);

/// <summary>How tokens are chosen where a request does not say.</summary>
internal sealed record ModelSampling(float Temperature, int TopK, float TopP, float MinP, float RepetitionPenalty)
{
    public static ModelSampling Of(SamplingOptions options) =>
        new(options.Temperature, options.TopK, options.TopP, options.MinP, options.RepetitionPenalty);
}

/// <summary>What programs ask for, by path.</summary>
internal static class ApiRoutes
{
    private static readonly string[] Looking = ["GET", "HEAD"];

    private const string Exporter = "OTEL_EXPORTER_OTLP_ENDPOINT", Json = "application/json";

    public static void AddServices(WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<RequestTime>().AddSingleton<RequestBody>();
        builder.Services.AddSingleton<ErrorHandling>().AddSingleton<Visitors>().AddSingleton<ApiKeys>().AddSingleton<Telemetry>();
        builder.Services.AddSingleton<CompletionEndpoint>().AddSingleton<ChatEndpoint>().AddSingleton<EmbeddingEndpoint>()
            .AddSingleton<InspectEndpoint>();
        builder.Services.ConfigureHttpJsonOptions(json => ApiJson.Configure(json.SerializerOptions));
        builder.Services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        builder.Services.AddOpenApi();
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
        var (model, begun) = (application.Services.GetRequiredService<LanguageModel>(), DateTimeOffset.UtcNow.ToUnixTimeSeconds());
        var options = application.Services.GetRequiredService<HostOptions>();
        application.UseMiddleware<ErrorHandling>();
        application.UseMiddleware<Visitors>();
        application.UseMiddleware<ApiKeys>();
        application.Services.GetRequiredService<RequestTime>(); // notices from now on that the server is told to end
        application.MapMethods("/health", Looking, () => "ok").ExcludeFromDescription();
        application.MapMethods("/ready", Looking, (IHostApplicationLifetime life) =>
            life.ApplicationStopping.IsCancellationRequested ? Results.Text(
            "ending", statusCode: StatusCodes.Status503ServiceUnavailable) : Results.Text("ready")).ExcludeFromDescription();
        application.MapGet("/metrics", application.Services.GetRequiredService<PrometheusText>().AnswerAsync).ExcludeFromDescription();
        application.MapOpenApi("/openapi.json");

        var api = application.MapGroup("/v1");
        var entry = new ModelEntry(model.Name, "model", begun, "pellucid", model.Gpt.Config.Context, model.Gpt.Config.Parameters,
            model.Gpt.Config.VocabularySize, ModelSampling.Of(model.Sampling.Options()));
        api.MapGet("/models", () => new ModelList("list", [entry])).WithSummary("The model that is served");
        api.MapGet("/models/{**id}", (string id) =>
        {
            ModelName.Check(Uri.UnescapeDataString(id), model, options); // a slash in a name comes as %2F
            return entry;
        }).WithSummary("The model of that name");
        api.MapPost("/completions",
            async (HttpContext context, RequestBody body, CompletionEndpoint endpoint) =>
                await endpoint.HandleAsync(await body.ReadAsync<CompletionRequest>(context), context))
            .Accepts<CompletionRequest>(Json).Produces<Completion>().Refuses().WithSummary("Texts that continue prompts");
        api.MapPost("/chat/completions",
            async (HttpContext context, RequestBody body, ChatEndpoint endpoint) =>
                await endpoint.HandleAsync(await body.ReadAsync<ChatRequest>(context), context))
            .Accepts<ChatRequest>(Json).Produces<ChatCompletion<ChatChoice>>().Refuses().WithSummary("Answers in a conversation");
        api.MapPost("/embeddings",
            async (HttpContext context, RequestBody body, EmbeddingEndpoint endpoint) =>
                await endpoint.HandleAsync(await body.ReadAsync<EmbeddingRequest>(context), context))
            .Accepts<EmbeddingRequest>(Json).Refuses()
            .WithSummary("Texts as vectors: the mean of the final states of their tokens, of length 1");
        api.MapPost("/inspect",
            async (HttpContext context, RequestBody body, InspectEndpoint endpoint) =>
                await endpoint.HandleAsync(await body.ReadAsync<InspectRequest>(context), context))
            .Accepts<InspectRequest>(Json).Refuses().WithSummary(
                "What the model says, layer by layer, and what changes when pieces of it are switched off, scaled, patched or steered");
    }

    private static RouteHandlerBuilder Refuses(this RouteHandlerBuilder route)
    {
        foreach (var status in (int[])[400, 401, 403, 404, 408, 413, 415, 429, 500, 503])
            route.Produces<ApiErrorBody>(status);
        return route;
    }
}
