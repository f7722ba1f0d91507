using System.Diagnostics;

namespace Pellucid.LongTests;

/// <summary><c>pellucid serve</c> or <c>explore</c> as a process that listens somewhere on loopback.</summary>
internal sealed class ModelProcess : IDisposable
{
    private static readonly string Command = Path.Combine(AppContext.BaseDirectory, "Pellucid.Cli.dll");

    private readonly Process _process;

    public ModelProcess(string verb, params string[] words)
    {
        var start = new ProcessStartInfo("dotnet", [Command, verb, .. words, "--urls", "http://127.0.0.1:0"])
        {
            RedirectStandardOutput = true
        };
        start.Environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = "";
        _process = Process.Start(start)!;
        var line = _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("the server did not start");
        Address = new Uri(line.Split(" listens on ")[1].Split(';')[0]);
    }

    public Uri Address { get; }

    /// <summary>Bytes that the process holds.</summary>
    public long Memory
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
