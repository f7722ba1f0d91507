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
    [InlineData("/v1/completions", """{"prompt":"a","presence_penalty":2.5}""", 400)]
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

    [Theory]
    [InlineData("/v1/completions", """{"prompt":"a\ud800"}""", "prompt")]
    [InlineData("/v1/completions", """{"prompt":["a","\udc00"]}""", "prompt[1]")]
    [InlineData("/v1/completions", """{"prompt":"a","stop":"\ud800"}""", "stop")]
    [InlineData("/v1/completions", """{"prompt":"a","stop":["b",null]}""", "stop")]
    [InlineData("/v1/completions", """{"prompt":"a","temperature":1e999}""", "temperature")]
    [InlineData("/v1/completions", """{"prompt":"a","temperature":1e39}""", "temperature")]
    [InlineData("/v1/completions", """{"prompt":"a","temperature":-1}""", "temperature")]
    [InlineData("/v1/completions", """{"prompt":"a","top_p":2}""", "top_p")]
    [InlineData("/v1/completions", """{"prompt":"a","n":129}""", "n")]
    [InlineData("/v1/completions", """{"prompt":["a","b"],"n":65}""", "n")]
    [InlineData("/v1/completions", """{"prompt":"a","n":"many"}""", "n")]
    [InlineData("/v1/completions", """{"prompt":"a","logit_bias":{"1":1e999}}""", "logit_bias.1")]
    [InlineData("/v1/completions", """{"prompt":"a","frequency_penalty":-3}""", "frequency_penalty")]
    [InlineData("/v1/completions", """{"max_tokens":1}""", "prompt")]
    [InlineData("/v1/completions", """{"prompt":"a","temprature":1}""", "temprature")]
    [InlineData("/v1/completions", """{"prompt":"a","Temperature":1}""", "Temperature")]
    [InlineData("/v1/completions", """{"prompt":"a","grammar":"x"}""", "grammar")]
    [InlineData("/v1/completions", """{"prompt":"a","response_format":{"type":5}}""", "response_format.type")]
    [InlineData("/v1/completions", """{"prompt":"a","stop_token_ids":[1]}""", "stop_token_ids")]
    [InlineData("/v1/completions", """{"prompt":"a","stream_options":{"usage":true}}""", "stream_options.usage")]
    [InlineData("/v1/chat/completions", """{"messages":null}""", "messages")]
    [InlineData("/v1/chat/completions", """{"messages":5}""", "messages")]
    [InlineData("/v1/chat/completions", """{"messages":[{"role":null,"content":"a"}]}""", "messages[0].role")]
    [InlineData("/v1/chat/completions", """{"messages":[{"role":5,"content":"a"}]}""", "messages[0].role")]
    [InlineData("/v1/chat/completions", """{"messages":[{"role":"user","content":"\ud800"}]}""", "messages[0].content")]
    [InlineData("/v1/chat/completions", """{"messages":[{"role":"user","content":[{"type":5}]}]}""", "messages[0].content[0]")]
    [InlineData("/v1/chat/completions", """{"messages":[{"role":"user","content":[{"type":"text","text":"\ud800"}]}]}""",
        "messages[0].content[0].text")]
    [InlineData("/v1/chat/completions", """{"messages":[{"role":"user"}]}""", "messages[0].content")]
    [InlineData("/v1/chat/completions", """{"messages":[{"role":"system","content":null}]}""", "messages[0].content")]
    [InlineData("/v1/chat/completions", """{"messages":[{"role":"user","content":"a","colour":1}]}""", "messages[0].colour")]
    [InlineData("/v1/chat/completions", """{"messages":[{"role":"user","content":"a"}],"functions":[{}]}""", "functions[0].name")]
    [InlineData("/v1/chat/completions", """{"messages":[{"role":"user","content":"a"}],"tool_choice":"required"}""", "tool_choice")]
    [InlineData("/v1/chat/completions", """{"messages":[{"role":"user","content":"a"}],"modalities":["audio"]}""", "modalities")]
    [InlineData("/v1/chat/completions", """{"messages":[{"role":"user","content":""}],"chat_template_kwargs":3}""",
        "chat_template_kwargs")]
    [InlineData("/v1/embeddings", """{"input":"\ud800"}""", "input")]
    [InlineData("/v1/embeddings", """{"input":null}""", "input")]
    [InlineData("/v1/inspect", """{"text":"\ud800"}""", "text")]
    [InlineData("/v1/inspect", """{"text":"a","changes":[null]}""", "changes")]
    public async Task A_mistake_is_told_with_the_field_that_is_to_blame(string path, string body, string parameter) =>
        Assert.Equal(parameter, (await Refused(path, new StringContent(body, Encoding.UTF8, "application/json"), 400))
            .GetProperty("param").GetString());

    [Fact]
    public async Task What_a_request_can_claim_is_bounded()
    {
        foreach (var (field, value) in ((string, object)[])[("stop", Enumerable.Range(0, 65).Select(i => $"s{i}")),
            ("stop", new string('s', 1025)), ("logit_bias", Enumerable.Range(0, 1025).ToDictionary(i => $"{i}", _ => 1))])
            Assert.Equal(field, (await Refused("/v1/completions",
                JsonContent.Create(new Dictionary<string, object> { ["prompt"] = "a", [field] = value }), 400))
                .GetProperty("param").GetString());
        await Refused("/v1/embeddings", JsonContent.Create(new { input = Enumerable.Repeat("a", 2049) }), 400);
        using var many = await SendAsync(HttpMethod.Post, "/v1/embeddings",
            JsonContent.Create(new { input = Enumerable.Repeat("a", 2048) }), "first");
        Assert.Equal(HttpStatusCode.OK, many.StatusCode);
    }

    [Fact]
    public async Task Fields_that_change_nothing_are_taken_knowingly()
    {
        using var response = await SendAsync(HttpMethod.Post, "/v1/chat/completions", new StringContent("""
            {"messages":[{"role":"user","content":"a","name":"ada"},{"role":"assistant","content":"b","refusal":null,"annotations":[],
            "audio":null,"function_call":null},{"role":"user","content":[{"type":"text","text":"c"}]}],"max_tokens":1,"store":true,
            "metadata":{"a":"b"},"user":"u","safety_identifier":"s","service_tier":"auto","prompt_cache_key":"k","verbosity":"low",
            "reasoning_effort":"low","parallel_tool_calls":false,"tools":[],"tool_choice":"none","modalities":["text"],
            "stream_options":null,"guided_json":null,"presence_penalty":0.5,"frequency_penalty":-0.5,"n":null,"stop":null}
            """, Encoding.UTF8, "application/json"), "first");
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Ended));
    }

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
