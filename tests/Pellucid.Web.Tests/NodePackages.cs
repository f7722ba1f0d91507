using System.Diagnostics;
using System.Security.Cryptography;

namespace Pellucid.Web.Tests;

/// <summary>Packages of npm that tests use as they are published: fetched once, and kept in the user's folder of program data.</summary>
internal static class NodePackages
{
    private static readonly TimeSpan FetchTime = TimeSpan.FromMinutes(4), RunTime = TimeSpan.FromMinutes(1);

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    /// <summary>The folder of the packages that a folder's <c>package.json</c> names; skips the test where they cannot be had.</summary>
    public static async Task<string> FetchAsync(string source)
    {
        var wanted = await File.ReadAllBytesAsync(Path.Combine(source, "package.json"), Ended);
        var folder = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData,
            Environment.SpecialFolderOption.Create), "pellucid-test-clients", Convert.ToHexString(SHA256.HashData(wanted))[..16]);
        if (Directory.Exists(Path.Combine(folder, "node_modules")))
            return folder;
        var fetched = Directory.CreateDirectory(folder + $".{Environment.ProcessId}").FullName;
        await File.WriteAllBytesAsync(Path.Combine(fetched, "package.json"), wanted, Ended);
        var (code, said) = await RunAsync("npm", fetched, FetchTime, "install", "--no-audit", "--no-fund", "--ignore-scripts");
        Assert.SkipWhen(code != 0, $"needs npm, and packages from its registry: {said}");
        Directory.Move(fetched, folder);
        return folder;
    }

    /// <summary>What <c>node</c> says and ends with.</summary>
    public static Task<(int Code, string Output)> RunAsync(string folder, params string[] words) =>
        RunAsync("node", folder, RunTime, words);

    private static async Task<(int Code, string Output)> RunAsync(string program, string folder, TimeSpan time, params string[] words)
    {
        var start = new ProcessStartInfo(program, words)
        {
            WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        try
        {
            using var process = Process.Start(start)!;
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(Ended);
            ended.CancelAfter(time);
            var (output, errors) = (process.StandardOutput.ReadToEndAsync(ended.Token), process.StandardError.ReadToEndAsync(ended.Token));
            try
            {
                await process.WaitForExitAsync(ended.Token);
                return (process.ExitCode, await errors + await output);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                return (-1, $"took longer than {time}");
            }
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            return (-1, error.Message);
        }
    }
}
