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
        var trained = pellucid.Run("tokenizer", "train", "--data", "a.txt", "b.jsonl", "--size", "270", "--special", "<|user|>",
            "--out", "words", "--json").Json;
        Assert.Equal(270, trained.GetProperty("vocabulary_size").GetInt32());

        const string text = "the cat <|user|> 🎉";
        var encoded = pellucid.Run("tokenizer", "encode", "--tokenizer", "words", text, "--json").Json;
        Assert.Contains("<|user|>", encoded.GetProperty("tokens").EnumerateArray().Select(token => token.GetString()));
        var ids = Ids(encoded);
        Assert.Equal(text, pellucid.Run(["tokenizer", "decode", "--tokenizer", "words", .. ids]).Output);
        Assert.Equal(text, pellucid.Run(string.Join(' ', ids), ["tokenizer", "decode", "--tokenizer", "words", "-"]).Output);

        Assert.Equal(0, pellucid.Run("tokenizer", "train", "--data", "a.txt", "--size", "265", "--out", "plain").Code);
        foreach (var (format, file) in (ReadOnlySpan<(string, string)>)[("json", "tokenizer.json"),
            ("tiktoken", "ranks.tiktoken"), ("vocab", "vocab.json")])
        {
            Assert.Equal(0, pellucid.Run("tokenizer", "convert", "--tokenizer", "plain", "--to", format, "--out", format).Code);
            Assert.Equal(Ids(pellucid.Run("tokenizer", "encode", "--tokenizer", "plain", text, "--json").Json),
                Ids(pellucid.Run("tokenizer", "encode", "--tokenizer", $"{format}/{file}", text, "--json").Json));
        }
    }

    [Fact]
    public void Text_can_be_cut_as_other_models_do()
    {
        using var pellucid = new PellucidProcess();
        pellucid.File("a.txt", "the cat sat in 1999\nthe cat ran in 2000\n");
        var trained = pellucid.Run("tokenizer", "train", "--data", "a.txt", "--size", "280", "--pre-tokenizer", "llama3", "--ties",
            "numbers", "--out", "words", "--json").Json;
        Assert.Equal("llama3", trained.GetProperty("pre_tokenizer").GetString());
        foreach (var file in (ReadOnlySpan<string>)["tokenizer.json", "vocab.json", "merges.txt"])
            Assert.True(File.Exists(Path.Combine(pellucid.Folder, "words", file)));
        Assert.Equal(["0"], Ids(pellucid.Run("tokenizer", "encode", "--tokenizer", "words", "<|endoftext|>", "--json").Json));
        var plain = Ids(pellucid.Run("tokenizer", "encode", "--tokenizer", "words", "<|endoftext|>", "--plain", "--json").Json);
        Assert.InRange(plain.Length, 3, 13);
        Assert.Equal("<|endoftext|>", pellucid.Run(["tokenizer", "decode", "--tokenizer", "words", .. plain]).Output);
        Assert.Equal(0, pellucid.Run("tokenizer", "convert", "--tokenizer", "words/tokenizer.json", "--to", "json", "--out", "again").Code);
        Assert.Equal(File.ReadAllText(Path.Combine(pellucid.Folder, "words/tokenizer.json")),
            File.ReadAllText(Path.Combine(pellucid.Folder, "again/tokenizer.json")));
        AssertRefused(pellucid, 1, "pellucid: tiktoken's ranks do not tell how text is cut, and are taken here to be GPT-2's", "tokenizer",
            "convert", "--tokenizer", "words", "--to", "tiktoken", "--out", "ranks");
        AssertRefused(pellucid, 2,
            "pellucid: there is no pre-tokenizer 'gpt5'; there are gpt2, digits, llama3, qwen2, qwen35, o200k, tekken", "tokenizer",
            "train", "--data", "a.txt", "--size", "280", "--pre-tokenizer", "gpt5", "--out", "x");
    }

    [Fact]
    public void A_tokenizer_of_characters_encodes_and_gives_the_text_back()
    {
        using var pellucid = new PellucidProcess();
        pellucid.File("tokenizer.json", """
            {"version":"1.0","added_tokens":[{"id":1,"content":"<s>","special":true}],
            "normalizer":{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"▁"},{"type":"Replace","pattern":{"String":" "},
            "content":"▁"}]},
            "pre_tokenizer":null,"post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>","type_id":0}},
            {"Sequence":{"id":"A","type_id":0}}],
            "special_tokens":{"<s>":{"id":"<s>","ids":[1],"tokens":["<s>"]}}},
            "decoder":{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},"content":" "},{"type":"Fuse"},
            {"type":"Strip","content":" ","start":1,"stop":0}]},
            "model":{"type":"BPE","unk_token":"?","vocab":{"?":0,"<s>":1,"▁":2,"a":3,"b":4,"▁a":5},"merges":["▁ a"]}}
            """);
        Assert.Equal(["5", "4", "5", "0"],
            Ids(pellucid.Run("tokenizer", "encode", "--tokenizer", "tokenizer.json", "ab a?", "--json").Json));
        Assert.Equal(["1", "5", "4"],
            Ids(pellucid.Run("tokenizer", "encode", "--tokenizer", "tokenizer.json", "ab", "--around", "--json").Json));
        Assert.Equal("ab a", pellucid.Run("tokenizer", "decode", "--tokenizer", "tokenizer.json", "5", "4", "5").Output);
        Assert.Equal("<s>ab", pellucid.Run("tokenizer", "decode", "--tokenizer", "tokenizer.json", "1", "5", "4").Output);
    }

    [Fact]
    public void What_is_wrong_is_said_in_one_line()
    {
        using var pellucid = new PellucidProcess();
        pellucid.File("a.txt", "some text");
        pellucid.File("b.jsonl", "{\"text\": \"fine\"}\n{\"body\": \"not\"}\n");
        AssertRefused(pellucid, 1, "pellucid: b.jsonl: line 2 is not a JSON object whose field 'text' is a string", "tokenizer", "train",
            "--data", "b.jsonl", "--size", "300", "--out", "x");
        AssertRefused(pellucid, 1, "pellucid: there is no file c.txt", "tokenizer", "train", "--data", "c.txt",
            "--size", "300", "--out", "x");
        AssertRefused(pellucid, 2, "pellucid: --size is 10; 257 is the least: 256 bytes and 1 special tokens", "tokenizer", "train",
            "--data", "a.txt", "--size", "10", "--out", "x");
        AssertRefused(pellucid, 1, "pellucid: there is no tokenizer nowhere", "tokenizer", "encode", "--tokenizer", "nowhere", "a");
        Assert.Equal(0, pellucid.Run("tokenizer", "train", "--data", "a.txt", "--size", "260", "--out", "words").Code);
        AssertRefused(pellucid, 2, "pellucid: '300' is not a token; they are numbers from 0 to 259", "tokenizer", "decode",
            "--tokenizer", "words", "300");
        AssertRefused(pellucid, 1, "pellucid: words already holds a tokenizer; choose another folder or remove it", "tokenizer", "train",
            "--data", "a.txt", "--size", "260", "--out", "words");
    }

    private static void AssertRefused(PellucidProcess pellucid, int code, string line, params string[] words)
    {
        var outcome = pellucid.Run(words);
        Assert.Equal((code, line + "\n"), (outcome.Code, outcome.Error));
    }

    private static string[] Ids(JsonElement json) => [.. json.GetProperty("ids").EnumerateArray().Select(id => id.GetRawText())];
}
