using Pellucid.Words;

namespace Pellucid.Tests.Words;

/// <summary>Texts as files, for a corpus.</summary>
internal sealed class TextFile : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static Vocabulary Learn(Corpus corpus, int minCount) =>
        Vocabulary.Learn(corpus, minCount, cancellation: TestContext.Current.CancellationToken);

    public string Path(string name) => _folder.File(name);

    public Corpus Corpus(string text, TextForm form = TextForm.AsIs) => Corpus([text], form);

    public Corpus Corpus(IReadOnlyList<string> texts, TextForm form = TextForm.AsIs) =>
        new([.. texts.Select((text, number) => Write($"text{number}", text))], form);

    public string Write(string name, string content)
    {
        File.WriteAllText(Path(name), content);
        return Path(name);
    }

    public void Dispose() => _folder.Dispose();
}
