using System.Diagnostics;
using System.Text;

namespace Pellucid.Cli.Tests;

/// <summary>The command on a terminal, which <c>script</c> provides.</summary>
public sealed class TerminalTests(TrainedModel model) : IClassFixture<TrainedModel>
{
    private const string Prompt = "\r> ";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task Control_C_ends_the_text_and_not_the_program_and_the_line_before_comes_back()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists("/usr/bin/script"), "needs script of util-linux");
        var command = Path.Combine(AppContext.BaseDirectory, "Pellucid.Cli.dll");
        var start = new ProcessStartInfo("/usr/bin/script",
            ["-qec", $"dotnet {command} generate model --max-tokens 100000000 --threads 1", "/dev/null"])
        {
            WorkingDirectory = model.Folder, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.Environment["TERM"] = "xterm";
        using var process = Process.Start(start)!;
        try
        {
            var (screen, read) = (new StringBuilder(), new char[4096]);

            // Reads on until what came after a place has what is waited for.
            async Task<int> Until(int from, Func<string, bool> isThere)
            {
                using var late = new CancellationTokenSource(Patience);
                while (!isThere(screen.ToString(from, screen.Length - from)))
                {
                    var count = await process.StandardOutput.ReadAsync(read, late.Token);
                    Assert.True(count > 0, $"it ended: {screen}");
                    screen.Append(read, 0, count);
                }
                return screen.Length;
            }

            void Type(string keys)
            {
                process.StandardInput.Write(keys);
                process.StandardInput.Flush();
            }

            var asked = await Until(0, text => text.Contains(Prompt, StringComparison.Ordinal));
            Type("The cat");
            asked = await Until(asked, text => text.Contains("> The cat", StringComparison.Ordinal));
            Type("\r");
            var begun = await Until(asked, text => text.Length > 1000);
            Type("\u0003");
            asked = await Until(begun, text => text.Contains(Prompt, StringComparison.Ordinal));
            Type("\u001b[A");
            asked = await Until(asked, text => text.Contains("> The cat", StringComparison.Ordinal));
            Type("\u0003");
            await Until(asked, text => text.Contains("^C", StringComparison.Ordinal) && text.Contains(Prompt, StringComparison.Ordinal));
            Type("\u0004");
            using var patience = new CancellationTokenSource(Patience);
            await process.StandardOutput.ReadToEndAsync(patience.Token);
            await process.WaitForExitAsync(patience.Token);
            Assert.Equal(0, process.ExitCode);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }
}
