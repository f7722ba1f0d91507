namespace Pellucid.Web.Tests;

public sealed class HealthTests(ServedModel served) : IClassFixture<ServedModel>
{
    [Fact]
    public async Task A_server_that_runs_says_so() => Assert.Equal("ok", await served.Http.GetStringAsync("/health", TestContext.Current.CancellationToken));
}
