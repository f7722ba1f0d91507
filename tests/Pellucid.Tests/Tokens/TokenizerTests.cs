using System.Text;
using Pellucid.Tokens;

namespace Pellucid.Tests.Tokens;

public sealed class TokenizerTests
{
    private const string Sample = "The cat's hat: 12 cats, I'll say!  Tab\there.\n\n  Zwei Bücher — 三本书 🎉🎉 don't stop\r\n ";

    [Fact]
    public void GPT2_vocabulary_gives_the_published_tokens()
    {
        var tokenizer = BpeTokenizer.Read(SharedData.Path("gpt2-tokenizer/encoder.json"), SharedData.Path("gpt2-tokenizer/vocab.bpe"));
        var texts = File.ReadAllText(SharedData.Path("gpt2-tokenizer/llama.cpp/ggml-vocab-gpt-2.gguf.inp"))
            .Split("\n__ggml_vocab_test__\n");
        var expected = File.ReadAllLines(SharedData.Path("gpt2-tokenizer/llama.cpp/ggml-vocab-gpt-2.gguf.out"));
        Assert.Equal(50257, tokenizer.VocabularySize);
        for (var i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i].Trim(), string.Join(' ', tokenizer.Encode(texts[i])));
        Assert.Equal([15496, 50256, 995], tokenizer.EncodeWithSpecialTokens("Hello<|endoftext|> world"));
    }

    [Fact]
    public void Training_finds_the_reference_merges()
    {
        var text = File.ReadAllBytes(SharedData.Path("bpe-train-reference/corpus.en"));
        var expected = File.ReadAllLines(SharedData.Path("bpe-train-reference/train-bpe-reference-merges.txt"))
            .Where(line => line.Length > 0);
        using var folder = new TemporaryFolder();
        BpeTrainer.Train(text, 500).Save(folder.Path);
        Assert.Equal(expected, File.ReadAllLines(Path.Combine(folder.Path, "merges.txt"))[1..]);
    }

    [Theory]
    [InlineData("bpe")]
    [InlineData("char")]
    public void A_text_comes_back_whole_and_a_saved_tokenizer_does_the_same(string kind)
    {
        var bytes = Encoding.UTF8.GetBytes(Sample);
        Tokenizer tokenizer = kind == "bpe" ? BpeTrainer.Train(bytes, 290) : CharacterTokenizer.FromText(bytes);
        using var folder = new TemporaryFolder();
        tokenizer.Save(folder.Path);
        var tokens = tokenizer.Encode(Sample);
        Assert.Equal(Sample, tokenizer.Decode(tokens));
        Assert.Equal(tokens, Tokenizer.Load(folder.Path).Encode(Sample));
    }

    [Fact]
    public void Any_bytes_come_back_whole()
    {
        var tokenizer = BpeTrainer.Train(Encoding.UTF8.GetBytes(Sample), 280);
        var random = new Random(5);
        for (var i = 0; i < 300; i++)
        {
            var bytes = new byte[random.Next(60)];
            random.NextBytes(bytes);
            var tokens = new List<int>();
            tokenizer.Encode(bytes, tokens);
            Assert.Equal(bytes, tokenizer.DecodeBytes([.. tokens]));
        }
    }

    [Fact]
    public void A_piece_of_a_million_equal_characters_is_no_trouble()
    {
        var text = Encoding.UTF8.GetBytes(new string('a', 1_000_000));
        var tokenizer = BpeTrainer.Train(text.AsMemory(0, 5000), 262);
        var tokens = new List<int>();
        tokenizer.Encode(text, tokens);
        Assert.Equal(text, tokenizer.DecodeBytes([.. tokens]));
    }

    [Fact]
    public void An_unknown_character_is_named()
    {
        var tokenizer = CharacterTokenizer.FromText("abc"u8);
        Assert.Equal("the character 'é' (U+00E9) at byte 1 is not among the 3 that the model knows",
            Assert.Throws<ArgumentException>(() => tokenizer.Encode("aé")).Message);
    }

    [Theory]
    [InlineData("[", "characters.json")]
    [InlineData("""["ab"]""", "characters.json")]
    [InlineData("""["a","a"]""", "characters.json")]
    [InlineData("""{"a":0}""", "vocab.json")]
    [InlineData("""{"a":7}""", "vocab.json")]
    [InlineData("""{"a":{"b":{"c":1}}}""", "vocab.json")]
    public void Damaged_files_are_named(string content, string file)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(Path.Combine(folder.Path, file), content);
        File.WriteAllText(Path.Combine(folder.Path, "merges.txt"), "");
        Assert.Contains(file, Assert.Throws<InvalidDataException>(() => Tokenizer.Load(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_merge_of_unknown_tokens_is_named_by_its_line()
    {
        using var folder = new TemporaryFolder();
        BpeTrainer.Train("aaaa"u8.ToArray(), 258).Save(folder.Path, TokenizerFormat.VocabularyAndMerges);
        File.AppendAllText(Path.Combine(folder.Path, "merges.txt"), "x yz\n");
        Assert.EndsWith("line 3 is not two tokens of the vocabulary: 'x yz'",
            Assert.Throws<InvalidDataException>(() => Tokenizer.Load(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Characters_of_documents_have_a_token_between_them_and_others_the_file_they_always_had()
    {
        using var folder = new TemporaryFolder();
        var plain = CharacterTokenizer.FromText("cab"u8);
        plain.Save(folder.Path);
        Assert.Equal("[\"a\",\"b\",\"c\"]", File.ReadAllText(folder.File("characters.json")));
        var separated = new CharacterTokenizer("cab".EnumerateRunes(), separated: true);
        Assert.Equal((4, 3, "<|endoftext|>"), (separated.VocabularySize, separated.EndOfText, separated.Show(3)));
        separated.Save(folder.Path);
        Assert.Equal("{\"separator\":\"\\u003C|endoftext|\\u003E\",\"characters\":[\"a\",\"b\",\"c\"]}",
            File.ReadAllText(folder.File("characters.json")));
        var read = Tokenizer.Load(folder.Path);
        Assert.Equal((4, 3), (read.VocabularySize, read.EndOfText));
        Assert.Equal(separated.Fingerprint(), read.Fingerprint());
        Assert.NotEqual(plain.Fingerprint(), read.Fingerprint());
        Assert.Equal("ab", read.Decode([0, 3, 1]));
        File.WriteAllText(folder.File("characters.json"), "{\"characters\":[\"a\"],\"separator\":\"x\"}");
        Assert.Contains("only characters, and <|endoftext|> as separator, are known",
            Assert.Throws<InvalidDataException>(() => Tokenizer.Load(folder.Path)).Message, StringComparison.Ordinal);
    }
}
