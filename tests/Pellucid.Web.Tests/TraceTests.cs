using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Json;

namespace Pellucid.Web.Tests;

public sealed class TraceTests(ServedModel served) : IClassFixture<ServedModel>
{
    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_request_leaves_a_span_with_the_names_of_the_conventions()
    {
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Pellucid",
            Sample = (ref _) => ActivitySamplingResult.AllData,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        async Task<Activity> SpanOf(string path, object body, Func<Activity, bool> isIt)
        {
            using var response = await served.Http.PostAsJsonAsync(path, body, Ended);
            await response.Content.ReadAsStringAsync(Ended);
            Activity? found;
            while ((found = spans.FirstOrDefault(isIt)) is null) // it ends after the answer
                await Task.Delay(5, Ended);
            return found;
        }

        var span = await SpanOf("/v1/completions",
            new { prompt = "the cat", max_tokens = 5, seed = 987654321, temperature = 0.5, top_p = 0.75, n = 2 },
            span => span.GetTagItem("gen_ai.request.seed") is 987654321L);
        Assert.Equal(("text_completion small", ActivityKind.Server), (span.DisplayName, span.Kind));
        Assert.Equal(("text_completion", "pellucid", "small", "small"), (span.GetTagItem("gen_ai.operation.name"),
            span.GetTagItem("gen_ai.provider.name"), span.GetTagItem("gen_ai.request.model"), span.GetTagItem("gen_ai.response.model")));
        Assert.Equal((5, 0.5f, 0.75f, 2), (span.GetTagItem("gen_ai.request.max_tokens"), span.GetTagItem("gen_ai.request.temperature"),
            span.GetTagItem("gen_ai.request.top_p"), span.GetTagItem("gen_ai.request.choice.count")));
        Assert.Equal((7, 10), (span.GetTagItem("gen_ai.usage.input_tokens"), span.GetTagItem("gen_ai.usage.output_tokens")));
        Assert.Equal(["length", "length"], (string[])span.GetTagItem("gen_ai.response.finish_reasons")!);
        Assert.NotEqual(ActivityStatusCode.Error, span.Status);

        Assert.Equal("embeddings small", (await SpanOf("/v1/embeddings", new { input = "a b c d" }, span => span.OperationName.StartsWith(
            "embeddings", StringComparison.Ordinal) && span.GetTagItem("gen_ai.usage.input_tokens") is 7)).DisplayName);
        var failed = await SpanOf("/v1/inspect", new { text = "the cat", changes = (string[])["9.9=0"] },
            span => span.OperationName.StartsWith("inspect", StringComparison.Ordinal) && span.Status == ActivityStatusCode.Error);
        Assert.Equal("ArgumentException", failed.GetTagItem("error.type"));
    }
}
