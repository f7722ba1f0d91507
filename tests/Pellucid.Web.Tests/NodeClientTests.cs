using System.Diagnostics;
using Pellucid.Conversations;

namespace Pellucid.Web.Tests;

/// <summary>A random model with tools that ends what it writes soon.</summary>
public sealed class BriefModel : ServedModel
{
    internal override bool HasEnd => true;

    internal override int Context => 4096;

    internal override int Width => 64;

    internal override string Alphabet => "\n" + string.Concat(Enumerable.Range(' ', 95).Select(code => (char)code));

    internal override string Liked => "\"}],";

    internal override ChatTemplate Chat => ChatTemplate.Parse(ScriptedModel.Thoughtless);

    internal override HostOptions Options => new() { MostTokens = 2000 };
}

/// <summary>The clients of JavaScript, as they are published, against the server. They need node and npm, and are fetched once.</summary>
public sealed class NodeClientTests(BriefModel served) : IClassFixture<BriefModel>
{
    private static readonly TimeSpan FetchTime = TimeSpan.FromMinutes(4), RunTime = TimeSpan.FromMinutes(1);

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("openai")]
    [InlineData("ai-sdk")]
    [InlineData("langchain")]
    public async Task A_client_of_JavaScript_chats_streams_calls_functions_and_gets_objects(string client)
    {
        var source = Path.Combine(AppContext.BaseDirectory, "Clients");
        var folder = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData,
            Environment.SpecialFolderOption.Create),
            "pellucid-test-clients", Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(
                await File.ReadAllBytesAsync(Path.Combine(source, "package.json"), Ended)))[..16]);
        if (!Directory.Exists(Path.Combine(folder, "node_modules")))
        {
            var fetched = Directory.CreateDirectory(folder + $".{Environment.ProcessId}").FullName;
            File.Copy(Path.Combine(source, "package.json"), Path.Combine(fetched, "package.json"), overwrite: true);
            var (code, said) = await RunAsync("npm", fetched, FetchTime, "install", "--no-audit", "--no-fund", "--ignore-scripts");
            Assert.SkipWhen(code != 0, $"needs npm, and packages from its registry: {said}");
            Directory.Move(fetched, folder);
        }
        File.Copy(Path.Combine(source, client + ".mjs"), Path.Combine(folder, client + ".mjs"), overwrite: true);
        var (result, output) = await RunAsync("node", folder, RunTime, client + ".mjs", served.Http.BaseAddress!.ToString().TrimEnd('/'));
        Assert.True(result == 0 && output.TrimEnd().EndsWith("done", StringComparison.Ordinal), output);
    }

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
