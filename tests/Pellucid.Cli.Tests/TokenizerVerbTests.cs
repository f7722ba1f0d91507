using System.Text.Json;

namespace Pellucid.Cli.Tests;

public sealed class TokenizerVerbTests
{
    [Fact]
    public void A_tokenizer_is_learned_used_and_converted()
    {
        using var pellucid = new PellucidProcess();
        pellucid.File("a.txt", "the cat sat\nthe cat ran\n<|endoftext|>the dog");
        pellucid.File("b.jsonl", "{\"id\": 7, \"text\": \"the mouse\\n\"}\n\n{\"text\": \"the louse\"}\n");
        var trained = pellucid.Run("tokenizer", "train", "--data", "a.txt", "b.jsonl", "--size", "270", "--special", "<|user|>", "--out", "words", "--json").Json;
        Assert.Equal(270, trained.GetProperty("vocabulary_size").GetInt32());

        const string text = "the cat <|user|> 🎉";
        var encoded = pellucid.Run("tokenizer", "encode", "--tokenizer", "words", text, "--json").Json;
        Assert.Contains("<|user|>", encoded.GetProperty("tokens").EnumerateArray().Select(token => token.GetString()));
        var ids = Ids(encoded);
        Assert.Equal(text, pellucid.Run(["tokenizer", "decode", "--tokenizer", "words", .. ids]).Output);
        Assert.Equal(text, pellucid.Run(string.Join(' ', ids), ["tokenizer", "decode", "--tokenizer", "words", "-"]).Output);

        Assert.Equal(0, pellucid.Run("tokenizer", "train", "--data", "a.txt", "--size", "265", "--out", "plain").Code);
        foreach (var (format, file) in (ReadOnlySpan<(string, string)>)[("json", "tokenizer.json"), ("tiktoken", "ranks.tiktoken"), ("vocab", "vocab.json")])
        {
            Assert.Equal(0, pellucid.Run("tokenizer", "convert", "--tokenizer", "plain", "--to", format, "--out", format).Code);
            Assert.Equal(Ids(pellucid.Run("tokenizer", "encode", "--tokenizer", "plain", text, "--json").Json),
                Ids(pellucid.Run("tokenizer", "encode", "--tokenizer", $"{format}/{file}", text, "--json").Json));
        }
    }

    [Fact]
    public void What_is_wrong_is_said_in_one_line()
    {
        using var pellucid = new PellucidProcess();
        pellucid.File("a.txt", "some text");
        pellucid.File("b.jsonl", "{\"text\": \"fine\"}\n{\"body\": \"not\"}\n");
        AssertRefused(pellucid, 1, "pellucid: b.jsonl: line 2 is not a JSON object whose field 'text' is a string", "tokenizer", "train", "--data", "b.jsonl", "--size", "300", "--out", "x");
        AssertRefused(pellucid, 1, "pellucid: there is no file c.txt", "tokenizer", "train", "--data", "c.txt", "--size", "300", "--out", "x");
        AssertRefused(pellucid, 2, "pellucid: --size is 10; 257 is the least: 256 bytes and 1 special tokens", "tokenizer", "train", "--data", "a.txt", "--size", "10", "--out", "x");
        AssertRefused(pellucid, 1, "pellucid: there is no tokenizer nowhere", "tokenizer", "encode", "--tokenizer", "nowhere", "a");
        Assert.Equal(0, pellucid.Run("tokenizer", "train", "--data", "a.txt", "--size", "260", "--out", "words").Code);
        AssertRefused(pellucid, 2, "pellucid: '300' is not a token; they are numbers from 0 to 259", "tokenizer", "decode", "--tokenizer", "words", "300");
        AssertRefused(pellucid, 1, "pellucid: words already holds a tokenizer; choose another folder or remove it", "tokenizer", "train", "--data", "a.txt", "--size", "260", "--out", "words");
    }

    private static void AssertRefused(PellucidProcess pellucid, int code, string line, params string[] words)
    {
        var outcome = pellucid.Run(words);
        Assert.Equal((code, line + "\n"), (outcome.Code, outcome.Error));
    }

    private static string[] Ids(JsonElement json) => [.. json.GetProperty("ids").EnumerateArray().Select(id => id.GetRawText())];
}
