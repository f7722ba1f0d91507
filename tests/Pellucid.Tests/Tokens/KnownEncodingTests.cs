using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Pellucid.Models;
using Pellucid.Tokens;
using Pellucid.Tokens.Formats;

namespace Pellucid.Tests.Tokens;

/// <summary>Encodings that other programs have recorded: Hugging Face's tokenizers and llama.cpp.</summary>
public sealed class KnownEncodingTests
{
    private const string Vocabularies = "llama/llamacpp-vocabs/ggml-vocab-";

    [Theory]
    [InlineData("qwen3")]
    [InlineData("gemma3")]
    [InlineData("gpt-oss")]
    [InlineData("mistral-v0.1")]
    public void A_published_tokenizer_json_gives_the_recorded_tokens(string name)
    {
        using var folder = new TemporaryFolder();
        var tokenizer = Load(folder, $"llama/tokenizer-json/{name}/tokenizer.json.gz");
        foreach (var (text, ids) in Texts(SharedData.Path($"llama/tokenizer-json/{name}/known.json")))
        {
            int[] encoded = [.. tokenizer.Front, .. tokenizer.EncodeWithSpecialTokens(text), .. tokenizer.Back];
            Assert.Equal(ids, encoded);
            // Where ▁ stands for a space, one that is in the text comes back as a space.
            var expected = tokenizer.Rules.IsOfCharacters ? text.Replace('▁', ' ') : text;
            var back = Encoding.UTF8.GetString(tokenizer.DecodeWhole(tokenizer.Encode(text)));
            Assert.True(back == expected || name == "qwen3", back); // which normalizes
        }
    }

    [Theory]
    [InlineData("qwen2", "qwen3")]
    [InlineData("gemma-4", "gemma3")]
    public void A_published_tokenizer_json_gives_what_llama_cpp_records_of_its_kind(string kind, string name)
    {
        using var folder = new TemporaryFolder();
        AssertLines(Load(folder, $"llama/tokenizer-json/{name}/tokenizer.json.gz"), kind);
    }

    [Theory]
    [InlineData("llama-spm")]
    [InlineData("phi-3")]
    [InlineData("gpt-2")]
    [InlineData("mpt")]
    [InlineData("starcoder")]
    [InlineData("refact")]
    [InlineData("falcon")]
    [InlineData("deepseek-coder")]
    [InlineData("deepseek-llm")]
    public void A_vocabulary_of_GGUF_gives_the_recorded_tokens(string kind) =>
        AssertLines(OfGguf($"{Vocabularies}{kind}.gguf"), kind);

    [Theory]
    [InlineData("llama-spm")]
    [InlineData("phi-3")]
    public void Merges_by_score_give_the_recorded_tokens_and_go_into_tokenizer_json(string kind)
    {
        using var folder = new TemporaryFolder();
        var tokenizer = OfGguf($"{Vocabularies}{kind}.gguf");
        tokenizer.Save(folder.Path);
        var written = Tokenizer.Load(folder.Path);
        foreach (var (text, ids) in Texts(SharedData.Path($"llama/llamacpp-vocabs/known-llamacpp-{kind}.json")))
        {
            Assert.Equal(ids, tokenizer.Encode(text));
            Assert.Equal(ids, written.Encode(text));
            Assert.Equal(text.Replace('▁', ' '), Encoding.UTF8.GetString(written.DecodeWhole(ids)));
        }
        Assert.Equal([1], written.Front);
    }

