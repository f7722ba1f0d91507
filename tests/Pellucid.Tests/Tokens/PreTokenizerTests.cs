using System.Text;
using System.Text.Json;
using Pellucid.Tokens;

namespace Pellucid.Tests.Tokens;

/// <summary>Learning with other ways to cut text, and what Hugging Face's trainer learns from the same text.</summary>
public sealed class PreTokenizerTests
{
    private const string Sample = "The cat's hat: 1234 cats, I'LL say!  HTMLParser\n\n"
        + "  Zwei Bücher — 三本书 🎉🎉 don't stop\r\n it's 2024\n";

    public static TheoryData<string> Names => [.. BpeTrainer.PreTokenizers];

    [Theory]
    [InlineData("gpt2")]
    [InlineData("llama3")]
    [InlineData("digits")]
    public void Hugging_Faces_merges_and_numbers_come_out_by_its_rule_for_ties(string name)
    {
        var text = Encoding.UTF8.GetBytes(File.ReadAllText(SharedData.Path("tinyshakespeare/input.txt"))[..300_000]);
        using var file = JsonDocument.Parse(File.ReadAllBytes(SharedData.Path("golden/tokenizer-training/expected.json")));
        var expected = file.RootElement.GetProperty(name);
        var tokenizer = BpeTrainer.Train([text], new BpeTrainerOptions(1000) { PreTokenizer = name, Order = BpeOrder.Numbers }, null,
            TestContext.Current.CancellationToken);
        using var folder = new TemporaryFolder();
        tokenizer.Save(folder.Path);
        Assert.Equal(expected.GetProperty("merges").EnumerateArray().Select(merge => merge.GetString()),
            File.ReadAllLines(folder.File("merges.txt"))[1..]);
        foreach (var encoding in expected.GetProperty("encodings").EnumerateArray())
            Assert.Equal(encoding.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()),
                tokenizer.Encode(encoding.GetProperty("text").GetString()!));
        Assert.Equal(Tokenizer.Load(SharedData.Path($"golden/tokenizer-training/{name}.tokenizer.json")).Fingerprint(),
            tokenizer.Fingerprint());
    }

    [Theory, MemberData(nameof(Names))]
    public void What_is_learned_with_any_of_them_is_the_same_after_saving(string name)
    {
        var text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(Sample, 5)));
        var tokenizer = BpeTrainer.Train([text], new BpeTrainerOptions(320) { PreTokenizer = name, Special = ["<|user|>"] }, null,
            TestContext.Current.CancellationToken);
        using var folder = new TemporaryFolder();
        tokenizer.Save(folder.Path);
        Assert.True(File.Exists(folder.File("tokenizer.json")) && File.Exists(folder.File("vocab.json"))
            && File.Exists(folder.File("merges.txt")));
        var loaded = (BpeTokenizer)Tokenizer.Load(folder.Path);
        Assert.Equal(tokenizer.Fingerprint(), loaded.Fingerprint());
        Assert.Equal(tokenizer.Merges, loaded.Merges);
        Assert.Equal(tokenizer.Encode(Sample), loaded.Encode(Sample));
        Assert.Equal(Sample, loaded.Decode(loaded.Encode(Sample)));
        if (name != "gpt2")
            Assert.Contains("do not tell how text is cut", Assert.Throws<NotSupportedException>(() =>
                BpeTrainer.Train([text], new BpeTrainerOptions(300) { PreTokenizer = name }, null, TestContext.Current.CancellationToken)
                    .Save(folder.Path, TokenizerFormat.VocabularyAndMerges)).Message, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Names))]
    public void Where_a_text_is_cut_into_parts_does_not_matter(string name)
    {
        var text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(Sample, 40)));
        var (parts, rest, lastCut) = (new List<ReadOnlyMemory<byte>>(), text.AsMemory(), BpeTrainer.LastCut(name));
        while (rest.Length > 700 && lastCut(rest.Span[..500]) is > 0 and var cut)
        {
            parts.Add(rest[..cut]);
            rest = rest[cut..];
        }
        parts.Add(rest);
        Assert.InRange(parts.Count, 5, 1000);
        var options = new BpeTrainerOptions(400) { PreTokenizer = name };
        Assert.Equal(BpeTrainer.Train([text], options, null, TestContext.Current.CancellationToken).Merges,
            BpeTrainer.Train(parts, options, null, TestContext.Current.CancellationToken).Merges);
    }

    [Fact]
    public void A_name_that_is_not_known_is_refused() =>
        Assert.Equal("there is no pre-tokenizer 'gpt5'; there are " + string.Join(", ", BpeTrainer.PreTokenizers),
            Assert.Throws<ArgumentException>(() => BpeTrainer.LastCut("gpt5")).Message);
}
