using Pellucid.Cli.Tests;

[assembly: AssemblyFixture(typeof(SharedTraining))]

namespace Pellucid.Cli.Tests;

/// <summary>One small trained model for all tests that need one: byte pairs, so that characters come in several tokens. It is trained
/// when first asked for.</summary>
public sealed class SharedTraining : IDisposable
{
    private readonly Lazy<PellucidProcess> _trained = new(Train);

    /// <summary>Copies the model, and the text that it has read.</summary>
    public void CopyTo(string folder)
    {
        foreach (var file in Directory.GetFiles(_trained.Value.Folder, "*", SearchOption.AllDirectories))
        {
            var place = Path.Combine(folder, Path.GetRelativePath(_trained.Value.Folder, file));
            Directory.CreateDirectory(Path.GetDirectoryName(place)!);
            File.Copy(file, place);
        }
    }

    private static PellucidProcess Train()
    {
        var process = new PellucidProcess();
        process.File("text.txt", string.Concat(Enumerable.Repeat("猫坐在垫子上。狗在花园里跑。🎉 The cat sat. ", 60)));
        Assert.Equal(0, process.Run("train", "--data", "text.txt", "--tokenizer", "bpe:270", "--steps", "200", "--warmup", "10", "--lr",
            "1e-2", "--layers", "1", "--width", "32", "--heads", "2", "--context", "32", "--out", "model").Code);
        return process;
    }

    public void Dispose()
    {
        if (_trained.IsValueCreated)
            _trained.Value.Dispose();
    }
}

/// <summary>A copy of it for the tests of a class, which write beside it.</summary>
public sealed class TrainedModel : IDisposable
{
    private readonly PellucidProcess _process = new();

    public TrainedModel(SharedTraining trained) => trained.CopyTo(Folder);

    public string Folder => _process.Folder;

    internal Outcome Run(params string[] words) => _process.Run(words);

    internal Outcome Run(string input, string[] words) => _process.Run(input, words);

    public void Dispose() => _process.Dispose();
}
