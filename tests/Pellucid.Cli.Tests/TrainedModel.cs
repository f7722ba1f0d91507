namespace Pellucid.Cli.Tests;

/// <summary>One small trained model for all tests that need one: byte pairs, so that characters come in several tokens.</summary>
public sealed class TrainedModel : IDisposable
{
    private readonly PellucidProcess _process = new();

    public TrainedModel()
    {
        var text = string.Concat(Enumerable.Repeat("猫坐在垫子上。狗在花园里跑。🎉 The cat sat. ", 60));
        _process.File("text.txt", text);
        Assert.Equal(0, _process.Run("train", "--data", "text.txt", "--tokenizer", "bpe:270", "--steps", "200", "--warmup", "10", "--lr",
            "1e-2", "--layers", "1", "--width", "32", "--heads", "2", "--context", "32", "--out", "model").Code);
    }

    public string Folder => _process.Folder;

    internal Outcome Run(params string[] words) => _process.Run(words);

    internal Outcome Run(string input, string[] words) => _process.Run(input, words);

    public void Dispose() => _process.Dispose();
}