    [Theory]
    [InlineData("qwen3", "gpt2", "qwen2")]
    [InlineData("gpt-oss", "gpt2", "gpt-4o")]
    [InlineData("gemma3", "gemma4", null)]
    [InlineData("mistral-v0.1", "llama", null)]
    public void Arrays_as_GGUF_holds_them_give_what_the_file_gives(string name, string model, string? preTokenizer)
    {
        using var folder = new TemporaryFolder();
        var file = Load(folder, $"llama/tokenizer-json/{name}/tokenizer.json.gz");
        var tokenizer = new TokenizerArrays
        {
            Model = model,
            PreTokenizer = preTokenizer,
            Tokens = [.. Enumerable.Range(0, file.VocabularySize).Select(file.FileName)],
            Types = [.. Types(file)],
            Scores = model == "llama" ? Scores(file) : null,
            Merges = [.. file.Merges.Select(merge => $"{file.FileName(merge.Left)} {file.FileName(merge.Right)}")],
            Begin = file.Front.Count > 0 ? file.Front[0] : null,
            Unknown = file.Rules.Unknown,
            AddsBegin = file.Front.Count > 0,
        }.Create();
        foreach (var (text, ids) in Texts(SharedData.Path($"llama/tokenizer-json/{name}/known.json")))
        {
            int[] encoded = [.. tokenizer.Front, .. tokenizer.EncodeWithSpecialTokens(text)];
            Assert.Equal(ids, encoded);
        }
    }

