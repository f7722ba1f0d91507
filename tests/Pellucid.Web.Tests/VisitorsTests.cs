using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;

namespace Pellucid.Web.Tests;

/// <summary>A server that is called by a name, asks for a key, and answers pages of one origin.</summary>
public sealed class NamedModel : ServedModel
{
    internal override HostOptions Options => new()
    {
        ApiKeys = ["key"],
        AllowedHosts = ["model.example"],
        CorsOrigins = ["https://page.example"],
        GuardsMetrics = true,
        HasExplorer = true,
    };
}

public sealed class VisitorsTests(NamedModel served) : IClassFixture<NamedModel>
{
    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("localhost", 200)]
    [InlineData("LOCALHOST:80", 200)]
    [InlineData("127.0.0.1", 200)]
    [InlineData("127.8.9.10:99", 200)]
    [InlineData("[::1]:99", 200)]
    [InlineData("model.example", 200)]
    [InlineData("evil.example", 403)]
    [InlineData("127.0.0.1.evil.example", 403)]
    [InlineData("localhost.evil.example", 403)]
    [InlineData("10.0.0.1", 403)]
    public async Task On_loopback_only_known_names_are_answered(string host, int status)
    {
        foreach (var path in (string[])["/v1/models", "/health", "/", "/metrics", "/openapi.json"])
            Assert.Equal(status, (int)(await SendAsync(HttpMethod.Get, path, host: host)).StatusCode);
    }

    [Theory]
    [InlineData("POST", "/v1/completions", "https://evil.example", 403)]
    [InlineData("POST", "/v1/completions", "null", 403)]
    [InlineData("POST", "/v1/completions", "https://page.example", 200)]
    [InlineData("POST", "/v1/completions", "http://localhost", 200)]
    [InlineData("POST", "/v1/completions", "http://localhost:81", 403)]
    [InlineData("OPTIONS", "/v1/completions", "https://page.example", 204)]
    [InlineData("OPTIONS", "/v1/completions", "https://evil.example", 403)]
    [InlineData("POST", "/_blazor/negotiate", "https://evil.example", 403)]
    [InlineData("POST", "/_blazor/negotiate", "https://page.example", 403)]
    [InlineData("GET", "/_blazor", "https://evil.example", 403)]
    public async Task Pages_of_other_origins_compute_nothing_here(string method, string path, string origin, int status)
    {
        var response = await SendAsync(new HttpMethod(method), path, origin: origin);
        Assert.True(status == (int)response.StatusCode, await response.Content.ReadAsStringAsync(Ended));
        Assert.Equal(origin == "https://page.example" && status != 403, response.Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task Nothing_but_signs_of_life_is_open_where_there_are_keys()
    {
        foreach (var path in (string[])["/", "/v1/models", "/metrics", "/_blazor", "/explorer/explorer.css"])
            Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(HttpMethod.Get, path, key: null)).StatusCode);
        foreach (var path in (string[])["/health", "/ready"])
            foreach (var method in (HttpMethod[])[HttpMethod.Get, HttpMethod.Head])
                Assert.Equal(HttpStatusCode.OK, (await SendAsync(method, path, key: null)).StatusCode);
        var asked = await SendAsync(HttpMethod.Get, "/", key: null);
        Assert.Equal("Basic", asked.Headers.WwwAuthenticate.Single().Scheme); // a browser asks for a password then
        foreach (var path in (string[])["/v1/models", "/api/tags", "/props", "/tokenizer_info"])
            Assert.Equal("Bearer", (await SendAsync(HttpMethod.Get, path, key: null)).Headers.WwwAuthenticate.Single().Scheme);
        using var page = new HttpRequestMessage(HttpMethod.Get, "/");
        page.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes("me:key")));
        Assert.Equal(HttpStatusCode.OK, (await served.Http.SendAsync(page, Ended)).StatusCode);
    }

    [Fact]
    public async Task Head_is_answered_wherever_get_is_and_says_what_it_says()
    {
        string[] paths = ["/", "/health", "/ready", "/metrics", "/openapi.json", "/explorer/explorer.css", "/v1/models", "/v1/models/small",
            "/v1/models/none", "/v1/responses/none", "/api/version", "/api/tags", "/props", "/tokenizer_info", "/nothing",
            "/v1/completions"];
        foreach (var path in paths)
        {
            var (get, head) = (await SendAsync(HttpMethod.Get, path), await SendAsync(HttpMethod.Head, path));
            Assert.Equal((path, get.StatusCode), (path, head.StatusCode));
            Assert.Equal(get.Content.Headers.ContentType, head.Content.Headers.ContentType);
            Assert.Empty(await head.Content.ReadAsByteArrayAsync(Ended));
            Assert.Equal(path == "/v1/completions", head.StatusCode == HttpStatusCode.MethodNotAllowed);
        }
        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(HttpMethod.Head, "/v1/models", key: null)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await SendAsync(HttpMethod.Head, "/v1/models", host: "evil.example")).StatusCode);
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string host = "localhost", string? origin = null,
        string? key = "key")
    {
        using var request = new HttpRequestMessage(method, path);
        if (method == HttpMethod.Post)
            request.Content = JsonContent.Create(new { prompt = "a", max_tokens = 1 });
        if (method == HttpMethod.Options)
            request.Headers.Add("Access-Control-Request-Method", "POST");
        request.Headers.Host = host;
        if (origin is not null)
            request.Headers.Add("Origin", origin);
        if (key is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return await served.Http.SendAsync(request, Ended);
    }
}
