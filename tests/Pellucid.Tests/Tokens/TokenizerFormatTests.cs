using System.Text;
using Pellucid.Tokens;

namespace Pellucid.Tests.Tokens;

public sealed class TokenizerFormatTests
{
    private static readonly byte[] Text = Encoding.UTF8.GetBytes(
        string.Concat(Enumerable.Repeat("The cat's hat: 12 cats, I'll say!\n Zwei Bücher — 三本书 🎉\n", 9)));

    [Theory]
    [InlineData(TokenizerFormat.VocabularyAndMerges)]
    [InlineData(TokenizerFormat.TokenizerJson)]
    [InlineData(TokenizerFormat.TiktokenRanks)]
    public void A_tokenizer_goes_through_every_format_without_loss(TokenizerFormat format)
    {
        var tokenizer = BpeTrainer.Train(Text, 290);
        using var folder = new TemporaryFolder();
        tokenizer.Save(folder.Path, format);
        AssertSame(tokenizer, Assert.IsType<BpeTokenizer>(Tokenizer.Load(folder.Path)));
    }

    [Fact]
    public void The_published_files_of_GPT2_are_written_byte_for_byte()
    {
        using var folder = new TemporaryFolder();
        var ranks = (BpeTokenizer)Tokenizer.Load(SharedData.Path("gpt2-tokenizer/gpt2.tiktoken"));
        var original = (BpeTokenizer)Tokenizer.Load(Path.GetDirectoryName(SharedData.Path("gpt2-tokenizer/encoder.json"))!);
        AssertSame(original, ranks);
        original.Save(folder.Path, TokenizerFormat.TiktokenRanks);
        Assert.Equal(File.ReadAllBytes(SharedData.Path("gpt2-tokenizer/gpt2.tiktoken")), File.ReadAllBytes(folder.File("ranks.tiktoken")));
        ranks.Save(folder.Path, TokenizerFormat.VocabularyAndMerges);
        Assert.Equal(File.ReadAllText(SharedData.Path("gpt2-tokenizer/vocab.bpe")), File.ReadAllText(folder.File("merges.txt")));
        original.Save(folder.Path, TokenizerFormat.TokenizerJson);
        AssertSame(original, (BpeTokenizer)Tokenizer.Load(folder.File("tokenizer.json")));
    }

    [Fact]
    public void Special_tokens_are_kept_and_found_longest_first()
    {
        var tokenizer = BpeTrainer.Train([Text], 290, special: ["<|user|>", "<|user|>:"],
            cancellation: TestContext.Current.CancellationToken);
        using var folder = new TemporaryFolder();
        tokenizer.Save(folder.Path); // to tokenizer.json, which alone has a place for them
        var loaded = (BpeTokenizer)Tokenizer.Load(folder.Path);
        AssertSame(tokenizer, loaded);
        Assert.Equal([tokenizer.VocabularySize - 1, .. tokenizer.Encode(" hat"), tokenizer.VocabularySize - 2],
            loaded.EncodeWithSpecialTokens("<|user|>: hat<|user|>"));
        Assert.Equal("<|user|>:", loaded.SpecialName(tokenizer.VocabularySize - 1));
        Assert.Equal(" hat", loaded.Decode(loaded.EncodeWithSpecialTokens("<|user|>: hat<|user|>")));
        Assert.Throws<NotSupportedException>(() => tokenizer.Save(folder.Path, TokenizerFormat.VocabularyAndMerges));
        Assert.Throws<NotSupportedException>(() => tokenizer.Save(folder.Path, TokenizerFormat.TiktokenRanks));
    }

