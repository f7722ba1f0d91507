namespace Pellucid.Cli.Tests;

/// <summary>A model that has read a little of the micro-world: it knows its words as tokens, and not much more.</summary>
public sealed class MicroWorldModel : IDisposable
{
    private readonly PellucidProcess _process = new();

    public MicroWorldModel() => Assert.Equal(0, _process.Run("train", "--data", "micro-world:1MB", "--tokenizer", "bpe:1500", "--steps",
        "20", "--layers", "2", "--width", "32", "--heads", "2", "--context", "96", "--out", "model").Code);

    public string Folder => _process.Folder;

    internal Outcome Run(params string[] words) => _process.Run(words);

    public void Dispose() => _process.Dispose();
}