    [Fact]
    public void A_large_vocabulary_takes_few_bytes_to_read()
    {
        using var folder = new TemporaryFolder();
        Load(folder, "llama/tokenizer-json/gemma3/tokenizer.json.gz");
        var before = GC.GetAllocatedBytesForCurrentThread();
        Tokenizer.Load(folder.Path);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 14_386_245, 60_000_000);
    }

    [Fact]
    public void Llama_3s_pairs_give_the_recorded_tokens()
    {
        var names = new List<string>();
        using (var vocabulary = JsonDocument.Parse(File.ReadAllBytes(SharedData.Path("llama/llama3-bpe/encoder.json"))))
            names.AddRange(vocabulary.RootElement.EnumerateObject().OrderBy(token => token.Value.GetInt32()).Select(token => token.Name));
        var special = Enumerable.Range(0, 256)
            .Select(number => number == 0 ? "<|begin_of_text|>" : number == 9 ? "<|eot_id|>" : $"<|reserved_special_token_{number}|>");
        var tokenizer = new TokenizerArrays
        {
            Model = "gpt2",
            PreTokenizer = "llama-bpe",
            Tokens = [.. names, .. special],
            Types = [.. names.Select(_ => 1), .. Enumerable.Repeat(3, 256)],
            Merges = File.ReadAllLines(SharedData.Path("llama/llama3-bpe/vocab.bpe")),
            Begin = 128000,
        }.Create();
        AssertLines(tokenizer, "llama-bpe");
        foreach (var (text, ids) in Texts(SharedData.Path("llama/llama3-bpe/known-llamacpp.json")))
            Assert.Equal(ids, tokenizer.Encode(text));
        Assert.Equal([15339, 1917], tokenizer.Encode("hello world"));
        Assert.Equal([931, 931, 931, 931, 15], tokenizer.Encode("0000000000000"));
        Assert.Equal([128000], tokenizer.Front);
        Assert.Equal([128000, 6151, 128009], tokenizer.EncodeWithSpecialTokens("<|begin_of_text|>hi<|eot_id|>"));
        Assert.DoesNotContain(128009, tokenizer.Encode("<|begin_of_text|>hi<|eot_id|>"));
    }

    [Fact]
    public void SmolLM2_gives_the_recorded_tokens()
    {
        using var folder = new TemporaryFolder();
        var tokenizer = OfGguf("real-models/smollm2-135m-instruct/model.gguf");
        tokenizer.Save(folder.Path);
        var written = Tokenizer.Load(folder.Path);
        using var expected = JsonDocument.Parse(File.ReadAllBytes(SharedData.Path("real-models/smollm2-135m-instruct/expected.json")));
        var encodings = expected.RootElement.GetProperty("encodings");
        Assert.Equal(60, encodings.GetArrayLength());
        foreach (var (text, ids) in Texts(encodings))
        {
            Assert.Equal(ids, tokenizer.EncodeWithSpecialTokens(text));
            Assert.Equal(ids, written.EncodeWithSpecialTokens(text));
        }
        foreach (var chat in expected.RootElement.GetProperty("chats").EnumerateArray())
            Assert.Equal(Ids(chat.GetProperty("ids")), tokenizer.EncodeWithSpecialTokens(chat.GetProperty("rendered").GetString()!));
        Assert.Equal(written.Fingerprint(), tokenizer.Fingerprint());
    }

    [Fact]
    public void Stories260K_gives_the_recorded_tokens()
    {
        var tokenizer = OfGguf("llama/stories260K-gguf/stories260K-f32.gguf");
        Assert.Equal([1], tokenizer.Front);
        using var expected = JsonDocument.Parse(File.ReadAllBytes(SharedData.Path("llama/stories260K-gguf/expected-llamacpp.json")));
        foreach (var format in expected.RootElement.EnumerateObject())
            Assert.Equal([1, .. tokenizer.Encode("Once upon a time")], Ids(format.Value.GetProperty("prompt_tokens")).AsEnumerable());
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("llama3")]
    [InlineData("digits")]
    public void A_small_tokenizer_json_gives_the_recorded_tokens(string name)
    {
        using var folder = new TemporaryFolder();
        var tokenizer = Tokenizer.Load(SharedData.Path($"golden/tokenizer-training/{name}.tokenizer.json"));
        tokenizer.Save(folder.Path);
        var written = Tokenizer.Load(folder.Path);
        using var expected = JsonDocument.Parse(File.ReadAllBytes(SharedData.Path("golden/tokenizer-training/expected.json")));
        foreach (var (text, ids) in Texts(expected.RootElement.GetProperty(name).GetProperty("encodings")))
        {
            Assert.Equal(ids, tokenizer.Encode(text));
            Assert.Equal(ids, written.Encode(text));
        }
        Assert.Equal(tokenizer.Fingerprint(), written.Fingerprint());
    }

    private static IEnumerable<int> Types(BpeTokenizer file)
    {
        var added = file.Added.ToDictionary(token => token.Token, token => token.IsSpecial ? 3 : 4);
        return Enumerable.Range(0, file.VocabularySize).Select(token => added.GetValueOrDefault(token, 1));
    }

    // The earlier a token is merged, the higher; as a model by score would have it.
    private static float[] Scores(BpeTokenizer file)
    {
        var (scores, names) = (new float[file.VocabularySize], Enumerable.Range(0, file.VocabularySize).ToDictionary(file.FileName));
        Array.Fill(scores, -1e6f);
        for (var rank = file.Merges.Count - 1; rank >= 0; rank--)
            scores[names[file.FileName(file.Merges[rank].Left) + file.FileName(file.Merges[rank].Right)]] = -rank;
        return scores;
    }

    private static void AssertLines(BpeTokenizer tokenizer, string kind)
    {
        var texts = File.ReadAllText(SharedData.Path($"{Vocabularies}{kind}.gguf.inp")).Split("\n__ggml_vocab_test__\n");
        var lines = File.ReadAllLines(SharedData.Path($"{Vocabularies}{kind}.gguf.out"));
        for (var i = 0; i < lines.Length; i++)
            Assert.Equal(lines[i].Trim(), string.Join(' ', tokenizer.Encode(texts[i])));
    }

    private static BpeTokenizer OfGguf(string path) =>
        (BpeTokenizer)CompanionFiles.LoadTokenizer(SharedData.Path(path), vocabularySize: 0);

    private static BpeTokenizer Load(TemporaryFolder folder, string path)
    {
        using (var packed = new GZipStream(File.OpenRead(SharedData.Path(path)), CompressionMode.Decompress))
        using (var whole = File.Create(folder.File("tokenizer.json")))
            packed.CopyTo(whole);
        return (BpeTokenizer)Tokenizer.Load(folder.Path);
    }

    private static List<(string Text, int[] Ids)> Texts(string path)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(path));
        return Texts(document.RootElement);
    }

    private static List<(string Text, int[] Ids)> Texts(JsonElement list) =>
        [.. list.EnumerateArray().Select(entry => (entry.GetProperty("text").GetString()!, Ids(entry.GetProperty("ids"))))];

    private static int[] Ids(JsonElement ids) => [.. ids.EnumerateArray().Select(id => id.GetInt32())];
}
