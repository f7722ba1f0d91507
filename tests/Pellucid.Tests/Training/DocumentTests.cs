using System.Text;
using Pellucid.Tokens;
using Pellucid.Training;

namespace Pellucid.Tests.Training;

public sealed class DocumentTests
{
    private static readonly BpeTokenizer Bytes = BpeTrainer.Train("ab"u8.ToArray(), 257);

    [Fact]
    public void The_separator_stands_before_every_document_of_a_list()
    {
        var lines = string.Concat(Enumerable.Range(10, 80).Select(i => $"{{\"text\": \"document {i}\"}}\n"));
        var tokens = Tokens(Text("a.jsonl", lines, isJsonLines: true));
        Assert.Equal(960, tokens.Length); // 80 of 11, and what stands before each
        Assert.All(Enumerable.Range(0, 80), i => Assert.Equal(256, tokens[12 * i]));
        Assert.Equal(880, Tokens((int?)null, Text("a.jsonl", lines, isJsonLines: true)).Length);
    }

    [Fact]
    public void Between_files_stands_one_too_and_a_single_text_has_none()
    {
        Assert.Equal("one", Shown(Text("a.txt", "one")));
        Assert.Equal("one|two|three", Shown(Text("a.txt", "one"), Text("b.txt", "two"), Text("c.txt", "three")));
        var list = Text("b.jsonl", "{\"text\":\"x\"}\n{\"text\":\"y\"}", isJsonLines: true);
        Assert.Equal("one|x|y|two", Shown(Text("a.txt", "one"), list, Text("c.txt", "two")));
        Assert.Equal((false, true, true), (new TextSource(Text("a.txt", "one")).HasDocuments, new TextSource(list).HasDocuments,
            new TextSource(Text("a.txt", "one"), Text("b.txt", "two")).HasDocuments));
    }

    private static string Shown(params TextSource.TextFile[] files) =>
        string.Concat(Tokens(files).Select(token => token == 256 ? "|" : Bytes.Decode([token])));

    private static int[] Tokens(params TextSource.TextFile[] files) => Tokens(256, files);

    private static int[] Tokens(int? separator, params TextSource.TextFile[] files) =>
        [.. DocumentTokens.Of(new TextSource(files), Bytes, separator, threads: 2, cancellation: TestContext.Current.CancellationToken)
            .SelectMany(part => part)];

    private static TextSource.TextFile Text(string name, string text, bool isJsonLines = false)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return new(name, () => new MemoryStream(bytes), bytes.Length, isJsonLines);
    }
}
