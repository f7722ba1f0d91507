using System.Text.Json;
using Pellucid.Models;
using Pellucid.Tensors.Cpu;
using Pellucid.Tokens;

namespace Pellucid.Cli.Tests;

/// <summary>Where texts end, what lies beside weights, and tokens without names, as verbs tell of them.</summary>
public sealed class EndsTests : IDisposable
{
    private const string Template = "{{ bos_token }}{% for message in messages %}{{ message.content }}<|im_end|>{% endfor %}";

    private readonly PellucidProcess _pellucid = new();

    [Theory]
    [InlineData("tokenizer_config.json", "{\"eos_token\": \"<|im_end|>\"}", 257)]
    [InlineData("special_tokens_map.json", "{\"eos_token\": {\"content\": \"</s>\"}}", 258)]
    [InlineData("generation_config.json", "{\"eos_token_id\": [258, 257]}", 258)]
    [InlineData("config.json", null, 256)]
    public void Documents_are_told_apart_by_the_folders_own_end(string file, string? json, int end)
    {
        NewModel("model", 259);
        if (json is not null)
            _pellucid.File($"model/{file}", json);
        _pellucid.File("text.jsonl", string.Concat(Enumerable.Range(10, 80).Select(i => $"{{\"text\": \"document {i}\"}}\n")));
        var trained = _pellucid.Run("train", "--init", "model", "--data", "text.jsonl", "--steps", "1", "--eval-batches", "1",
            "--out", "tuned", "--json").Json;
        Assert.Equal(960, trained.GetProperty("training_tokens").GetInt32() + trained.GetProperty("validation_tokens").GetInt32());
        foreach (var folder in (ReadOnlySpan<string>)["tuned", "tuned/best"])
            Assert.Equal(end, _pellucid.Run("model", "show", folder, "--json").Json.GetProperty("ends")[0].GetInt32());
        Assert.Equal(end,
            Json("tuned/config.json").GetProperty("eos_token_id") is { ValueKind: JsonValueKind.Number } one ? one.GetInt32() : 258);

        _pellucid.File("few.jsonl", string.Concat(Enumerable.Range(10, 12).Select(i => $"{{\"text\": \"lines {i}\"}}\n")));
        var measured = _pellucid.Run("evaluate", "loss", "model", "--data", "few.jsonl", "--json").Json;
        Assert.Equal(106, measured.GetProperty("tokens").GetInt32()); // 12 of 8, 11 ends, all but the first
        var numbers = string.Join($" {end} ",
            Enumerable.Range(10, 12).Select(i => string.Join(' ', $"lines {i}".Select(letter => (int)letter))));
        Assert.Equal(Loss("--tokens", numbers), measured.GetProperty("loss").GetDouble(), 1e-12);
    }

    [Fact]
    public void A_loss_may_be_of_a_beginning_and_of_windows()
    {
        NewModel("model", 259);
        var numbers = string.Join(' ', Enumerable.Range(10, 60));
        Assert.Equal(30, _pellucid.Run("evaluate", "loss", "model", "--tokens", numbers, "--max-tokens", "31", "--json").Json
            .GetProperty("tokens").GetInt32());
        Assert.NotEqual(Loss("--tokens", numbers), Loss("--tokens", numbers, "--context", "4"));
    }

    [Fact]
    public void Characters_of_documents_have_a_separator_and_those_of_a_text_have_not()
    {
        _pellucid.File("text.txt", string.Concat(Enumerable.Repeat("abcd", 100)));
        _pellucid.File("text.jsonl", string.Concat(Enumerable.Repeat("{\"text\":\"abcd\"}\n", 80)));
        string[] shape = ["--layers", "1", "--width", "8", "--heads", "1", "--context", "8", "--steps", "1",
            "--eval-batches", "1", "--json"];
        Assert.Equal(400, Tokens("text.txt", "plain"));
        Assert.Equal(400, Tokens("text.jsonl", "listed"));
        Assert.Equal((4, 0), (Json("plain/config.json").GetProperty("vocab_size").GetInt32(),
            _pellucid.Run("model", "show", "plain", "--json").Json.GetProperty("ends").GetArrayLength()));
        Assert.Equal((5, 4), (Json("listed/config.json").GetProperty("vocab_size").GetInt32(),
            Json("listed/config.json").GetProperty("eos_token_id").GetInt32()));
        Assert.Equal(JsonValueKind.Null, Json("plain/config.json").GetProperty("eos_token_id").ValueKind);
        TrainTests.AssertRefused(_pellucid.Run("generate", "plain", ""), 2,
            "the prompt is empty, and this model has no token to begin a text with");
        Assert.True(_pellucid.Run("generate", "listed", "", "--max-tokens", "3", "--json").Json.GetProperty("bos").GetBoolean());

        int Tokens(string data, string target)
        {
            var json = _pellucid.Run(["train", "--data", data, "--out", target, .. shape]).Json;
            return json.GetProperty("training_tokens").GetInt32() + json.GetProperty("validation_tokens").GetInt32();
        }
    }