    [Theory]
    [InlineData("\"normalizer\": null", "\"normalizer\": {\"type\":\"Nmt\"}", "the normalizer is of the type 'Nmt'")]
    [InlineData("\"normalizer\": null", "\"normalizer\": {\"type\":\"NFC\",\"depth\":1}", "normalizer has the field 'depth'")]
    [InlineData("\"truncation\": null", "\"truncation\": {\"max_size\":8}", "truncation has the field 'max_size'")]
    [InlineData("\"version\": \"1.0\"", "\"version\": \"2.0\"", "the version is '2.0'")]
    [InlineData("\"version\": \"1.0\"", "\"version\": \"1.0\", \"extra\": 1", "it has the field 'extra'")]
    [InlineData("\"type\": \"BPE\"", "\"type\": \"Unigram\"", "the model is of type 'Unigram'")]
    [InlineData("\"type\": \"BPE\"", "\"type\": \"Unigram\", \"unk_id\": 0, \"vocab\": [[\"<unk>\", 0.0]], \"was\": 1",
        "the model is of type 'Unigram'")]
    [InlineData("\"type\": \"BPE\"", "\"type\": \"BPE\", \"magic\": 1", "the model has the field 'magic'")]
    [InlineData("\"dropout\": null", "\"dropout\": 0.1", "drops merges at random")]
    [InlineData("\"end_of_word_suffix\": null", "\"end_of_word_suffix\": \"</w>\"", "end_of_word_suffix '</w>'")]
    [InlineData("\"byte_fallback\": false", "\"byte_fallback\": true", "byte_fallback")]
    [InlineData("\"type\": \"ByteLevel\"", "\"type\": \"Whitespace\"", "the pre_tokenizer is of the type 'Whitespace'")]
    [InlineData("\"use_regex\": true\n  },\n  \"post", "\"regex\": true\n  },\n  \"post", "pre_tokenizer has the field 'regex'")]
    [InlineData("\"lstrip\": false", "\"lstripped\": false", "an added token has the field 'lstripped'")]
    [InlineData("\"id\": 289", "\"id\": 12", "but in the vocabulary another")]
    [InlineData("\"at\": ", "\"aut\": ", "merge ")]
    public void What_cannot_be_reproduced_exactly_is_refused_with_the_reason(string original, string changed, string reason)
    {
        using var folder = new TemporaryFolder();
        BpeTrainer.Train(Text, 290).Save(folder.Path, TokenizerFormat.TokenizerJson);
        var json = File.ReadAllText(folder.File("tokenizer.json"));
        Assert.Contains(original, json, StringComparison.Ordinal);
        File.WriteAllText(folder.File("tokenizer.json"), json.Replace(original, changed, StringComparison.Ordinal));
        var message = Assert.Throws<InvalidDataException>(() => Tokenizer.Load(folder.Path)).Message;
        Assert.StartsWith(folder.File("tokenizer.json"), message, StringComparison.Ordinal);
        Assert.Contains(reason, message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tokenizer_json_is_believed_before_the_files_beside_it()
    {
        using var folder = new TemporaryFolder();
        BpeTrainer.Train(Text, 280).Save(folder.Path, TokenizerFormat.VocabularyAndMerges);
        BpeTrainer.Train(Text, 285).Save(folder.Path, TokenizerFormat.TokenizerJson);
        Assert.Equal(285, Tokenizer.Load(folder.Path).VocabularySize);
    }

    [Fact]
    public void Whole_pieces_are_taken_before_merges_where_the_file_says_so()
    {
        using var folder = new TemporaryFolder();
        BpeTrainer.Train(Text, 290).Save(folder.Path, TokenizerFormat.TokenizerJson);
        var path = folder.File("tokenizer.json");
        var json = File.ReadAllText(path);
        var last = json.LastIndexOf(",\n      \"", StringComparison.Ordinal); // without its last merge a token cannot be reached
        File.WriteAllText(path, string.Concat(json.AsSpan(0, last), json.AsSpan(json.IndexOf('\n', last + 2))));
        var merged = Tokenizer.Load(path);
        var word = merged.Decode([288]);
        Assert.InRange(merged.Encode(word).Length, 2, 10);
        File.WriteAllText(path,
            File.ReadAllText(path).Replace("\"ignore_merges\": false", "\"ignore_merges\": true", StringComparison.Ordinal));
        Assert.Equal([288], Tokenizer.Load(path).Encode(word));
    }

    [Theory]
    [InlineData("IQ== 1\n", "line 1 is not a token in base 64 and the rank 0")]
    [InlineData("I!== 0\n", "line 1 does not begin with base 64")]
    [InlineData("IQ== 0\nIQ== 1\n", "rank 1 has the same bytes as rank 0")]
    [InlineData("IQ== 0\n", "byte 0 has no token")]
    public void Damaged_ranks_are_named_by_line(string content, string reason)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("x.tiktoken"), content);
        Assert.Equal($"{folder.File("x.tiktoken")}: {reason}",
            Assert.Throws<InvalidDataException>(() => Tokenizer.Load(folder.File("x.tiktoken"))).Message);
    }

    [Theory]
    [InlineData("abc", "is not two tokens of lower rank joined")]
    [InlineData("(a", "spans two of GPT-2's pieces")]
    public void Ranks_that_merges_cannot_give_are_refused(string token, string reason)
    {
        using var folder = new TemporaryFolder();
        var lines = Enumerable.Range(0, 256)
            .Select(value => (byte[])[(byte)value])
            .Append(Encoding.ASCII.GetBytes(token))
            .Select((bytes, rank) => $"{Convert.ToBase64String(bytes)} {rank}");
        File.WriteAllLines(folder.File("x.tiktoken"), lines);
        Assert.Contains(reason,
            Assert.Throws<InvalidDataException>(() => Tokenizer.Load(folder.File("x.tiktoken"))).Message, StringComparison.Ordinal);
    }

    private static void AssertSame(BpeTokenizer expected, BpeTokenizer actual)
    {
        Assert.Equal(expected.VocabularySize, actual.VocabularySize);
        Assert.Equal(expected.Merges, actual.Merges);
        Assert.Equal(expected.EndOfText, actual.EndOfText);
        for (var token = 0; token < expected.VocabularySize; token++)
        {
            Assert.True(expected.Bytes(token).SequenceEqual(actual.Bytes(token)), $"token {token}");
            Assert.Equal(expected.SpecialName(token), actual.SpecialName(token));
        }
    }
}
