using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Pellucid.Web.Tests;

public sealed class HealthTests(ServedModel served) : IClassFixture<ServedModel>
{
    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_server_lives_to_its_end_but_is_not_ready_for_more_once_it_was_told_to_end()
    {
        Assert.Equal(("ok", "ready"),
            (await served.Http.GetStringAsync("/health", Ended), await served.Http.GetStringAsync("/ready", Ended)));
        served.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        Assert.Equal("ok", await served.Http.GetStringAsync("/health", Ended));
        using var response = await served.Http.GetAsync("/ready", Ended);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "ending"), (response.StatusCode, await response.Content.ReadAsStringAsync(Ended)));
    }
}