    [Fact]
    public void Nothing_beside_the_weights_is_lost()
    {
        NewModel("model", 259);
        string[] files = ["chat_template.jinja", "tokenizer_config.json", "generation_config.json",
            "special_tokens_map.json", "tokenizer.json"];
        _pellucid.File("model/chat_template.jinja", Template);
        _pellucid.File("model/tokenizer_config.json", "{\"bos_token\": \"</s>\", \"eos_token\": \"<|im_end|>\", \"add_bos_token\": true}");
        _pellucid.File("model/generation_config.json", "{\"eos_token_id\": [257, 256], \"temperature\": 0.6}");
        _pellucid.File("model/special_tokens_map.json", "{\"eos_token\": \"<|im_end|>\"}");
        Assert.Equal(0, _pellucid.Run("model", "convert", "model", "--type", "bf16", "--out", "small").Code);
        _pellucid.File("text.txt", string.Concat(Enumerable.Repeat("abcd", 100)));
        Assert.Equal(0,
            _pellucid.Run("train", "--init", "model", "--data", "text.txt", "--steps", "1", "--eval-batches", "1", "--out", "tuned").Code);
        foreach (var folder in (ReadOnlySpan<string>)["small", "tuned", "tuned/best"])
        {
            foreach (var file in files)
                Assert.Equal(File.ReadAllBytes(_pellucid.File($"model/{file}")), File.ReadAllBytes(_pellucid.File($"{folder}/{file}")));
            var shown = _pellucid.Run("model", "show", folder, "--json").Json;
            Assert.Equal([257, 256], shown.GetProperty("ends").EnumerateArray().Select(end => end.GetInt32()));
            Assert.Equal((258, true), (shown.GetProperty("begin").GetInt32(), shown.GetProperty("bos").GetBoolean()));
        }
        var tokens = Tokens("look", "lens", "small", "abc");
        Assert.Equal([258, 97, 98, 99], tokens);
        Assert.Equal(tokens[1..], Tokens("look", "lens", "small", "abc", "--bos", "false"));
        Assert.Equal([97, 98], Tokens("look", "lens", "small", "--tokens", "97 98")); // numbers are taken as they are
        Assert.Equal([258, 97, 98], Tokens("look", "lens", "small", "--tokens", "97 98", "--bos"));
    }

    [Fact]
    public void Tokens_without_names_are_shown_by_their_numbers_and_never_written()
    {
        NewModel("model", 300, scale: 40);
        var written = _pellucid.Run("generate", "model", "--tokens", "97 98 290", "--temperature", "0", "--max-tokens",
            "30", "--logprobs", "--json");
        Assert.All(written.Json.GetProperty("tokens").EnumerateArray(), token => Assert.InRange(token.GetInt32(), 0, 258));
        Assert.StartsWith("ab<290>", written.Error, StringComparison.Ordinal);
        var lens = _pellucid.Run("look", "lens", "model", "--tokens", "97 290 98", "--target-token", "299", "--top", "300", "--json").Json;
        Assert.Equal("<290>", lens.GetProperty("tokens")[1].GetProperty("text").GetString());
        Assert.Equal(Enumerable.Range(259, 41).Select(token => $"<{token}>"),
            lens.GetProperty("readings")[0].GetProperty("top").EnumerateArray()
                .Where(token => token.GetProperty("token").GetInt32() > 258)
                .OrderBy(token => token.GetProperty("token").GetInt32())
                .Select(token => token.GetProperty("text").GetString()));
    }

    [Fact]
    public void A_tokenizer_may_know_more_than_the_model_as_long_as_that_is_not_asked()
    {
        NewModel("model", 120);
        Assert.Equal(0, _pellucid.Run("generate", "model", "abc", "--max-tokens", "3").Code);
        TrainTests.AssertRefused(_pellucid.Run("generate", "model", "abz", "--max-tokens", "3"), 2,
            "z is token 122 of the tokenizer, but the model has only 120");
        TrainTests.AssertRefused(_pellucid.Run("look", "attribute", "model", "abc", "--answer", "z", "--wrong", "a"), 2,
            "'z' is token 122 of the tokenizer, but the model has only 120");
        _pellucid.File("text.txt", string.Concat(Enumerable.Repeat("abcz", 100)));
        TrainTests.AssertRefused(_pellucid.Run("train", "--init", "model", "--data", "text.txt", "--steps", "1", "--out", "x"), 1,
            "z is token 122 of the tokenizer, but the model has only 120");
    }

