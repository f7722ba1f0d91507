using System.Diagnostics;

namespace Pellucid.Cli.Tests;

/// <summary>The command as a .NET tool: packed, installed from the folder of packages, and run by its name.</summary>
public sealed class ToolTests
{
    [Fact]
    public async Task It_packs_installs_and_runs_and_brings_the_explorer_along()
    {
        using var pellucid = new PellucidProcess();
        var project = Path.Combine(DocumentationTests.Root(), "src", "Pellucid.Cli", "Pellucid.Cli.csproj");
        Dotnet(pellucid.Folder, "pack", project, "-c", "Release", "--no-build", "-o", pellucid.File("packages"));
        pellucid.File("NuGet.config", "<configuration><packageSources><clear /><add key=\"here\" value=\"packages\" /></packageSources></configuration>");
        Dotnet(pellucid.Folder, "tool", "install", "Pellucid.Cli", "--tool-path", pellucid.File("tools"), "--configfile", pellucid.File("NuGet.config"));
        Assert.Contains("pellucid generate runs/micro-world", Tool(pellucid, "generate", "--help"), StringComparison.Ordinal);
        Assert.Contains("Paris", Tool(pellucid, "generate", "tiny", "The capital of France is", "--temperature", "0", "--max-tokens", "1"), StringComparison.Ordinal);
        await ExploreAsync(pellucid);
    }

    private static string Tool(PellucidProcess pellucid, params string[] words)
    {
        using var process = Process.Start(new ProcessStartInfo(pellucid.File("tools/pellucid"), words) { WorkingDirectory = pellucid.Folder, RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return output;
    }

    // The page, and what it loads: files that are part of the packed assembly.
    private static async Task ExploreAsync(PellucidProcess pellucid)
    {
        pellucid.File("text.txt", string.Concat(Enumerable.Repeat("a cat sat. ", 40)));
        Assert.Equal(0, pellucid.Run("train", "--data", "text.txt", "--tokenizer", "char", "--steps", "1", "--layers", "1", "--width", "16", "--heads", "1", "--context", "16", "--out", "model").Code);
        using var explorer = Process.Start(new ProcessStartInfo(pellucid.File("tools/pellucid"), ["explore", pellucid.File("model"), "--urls", "http://127.0.0.1:0"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        try
        {
            string? address = null;
            while (address is null && await explorer.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
                address = line.Split(' ').Select(word => word.TrimEnd(';')).FirstOrDefault(word => word.StartsWith("http://", StringComparison.Ordinal));
            using var http = new HttpClient { BaseAddress = new Uri(address!) };
            var page = await http.GetStringAsync("/", TestContext.Current.CancellationToken);
            foreach (var file in (string[])["_framework/blazor.web.js", "_content/MudBlazor/MudBlazor.min.css", "_content/MudBlazor/MudBlazor.min.js", "explorer/explorer.js", "explorer/explorer.css", "explorer/icon.svg"])
            {
                Assert.Contains($"\"{file}\"", page, StringComparison.Ordinal);
                Assert.NotEmpty(await http.GetByteArrayAsync("/" + file, TestContext.Current.CancellationToken));
            }
        }
        finally
        {
            explorer.Kill();
            await explorer.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
    }

    private static void Dotnet(string folder, params string[] words)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", words) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{string.Join(' ', words)}: {output} {error.Result}");
    }
}
