using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Pellucid.Web.Tests;

/// <summary>A server that gives a request next to no time.</summary>
public sealed class HurriedModel : ServedModel
{
    internal override HostOptions Options => new() { RequestTime = TimeSpan.FromMilliseconds(100) };
}

public sealed class TimeLimitTests(HurriedModel served) : IClassFixture<HurriedModel>
{
    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_waits_longer_than_is_allowed_is_told_so_and_the_server_goes_on()
    {
        using var gate = new ManualResetEventSlim();
        var ended = Ended;
        // the engine is busy with something else
        var held = served.Model.Scheduler.RunAsync(() => gate.Wait(TimeSpan.FromMinutes(1), ended), ended);
        foreach (var (path, body) in ((string, object)[])[("completions", new { prompt = "a" }),
            ("chat/completions", new { messages = (object[])[new { role = "user", content = "a" }] }), ("embeddings", new { input = "a" }),
            ("inspect", new { text = "a" })])
        {
            using var response = await served.Http.PostAsJsonAsync($"/v1/{path}", body, Ended);
            Assert.Equal(HttpStatusCode.RequestTimeout, response.StatusCode);
            Assert.Equal("timeout", Code(await response.Content.ReadAsStringAsync(Ended)));
        }
        using (var stream = await served.Http.PostAsJsonAsync("/v1/completions", new { prompt = "a", stream = true }, Ended))
        {
            Assert.Equal(HttpStatusCode.OK, stream.StatusCode); // it had begun
            var events = (await stream.Content.ReadAsStringAsync(Ended)).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal("timeout", Code(Assert.Single(events)["data: ".Length..]));
        }
        using (var stream = await served.Http.PostAsJsonAsync("/v1/responses", new { input = "a", stream = true }, Ended))
        {
            var events = (await stream.Content.ReadAsStringAsync(Ended)).Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
                .Select(one => JsonDocument.Parse(one[(one.IndexOf("\ndata: ", StringComparison.Ordinal) + 7)..]).RootElement).ToArray();
            Assert.Equal(("error", "timeout"), (events[^1].GetProperty("type").GetString(), events[^1].GetProperty("code").GetString()));
            using var kept = await served.Http.GetAsync($"/v1/responses/{events[0].GetProperty("response").GetProperty("id")}", Ended);
            Assert.Equal(HttpStatusCode.NotFound, kept.StatusCode); // what broke off is nothing to go on from
        }
        gate.Set();
        Assert.True(await held);
        while (served.Model.Scheduler.Running + served.Model.Scheduler.Waiting > 0)
            await Task.Delay(5, Ended);
        Assert.Equal("ok", await served.Http.GetStringAsync("/health", Ended));
    }

    [Fact]
    public async Task A_request_may_have_as_long_as_it_likes()
    {
        await using var application = PellucidHost.Create(served.Model,
            new HostOptions { Urls = "http://127.0.0.1:0", RequestTime = Timeout.InfiniteTimeSpan });
        await application.StartAsync(Ended);
        using var http = new HttpClient { BaseAddress = new Uri(application.Urls.Single()) };
        using var response = await http.PostAsJsonAsync("/v1/completions", new { prompt = "a", max_tokens = 2 }, Ended);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    private static string? Code(string body) => JsonDocument.Parse(body).RootElement.GetProperty("error").GetProperty("code").GetString();
}
