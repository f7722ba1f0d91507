using System.Text;
using System.Text.RegularExpressions;
using Microsoft.ML.Tokenizers;
using Pellucid.Tokens;
using BpeTokenizer = Pellucid.Tokens.BpeTokenizer;
using Tokenizer = Pellucid.Tokens.Tokenizer;

namespace Pellucid.Tests.Tokens;

public sealed class BpeTests
{
    // Of GPT-2's released code; written here anew for the peer, which takes a regular expression.
    private static readonly Regex Pieces = new(@"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+");

    private static readonly string[] Signs =
    [
        "a", "th", "The", "é", "ß", "三", "🎉", "👩‍🚀", " ", "  ", "\n", "\r\n", "\t", "\u00a0", "\u2003",
        "'s", "'ll", "'", "1", "٣", "½", ".", "!?", "_", "<|", "|>", "<|endoftext|>", "e\u0301", "\u200b", "ﬁ",
    ];

    [Fact]
    public void Every_text_has_the_tokens_that_another_library_gives_it_with_GPT2s_vocabulary()
    {
        using var ranks = File.OpenRead(SharedData.Path("gpt2-tokenizer/gpt2.tiktoken"));
        AssertAgree(Tokenizer.Load(SharedData.Path("gpt2-tokenizer/gpt2.tiktoken")), ranks, 50256);
    }

    [Fact]
    public void Every_text_has_the_tokens_that_another_library_gives_it_with_a_vocabulary_of_our_own()
    {
        using var folder = new TemporaryFolder();
        var tokenizer = Train([Encoding.UTF8.GetBytes(RandomText(new Random(1), 5000))], 900);
        tokenizer.Save(folder.Path, TokenizerFormat.TiktokenRanks);
        using var ranks = File.OpenRead(folder.File("ranks.tiktoken"));
        AssertAgree(tokenizer, ranks, tokenizer.EndOfText!.Value);
    }

    [Fact]
    public void The_vocabulary_depends_on_neither_threads_nor_order()
    {
        var random = new Random(2);
        var documents = Enumerable.Range(0, 60)
            .Select(_ => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(RandomText(random, 200))).ToArray();
        var expected = Train(documents, 700, threads: 1).Merges;
        Assert.Equal(expected, Train(documents, 700, threads: 3).Merges);
        Assert.Equal(expected, Train(documents.Reverse(), 700, threads: 2).Merges);
    }

    [Fact]
    public void A_long_text_that_is_cut_into_parts_gives_the_same_merges()
    {
        var text = Encoding.UTF8.GetBytes(RandomText(new Random(3), 1_400_000));
        Assert.InRange(text.Length, 3 << 20, 1 << 24);
        Assert.Equal(Train([text], 400).Merges, BpeTrainer.Train(text, 400).Merges);
    }

    [Fact]
    public void A_text_may_be_cut_where_it_says_whatever_follows()
    {
        var tokenizer = BpeTrainer.Train(Encoding.UTF8.GetBytes(RandomText(new Random(4), 2000)), 500);
        var random = new Random(5);
        var cuts = 0;
        for (var round = 0; round < 400; round++)
        {
            var text = Encoding.UTF8.GetBytes(RandomText(random, 30));
            var cut = tokenizer.LastCut(text.AsSpan(0, random.Next(text.Length)));
            if (cut == 0)
                continue;
            cuts++;
            var (whole, parts) = (new List<int>(), new List<int>());
            tokenizer.Encode(text, whole);
            tokenizer.Encode(text.AsSpan(0, cut), parts);
            tokenizer.Encode(text.AsSpan(cut), parts);
            Assert.Equal(whole, parts);
        }
        Assert.InRange(cuts, 40, 400);
    }

    [Fact]
    public void Long_pieces_and_short_ones_merge_alike()
    {
        var tokenizer = BpeTrainer.Train(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("abracadabra", 30))), 300);
        var random = new Random(6);
        for (var length = 40; length < 60; length++)
        {
            var word = string.Concat(Enumerable.Range(0, length).Select(_ => "abrcd"[random.Next(5)]));
            Assert.Equal(SlowMerge(tokenizer, word), tokenizer.Encode(word));
        }
    }

    // The definition, step by step.
    private static List<int> SlowMerge(BpeTokenizer tokenizer, string word)
    {
        var tokens = word.Select(letter => (int)letter).ToList();
        while (true)
        {
            var (best, at) = (int.MaxValue, -1);
            for (var i = 0; i + 1 < tokens.Count; i++)
                if (tokenizer.Merges.ToList().IndexOf((tokens[i], tokens[i + 1])) is >= 0 and var rank && rank < best)
                    (best, at) = (rank, i);
            if (at < 0)
                return tokens;
            (tokens[at], _) = (256 + best, 0);
            tokens.RemoveAt(at + 1);
        }
    }

    private static BpeTokenizer Train(IEnumerable<ReadOnlyMemory<byte>> texts, int size, int threads = 0) =>
        BpeTrainer.Train(texts, size, threads, cancellation: TestContext.Current.CancellationToken);

    private static void AssertAgree(Tokenizer tokenizer, Stream ranks, int endOfText)
    {
        var special = new Dictionary<string, int> { [BpeTokenizer.EndOfTextName] = endOfText };
        var peer = TiktokenTokenizer.Create(ranks, new RegexPreTokenizer(Pieces, special), null, special);
        var random = new Random(7);
        for (var round = 0; round < 1500; round++)
        {
            var text = RandomText(random, random.Next(1, 40));
            Assert.Equal(peer.EncodeToIds(text, considerPreTokenization: true), tokenizer.EncodeWithSpecialTokens(text));
        }
    }

    private static string RandomText(Random random, int signs) =>
        string.Concat(Enumerable.Range(0, signs).Select(_ => Signs[random.Next(Signs.Length)]));
}
