using System.Diagnostics;
using System.Text;
using Pellucid.Tests;

namespace Pellucid.Cli.Tests;

/// <summary>The command on a terminal, which <c>script</c> provides.</summary>
internal sealed class Terminal : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly Process _process;
    private readonly StringBuilder _screen = new();
    private readonly char[] _read = new char[4096];
    private int _seen;

    public Terminal(string folder, string words)
    {
        // Where a closed terminal is ignored, as under nohup, it would be by the command too; env takes that back.
        var start = new ProcessStartInfo("/usr/bin/env",
            ["--default-signal=HUP", "/usr/bin/script", "-qec", $"dotnet {TestedCommand.Path} {words}", "/dev/null"])
        {
            WorkingDirectory = folder, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.Environment["TERM"] = "xterm";
        _process = Process.Start(start)!;
    }

    public static bool IsThere => OperatingSystem.IsLinux() && File.Exists("/usr/bin/script");

    /// <summary>Reads on until what came since the last time has what is waited for, and gives that.</summary>
    public async Task<string> Until(Func<string, bool> isThere)
    {
        using var late = new CancellationTokenSource(Patience);
        while (!isThere(_screen.ToString(_seen, _screen.Length - _seen)))
        {
            var count = await _process.StandardOutput.ReadAsync(_read, late.Token);
            Assert.True(count > 0, $"it ended: {_screen}");
            _screen.Append(_read, 0, count);
        }
        var came = _screen.ToString(_seen, _screen.Length - _seen);
        _seen = _screen.Length;
        return came;
    }

    /// <summary>The same of words.</summary>
    public Task<string> Until(string words) => Until(text => text.Contains(words, StringComparison.Ordinal));

    public void Type(string keys)
    {
        _process.StandardInput.Write(keys);
        _process.StandardInput.Flush();
    }

    /// <summary>Closes it under the command.</summary>
    public void Close()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>Waits for the end, and gives the exit code.</summary>
    public async Task<int> End()
    {
        using var patience = new CancellationTokenSource(Patience);
        await _process.StandardOutput.ReadToEndAsync(patience.Token);
        await _process.WaitForExitAsync(patience.Token);
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }
}
