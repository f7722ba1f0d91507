using System.Diagnostics;

namespace Pellucid.Cli.Tests;

/// <summary>The command as a .NET tool: packed, installed from the folder of packages, and run by its name.</summary>
public sealed class ToolTests
{
    [Fact]
    public void It_packs_installs_and_runs()
    {
        using var pellucid = new PellucidProcess();
        var project = Path.Combine(DocumentationTests.Root(), "src", "Pellucid.Cli", "Pellucid.Cli.csproj");
        Dotnet(pellucid.Folder, "pack", project, "-c", "Release", "--no-build", "-o", pellucid.File("packages"));
        pellucid.File("NuGet.config", "<configuration><packageSources><clear /><add key=\"here\" value=\"packages\" /></packageSources></configuration>");
        Dotnet(pellucid.Folder, "tool", "install", "Pellucid.Cli", "--tool-path", pellucid.File("tools"), "--configfile", pellucid.File("NuGet.config"));
        Assert.Contains("pellucid generate runs/micro-world", Tool(pellucid, "generate", "--help"), StringComparison.Ordinal);
        Assert.Contains("Paris", Tool(pellucid, "generate", "tiny", "The capital of France is", "--temperature", "0", "--max-tokens", "1"), StringComparison.Ordinal);
    }

    private static string Tool(PellucidProcess pellucid, params string[] words)
    {
        using var process = Process.Start(new ProcessStartInfo(pellucid.File("tools/pellucid"), words) { WorkingDirectory = pellucid.Folder, RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return output;
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
