using System.Diagnostics;

namespace Pellucid.Cli.Tests;

/// <summary>The command as a .NET tool, installed from a folder of packages.</summary>
[Collection(PackedFeed.Name)]
public sealed class ToolTests(PackedFeed feed)
{
    [Fact]
    public async Task It_brings_the_explorer_along()
    {
        var start = new ProcessStartInfo(feed.Command, ["explore", "tiny", "--urls", "http://127.0.0.1:0"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true
        };
        using var explorer = Process.Start(start)!;
        try
        {
            string? address = null;
            while (address is null && await explorer.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
                address = line.Split(' ')
                    .Select(word => word.TrimEnd(';'))
                    .FirstOrDefault(word => word.StartsWith("http://", StringComparison.Ordinal));
            using var http = new HttpClient { BaseAddress = new Uri(address!) };
            var page = await http.GetStringAsync("/", TestContext.Current.CancellationToken);
            foreach (var file in (string[])["_framework/blazor.web.js", "_content/MudBlazor/MudBlazor.min.css",
                "_content/MudBlazor/MudBlazor.min.js", "explorer/explorer.js", "explorer/explorer.css", "explorer/icon.svg"])
            {
                Assert.Contains($"\"{file}\"", page, StringComparison.Ordinal);
                Assert.NotEmpty(await http.GetByteArrayAsync("/" + file, TestContext.Current.CancellationToken));
            }
            // the page waits for it
            Assert.Equal("[]", await http.GetStringAsync("/_blazor/initializers", TestContext.Current.CancellationToken));
        }
        finally
        {
            explorer.Kill();
            await explorer.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
    }
}
