using System.Text;
using Pellucid.Tokens;
using Pellucid.Training;

namespace Pellucid.Tests.Training;

public sealed class TextTests
{
    [Fact]
    public void A_long_text_is_read_in_parts_that_have_the_tokens_of_the_whole_and_cut_only_once()
    {
        using var folder = new TemporaryFolder();
        var text = LongText();
        File.WriteAllBytes(folder.File("a.txt"), text);
        File.WriteAllText(folder.File("b.txt"), "the end");
        var tokenizer = BpeTrainer.Train(text.AsMemory(0, 20_000), 400);
        var source = new TextSource([.. TextSource.FilesOf(folder.Path)]);
        Assert.Equal(2, source.Files.Count);
        Assert.True(source.Read(tokenizer.LastCut).Count() > 3);

        var expected = new List<int>();
        tokenizer.Encode(text, expected);
        expected.Add(tokenizer.EndOfText!.Value);
        tokenizer.Encode("the end"u8, expected);
        var cut = 0;
        for (var round = 0; round < 2; round++)
        {
            using var store = TokenCache.Encode(source, tokenizer, tokenizer.EndOfText, source.Fingerprint(), folder.File("cache"),
                threads: 1 + round, _ => cut++,
                shortText: 1000, TestContext.Current.CancellationToken);
            var tokens = new int[store.Count];
            store.CopyTo(0, tokens);
            Assert.Equal(expected, tokens);
        }
        Assert.Equal(1, cut); // the second time they came from the cache
        Assert.Single(Directory.GetFiles(folder.File("cache")));
        using var memory = TokenCache.Encode(source, tokenizer, tokenizer.EndOfText, source.Fingerprint(), folder.File("cache"),
            cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(expected.Count, memory.Count);
    }

    [Fact]
    public void The_cache_knows_another_text_and_another_tokenizer_apart()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("a.txt"), "abcabc abcabd");
        var one = new TextSource(TextSource.FilesOf(folder.File("a.txt")));
        var before = one.Fingerprint();
        File.WriteAllText(folder.File("a.txt"), "abcabc abcabe");
        Assert.NotEqual(before, new TextSource(TextSource.FilesOf(folder.File("a.txt"))).Fingerprint());
        Assert.NotEqual(BpeTrainer.Train("abab"u8.ToArray(), 258).Fingerprint(), BpeTrainer.Train("abab"u8.ToArray(), 257).Fingerprint());
        Assert.Equal(BpeTrainer.Train("abab"u8.ToArray(), 258).Fingerprint(), BpeTrainer.Train("ab ab"u8.ToArray(), 258).Fingerprint());
    }

    [Fact]
    public void Characters_are_never_cut_in_two()
    {
        var text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("a猫🎉é", 200_000)));
        var source = new TextSource(new TextSource.TextFile("text", () => new MemoryStream(text), text.Length));
        var tokenizer = CharacterTokenizer.FromText(text);
        Assert.True(source.Read(tokenizer.LastCut).Count() > 1);
        using var store = TokenCache.Encode(source, tokenizer, null, source.Fingerprint(), "",
            cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(800_000, store.Count);
    }

    [Theory]
    [InlineData("{\"text\":\"a\"}\n{\"text\":1}", 2)]
    [InlineData("\n\n[1]", 3)]
    [InlineData("{\"text\":\"a\"} x", 1)]
    [InlineData("{\"text\":\"\\ud800\"}", 1)]
    [InlineData("{\"other\":\"a\"}", 1)]
    public void A_line_that_holds_no_document_is_named(string lines, int line)
    {
        var bytes = Encoding.UTF8.GetBytes(lines);
        var source = new TextSource(new TextSource.TextFile("x.jsonl", () => new MemoryStream(bytes), bytes.Length, IsJsonLines: true));
        var message = Assert.Throws<InvalidDataException>(() => source.Read(text => 0).Count()).Message;
        Assert.Equal($"x.jsonl: line {line} is not a JSON object whose field 'text' is a string", message);
    }

    [Fact]
    public void What_no_token_stands_for_is_named_by_file_and_place()
    {
        var text = Encoding.UTF8.GetBytes(new string('a', 3 << 20) + "ü");
        var source = new TextSource(new TextSource.TextFile("x.txt", () => new MemoryStream(text), text.Length));
        var message = Assert.Throws<InvalidDataException>(() => TokenCache.Encode(source, CharacterTokenizer.FromText("a"u8), null, "", "",
            cancellation: TestContext.Current.CancellationToken)).Message;
        Assert.Matches(
            @"^x\.txt, from byte \d+ on: the character 'ü' \(U\+00FC\) at byte \d+ is not among the 1 that the model knows$", message);
    }

    private static byte[] LongText()
    {
        var random = new Random(1);
        var text = new StringBuilder();
        while (text.Length < 4 << 20)
            text.Append("the cat|sat on|a mat|12|, it's|.\n|\n\n  |猫|<|endoftext|>".Split('|')[random.Next(9)])
                .Append(random.Next(3) > 0 ? " " : "");
        return Encoding.UTF8.GetBytes(text.ToString());
    }
}
