using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Pellucid.Generation;

namespace Pellucid.Web.Tests;

/// <summary>A server of few places that asks for a key.</summary>
public sealed class GuardedModel : ServedModel
{
    internal override HostOptions Options => new() { ApiKeys = ["first", "second"], MostBodyBytes = 2 << 20 };

    internal override SchedulerOptions Scheduling => new() { MostRunning = 2, MostWaiting = 1 };
}

public sealed class HostileRequestTests(GuardedModel served) : IClassFixture<GuardedModel>
{
    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/v1/completions", "{", 400)]
    [InlineData("/v1/completions", "", 400)]
    [InlineData("/v1/completions", "null", 400)]
    [InlineData("/v1/completions", "[]", 400)]
    [InlineData("/v1/completions", "{}", 400)]
    [InlineData("/v1/completions", """{"prompt":null}""", 400)]
    [InlineData("/v1/completions", """{"prompt":{}}""", 400)]
    [InlineData("/v1/completions", """{"prompt":[]}""", 400)]
    [InlineData("/v1/completions", """{"prompt":""}""", 400)]
    [InlineData("/v1/completions", """{"prompt":[1,"a"]}""", 400)]
    [InlineData("/v1/completions", """{"prompt":[-1]}""", 400)]
    [InlineData("/v1/completions", """{"prompt":[1e99]}""", 400)]
    [InlineData("/v1/completions", """{"prompt":"a","max_tokens":"many"}""", 400)]
    [InlineData("/v1/completions", """{"prompt":"a","max_tokens":0}""", 400)]
    [InlineData("/v1/completions", """{"prompt":"a","max_tokens":-5}""", 400)]
    [InlineData("/v1/completions", """{"prompt":"a","temperature":-1}""", 400)]
    [InlineData("/v1/completions", """{"prompt":"a","temperature":1e999}""", 400)]
    [InlineData("/v1/completions", """{"prompt":"a","top_p":0}""", 400)]
    [InlineData("/v1/completions", """{"prompt":"a","n":0}""", 400)]
    [InlineData("/v1/completions", """{"prompt":"a","n":1000}""", 400)]
    [InlineData("/v1/completions", """{"prompt":"a","n":99999999999999}""", 400)]
    [InlineData("/v1/completions", """{"prompt":"a","logprobs":1000}""", 400)]
    [InlineData("/v1/completions", """{"prompt":"a","logit_bias":{"x":1}}""", 400)]
    [InlineData("/v1/completions", """{"prompt":"a","logit_bias":{"99999":1}}""", 400)]
    [InlineData("/v1/completions", """{"prompt":"a","logit_bias":{"1":1000}}""", 400)]
    [InlineData("/v1/completions", """{"prompt":"a","stop":""}""", 400)]
    [InlineData("/v1/completions", """{"prompt":"a","stop":[1]}""", 400)]
    [InlineData("/v1/completions", """{"prompt":"a","stream":"yes"}""", 400)]
    [InlineData("/v1/completions", """{"prompt":"a","presence_penalty":1}""", 400)]
    [InlineData("/v1/completions", """{"prompt":"a","model":"gpt-4"}""", 404)]
    [InlineData("/v1/chat/completions", """{"messages":[]}""", 400)]
    [InlineData("/v1/chat/completions", """{"messages":[null]}""", 400)]
    [InlineData("/v1/chat/completions", """{"messages":[{"content":"a"}]}""", 400)]
    [InlineData("/v1/chat/completions", """{"messages":[{"role":"user","content":7}]}""", 400)]
    [InlineData("/v1/chat/completions", """{"messages":[{"role":"user","content":[{"type":"image_url"}]}]}""", 400)]
    [InlineData("/v1/chat/completions", """{"messages":[{"role":"user","content":"a"}],"tools":[{}]}""", 400)]
    [InlineData("/v1/chat/completions", """{"messages":[{"role":"user","content":"a"}],"top_logprobs":3}""", 400)]
    [InlineData("/v1/embeddings", """{"input":""}""", 400)]
    [InlineData("/v1/embeddings", """{"input":"a","encoding_format":"hex"}""", 400)]
    [InlineData("/v1/embeddings", """{"input":"a","dimensions":7}""", 400)]
    [InlineData("/v1/nothing", "{}", 404)]
    public async Task Nonsense_is_refused_in_the_way_of_the_api(string path, string body, int status) =>
        await Refused(path, new StringContent(body, Encoding.UTF8, "application/json"), status);

    [Fact]
    public async Task Huge_bodies_long_prompts_and_other_kinds_of_content_are_refused()
    {
        await Refused("/v1/completions", JsonContent.Create(new { prompt = new string('a', 3 << 20) }), 413);
        var error = await Refused("/v1/completions", JsonContent.Create(new { prompt = new string('a', 100_000) }), 400);
        Assert.Equal("context_length_exceeded", error.GetProperty("code").GetString());
        await Refused("/v1/completions", new StringContent("""{"prompt":"a"}""", Encoding.UTF8, "text/plain"), 415);
        await Refused("/v1/completions",
            new ByteArrayContent([0xff, 0xfe, 0x00]) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } }, 400);
        await Refused("/v1/completions",
            new StringContent(string.Concat(Enumerable.Repeat("""{"prompt":""", 1000)), Encoding.UTF8, "application/json"), 400);
        using var response = await SendAsync(HttpMethod.Get, "/v1/completions", null, "first");
        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
    }

    [Fact]
    public async Task Only_who_shows_a_key_comes_in()
    {
        foreach (var (key, status) in ((string?, HttpStatusCode)[])[(null, HttpStatusCode.Unauthorized),
            ("third", HttpStatusCode.Unauthorized), ("first", HttpStatusCode.OK), ("second", HttpStatusCode.OK)])
        {
            using var response = await SendAsync(HttpMethod.Get, "/v1/models", null, key);
            Assert.Equal(status, response.StatusCode);
        }
        Assert.Equal("ok", await served.Http.GetStringAsync("/health", Ended)); // needs none
    }

    [Fact]
    public async Task A_full_queue_says_when_to_come_again_and_clients_that_leave_make_room()
    {
        using var patience = new CancellationTokenSource();
        var endless = Enumerable.Range(0, 3).Select(_ => SendAsync(HttpMethod.Post, "/v1/completions",
            JsonContent.Create(new { prompt = "a", max_tokens = 4096, stream = false, n = 1 }), "first", patience.Token)).ToArray();
        await Until(() => served.Model.Scheduler.Running == 2 && served.Model.Scheduler.Waiting == 1);
        using (var response = await SendAsync(HttpMethod.Post, "/v1/completions",
            JsonContent.Create(new { prompt = "a", max_tokens = 1 }), "first"))
        {
            Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
            Assert.Equal(1, response.Headers.RetryAfter!.Delta!.Value.TotalSeconds);
        }
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(endless));
        await Until(() => served.Model.Scheduler.Running + served.Model.Scheduler.Waiting == 0);
        using var again = await SendAsync(HttpMethod.Post, "/v1/completions",
            JsonContent.Create(new { prompt = "a", max_tokens = 1 }), "first");
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
    }

    [Fact]
    public async Task Connections_that_break_leave_no_work_running()
    {
        for (var i = 0; i < 20; i++)
        {
            using var client = new TcpClient();
            await client.ConnectAsync("127.0.0.1", served.Http.BaseAddress!.Port, Ended);
            var body = """{"prompt":"a","max_tokens":4096,"stream":true}""";
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes("POST /v1/completions HTTP/1.1\r\nHost: localhost\r\n"
                + $"Authorization: Bearer first\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}"), Ended);
            if (i % 2 == 0)
                await client.GetStream().ReadExactlyAsync(new byte[300], Ended);
            client.LingerState = new LingerOption(true, 0); // a reset, not a good-bye
        }
        await Until(() => served.Model.Scheduler.Running + served.Model.Scheduler.Waiting == 0);
    }

    private async Task<JsonElement> Refused(string path, HttpContent content, int status)
    {
        using var response = await SendAsync(HttpMethod.Post, path, content, "first");
        var body = await response.Content.ReadAsStringAsync(Ended);
        Assert.True((int)response.StatusCode == status, $"{response.StatusCode}: {body}");
        var error = JsonDocument.Parse(body).RootElement.GetProperty("error");
        Assert.Equal(["message", "type", "param", "code"], error.EnumerateObject().Select(property => property.Name));
        foreach (var ours in (string[])["   at ", "System.", "Pellucid.", "Implicit"]) // what only we know
            Assert.DoesNotContain(ours, error.GetProperty("message").GetString(), StringComparison.Ordinal);
        return error;
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, HttpContent? content, string? key,
        CancellationToken? cancellation = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        if (key is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return await served.Http.SendAsync(request, cancellation ?? Ended);
    }

    private static async Task Until(Func<bool> isSo)
    {
        while (!isSo())
            await Task.Delay(5, Ended);
    }
}
