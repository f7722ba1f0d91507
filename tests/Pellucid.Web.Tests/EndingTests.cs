using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Pellucid.Web.Tests;

/// <summary>A server that waits for nothing once it is told to end.</summary>
public sealed class ImpatientModel : ServedModel
{
    internal override HostOptions Options => new() { ShutdownTime = TimeSpan.Zero, MostTokens = int.MaxValue };
}

public sealed class EndingTests(ImpatientModel served) : IClassFixture<ImpatientModel>
{
    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_stream_that_outlives_the_server_ends_with_an_error_that_says_so()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/completions")
        {
            Content = JsonContent.Create(new { prompt = "a", max_tokens = int.MaxValue, stream = true })
        };
        using var response = await served.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Ended);
        served.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        var last = (await response.Content.ReadAsStringAsync(Ended)).TrimEnd().Split("\n\n")[^1];
        Assert.StartsWith("data: {\"error\":{\"message\":\"the server is ending\"", last, StringComparison.Ordinal);
    }
}
