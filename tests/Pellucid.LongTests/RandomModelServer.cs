using System.Text;
using Pellucid.Models;
using Pellucid.Tensors.Cpu;
using Pellucid.Tokens;

namespace Pellucid.LongTests;

/// <summary><c>pellucid serve</c> or <c>explore</c> as a process,
/// on a model with random weights that has a character for every token of its vocabulary.</summary>
internal sealed class RandomModelServer : IDisposable
{
    private readonly ModelProcess _process;

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
        _process = new ModelProcess(verb, [Folder, .. options]);
    }

    public GptConfig Config { get; }

    public string Folder { get; } = Directory.CreateTempSubdirectory("pellucid-server-").FullName;

    public Uri Address => _process.Address;

    /// <summary>Bytes that the process holds.</summary>
    public long Memory => _process.Memory;

    /// <summary>The sum of a server's metrics whose names begin so, with labels or without.</summary>
    public static int Sum(HttpClient http, string name) => http.GetStringAsync("/metrics").Result.Split('\n')
        .Where(line => line.StartsWith(name, StringComparison.Ordinal))
        .Select(line => line.Contains('}', StringComparison.Ordinal) ? line[(line.LastIndexOf('}') + 1)..] : line[line.IndexOf(' ')..])
        .Sum(value => (int)double.Parse(value.Trim().Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture));

    public void Dispose()
    {
        _process.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}