    [Fact]
    public void Every_verb_that_takes_a_prompt_takes_numbers_and_needs_no_tokenizer()
    {
        NewModel("model", 40, named: false);
        string[] pair = ["--tokens", "3 4 5", "--source-tokens", "3 6 5", "--answer-token", "7", "--wrong-token", "8"];
        Assert.Equal([3, 4, 5], Tokens("look", "lens", "model", "--tokens", "3 4 5", "--target-token", "7"));
        Assert.Equal([3, 4, 5], Tokens("look", "attention", "model", "--tokens", "3,4,5"));
        Assert.Equal([3, 4, 5, 6, 7], Tokens("look", "ablate", "model", "--tokens", "3 4 5", "--tokens", "6 7", "--answer-token", "7",
            "--wrong-token", "8", "--reference-tokens", "1 2 3"));
        Assert.Equal([3, 4, 5], Tokens("look", "attribute", "model", "--tokens", "3 4 5", "--answer-token", "7", "--wrong-token", "8"));
        Assert.Equal([3, 4, 5], Tokens(["look", "patch", "model", .. pair]));
        Assert.Equal([3, 4, 5], Tokens(["look", "path", "model", .. pair]));
        Assert.Equal([3, 4, 5], Tokens("look", "intervene", "model", "--tokens", "3 4 5", "--source-tokens", "3 6 5", "--change",
            "1.0=source", "--out", "saved.json"));
        Assert.Equal([3, 4, 5], Tokens("look", "intervene", "model", "--replay", "saved.json"));
        Assert.Contains("<4>",
            _pellucid.Run("look", "lens", "model", "--tokens", "3 4", "--position", "1").Output, StringComparison.Ordinal);
        Assert.Equal(2, _pellucid.Run("evaluate", "loss", "model", "--tokens", "3 4 5", "--json").Json.GetProperty("tokens").GetInt32());
        var logits = _pellucid.Run("evaluate", "logits", "model", "--tokens", "3 4 5", "--out", "logits.npy", "--json").Json;
        Assert.Equal((3, 40), (logits.GetProperty("rows").GetInt32(), logits.GetProperty("vocabulary_size").GetInt32()));
        Assert.Equal([3, 4, 5], logits.GetProperty("tokens").EnumerateArray().Select(token => token.GetInt32()));
        Assert.Equal(128 + 4 * 3 * 40, new FileInfo(_pellucid.File("logits.npy")).Length);
        var written = _pellucid.Run("generate", "model", "--tokens", "3 4 5", "--max-tokens", "4", "--temperature", "0", "--json").Json;
        Assert.Equal(logits.GetProperty("top")[2][0].GetProperty("token").GetInt32(), written.GetProperty("tokens")[0].GetInt32());
        Assert.Equal(string.Concat(written.GetProperty("tokens").EnumerateArray().Select(token => $"<{token.GetInt32()}>")),
            written.GetProperty("text").GetString());
        TrainTests.AssertRefused(_pellucid.Run("generate", "model", "words"), 2, "this model has no tokenizer");
        TrainTests.AssertRefused(_pellucid.Run("look", "patch", "model", "--tokens", "3", "--source-tokens", "3", "--source", "a",
            "--answer-token", "1", "--wrong-token", "2"), 2, "give either --source or --source-tokens");
    }

    private double Loss(params string[] more) =>
        _pellucid.Run(["evaluate", "loss", "model", "--json", .. more]).Json.GetProperty("loss").GetDouble();

    private int[] Tokens(params string[] words) =>
        [.. _pellucid.Run([.. words, "--json"]).Json
            .GetProperty("tokens").EnumerateArray()
            .Select(token => token.GetProperty("token").GetInt32())];

    private JsonElement Json(string file)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(_pellucid.File(file)));
        return document.RootElement.Clone();
    }

    // A token a byte, then <|endoftext|> (256), <|im_end|> (257) and </s> (258).
    private void NewModel(string name, int rows, bool named = true, float scale = 4)
    {
        using var backend = CpuBackend.Create(1);
        using var gpt = new Gpt(new GptConfig { VocabularySize = rows, Context = 32, Layers = 2, Heads = 2, Width = 16 }, backend);
        gpt.Initialize(1);
        var table = new float[gpt[ParameterRole.TokenTable].Count];
        backend.Read(gpt[ParameterRole.TokenTable], table);
        backend.Write([.. table.Select(value => (1 + scale) * value)], gpt[ParameterRole.TokenTable]);
        Checkpoint.Save(_pellucid.File(name), gpt);
        if (named)
            BpeTrainer.Train([new byte[] { 97, 98 }], 259, special: ["<|im_end|>", "</s>"]).Save(_pellucid.File(name));
    }

    public void Dispose() => _pellucid.Dispose();
}
