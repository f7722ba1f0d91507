using System.Diagnostics;
using System.Text;
using Pellucid.Models;
using Pellucid.Tensors.Cpu;
using Pellucid.Tokens;

namespace Pellucid.LongTests;

/// <summary><c>pellucid serve</c> or <c>explore</c> as a process,
/// on a model with random weights that has a character for every token of its vocabulary.</summary>
internal sealed class RandomModelServer : IDisposable
{
    private static readonly string Command = Path.Combine(AppContext.BaseDirectory, "Pellucid.Cli.dll");

    private readonly Process _process;

    public RandomModelServer(GptConfig config, string verb, params string[] options)
    {
        Config = config;
        var runes = Enumerable.Range(32, 95)
            .Concat(Enumerable.Range(0x3400, 0xD800 - 0x3400))
            .Concat(Enumerable.Range(0x20000, 0x10000))
            .Select(code => new Rune(code));
        using (var backend = CpuBackend.Create())
        using (var gpt = new Gpt(config, backend))
        {
            gpt.Initialize(1);
            Checkpoint.Save(Folder, gpt);
        }
        new CharacterTokenizer(runes.Take(config.VocabularySize)).Save(Folder);
        var start = new ProcessStartInfo("dotnet", [Command, verb, Folder, "--urls", "http://127.0.0.1:0", .. options])
        {
            RedirectStandardOutput = true
        };
        start.Environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = "";
        _process = Process.Start(start)!;
        var line = _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("the server did not start");
        Address = new Uri(line.Split(" listens on ")[1].Split(';')[0]);
    }

    public GptConfig Config { get; }

    public string Folder { get; } = Directory.CreateTempSubdirectory("pellucid-server-").FullName;

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

    /// <summary>The sum of a server's metrics whose names begin so, with labels or without.</summary>
    public static int Sum(HttpClient http, string name) => http.GetStringAsync("/metrics").Result.Split('\n')
        .Where(line => line.StartsWith(name, StringComparison.Ordinal))
        .Select(line => line.Contains('}', StringComparison.Ordinal) ? line[(line.LastIndexOf('}') + 1)..] : line[line.IndexOf(' ')..])
        .Sum(value => (int)double.Parse(value.Trim().Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture));

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}
