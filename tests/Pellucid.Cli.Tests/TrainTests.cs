using System.Diagnostics;
using System.Text.Json;

namespace Pellucid.Cli.Tests;

public sealed class TrainTests
{
    private static readonly string[] Small = ["train", "--steps", "12", "--layers", "1", "--width", "16", "--heads", "2", "--context", "16",
        "--eval-every", "6", "--eval-batches", "2"];

    [Fact]
    public void A_run_leaves_everything_it_promises()
    {
        using var pellucid = new PellucidProcess();
        var json = pellucid.Run([.. Small, "--out", "run", "--json"]).Json;
        Assert.Equal(12, json.GetProperty("steps").GetInt32());
        foreach (var field in (string[])["train_loss", "val_loss", "best_val_loss", "tokens_per_second", "milliseconds_per_step",
            "peak_memory_bytes", "parameters"])
            Assert.True(json.GetProperty(field).GetDouble() > 0, field);
        foreach (var file in (string[])["config.json", "model.safetensors", "characters.json", "run.json", "resume.safetensors",
            "log.jsonl", "loss.png", "loss.svg", "best/config.json", "best/model.safetensors", "best/characters.json"])
            Assert.True(new FileInfo(Path.Combine(pellucid.Folder, "run", file)).Length > 0, file);
        Assert.Empty(Directory.GetFiles(pellucid.Folder, "*.tmp*", SearchOption.AllDirectories));
        var log = File.ReadAllLines(pellucid.File("run/log.jsonl")).Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.Equal(Enumerable.Range(0, 13), log.Select(entry => entry.GetProperty("step").GetInt32()));
        Assert.Equal(json.GetProperty("val_loss").GetDouble(), log[12].GetProperty("val_loss").GetDouble());
        Assert.StartsWith("\u0089PNG",
            System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(pellucid.File("run/loss.png"))), StringComparison.Ordinal);
        Assert.Contains("<svg", File.ReadAllText(pellucid.File("run/loss.svg")), StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_seed_gives_the_same_bytes_on_any_number_of_threads()
    {
        using var pellucid = new PellucidProcess();
        byte[] Weights(string name, params string[] words)
        {
            Assert.Equal(0, pellucid.Run([.. Small, "--out", name, .. words]).Code);
            return File.ReadAllBytes(pellucid.File($"{name}/model.safetensors"));
        }
        var first = Weights("a", "--seed", "5", "--threads", "1");
        Assert.Equal(first, Weights("b", "--seed", "5", "--threads", "2"));
        Assert.NotEqual(first, Weights("c", "--seed", "6"));
    }

    [Fact]
    public void A_second_run_never_touches_the_first()
    {
        using var pellucid = new PellucidProcess();
        Assert.Contains("runs/micro-world",
            pellucid.Run([.. Small, "--json"]).Json.GetProperty("out").GetString(), StringComparison.Ordinal);
        Assert.EndsWith("micro-world-2", pellucid.Run([.. Small, "--json"]).Json.GetProperty("out").GetString(), StringComparison.Ordinal);
        AssertRefused(pellucid.Run([.. Small, "--out", "runs/micro-world"]), 1,
            "runs/micro-world already holds a model; choose another folder");
    }

    [Theory]
    [InlineData("indirect-object-shuffled")]
    [InlineData("invented-words")]
    public void Built_in_texts_are_learned_by_their_names(string name)
    {
        using var pellucid = new PellucidProcess();
        Assert.EndsWith(name,
            pellucid.Run([.. Small, "--data", name, "--json"]).Json.GetProperty("out").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Interrupting_saves_the_weights_first()
    {
        using var pellucid = new PellucidProcess();
        using var process = pellucid.Start(["train", "--steps", "1000000", "--layers", "1", "--width", "16", "--heads", "2", "--context",
            "16", "--eval-every", "1000000", "--out", "run"]);
        while (!File.Exists(pellucid.File("run/model.safetensors")) || File.ReadLines(pellucid.File("run/log.jsonl")).Count() < 20)
            Thread.Sleep(20);
        var before = File.ReadAllBytes(pellucid.File("run/model.safetensors"));
        PellucidProcess.Interrupt(process);
        var outcome = PellucidProcess.Finish(process);
        AssertRefused(outcome, 1, "interrupted at step");
        Assert.NotEqual(before, File.ReadAllBytes(pellucid.File("run/model.safetensors")));
        Assert.Equal(0, pellucid.Run("generate", "run", "The ", "--max-tokens", "3").Code);
    }

    [Fact]
    public void Every_mistake_gets_one_clear_line_and_the_right_code()
    {
        using var pellucid = new PellucidProcess();
        pellucid.File("empty.txt", "");
        pellucid.File("short.txt", "abc");
        AssertRefused(pellucid.Run("train", "--heads", "3"), 2, "heads (3) does not divide width (128)");
        AssertRefused(pellucid.Run("train", "--data", "empty.txt"), 1, "empty.txt is empty");
        AssertRefused(pellucid.Run("train", "--data", "short.txt"), 1,
            "short.txt: the text has 3 tokens; with 10% set aside for validation, sequences of 64 need at least 641");
        AssertRefused(pellucid.Run("train", "--data", "missing.txt"), 1, "there is no file missing.txt");
        using var noTexts = new PellucidProcess();
        AssertRefused(pellucid.Run("train", "--data", noTexts.Folder), 1, "has no text file (.txt, .text, .md, .jsonl, .ndjson)");
        AssertRefused(pellucid.Run("train", "--steps", "0"), 2, "steps must be at least 1");
        AssertRefused(pellucid.Run("train", "--lr", "-1"), 2, "the learning rate must be above 0");
        AssertRefused(pellucid.Run("train", "--tokenizer", "words"), 2, "--tokenizer is 'words'");
        AssertRefused(pellucid.Run("train", "--preset", "gpt9"), 2, "there is no preset 'gpt9'");
        AssertRefused(pellucid.Run("train", "--device", "cuda"), 1, "the device cuda is not available");
        AssertRefused(pellucid.Run("train", "--steps", "many"), 2, "--steps");
        AssertRefused(pellucid.Run("train", "--stepz", "3"), 2, "--stepz");
        AssertRefused(pellucid.Run("tain"), 2, "tain");
        AssertRefused(pellucid.Run("", ["doctor"], ("PELLUCID_SIMD", "avx1024")), 2,
            "PELLUCID_SIMD is 'avx1024'; it can be avx512, avx2 or vector128");
        Assert.Empty(Directory.GetDirectories(pellucid.Folder));
    }

    [Fact]
    public void Training_that_comes_apart_stops_and_keeps_the_last_good_weights()
    {
        using var pellucid = new PellucidProcess();
        var outcome = pellucid.Run([.. Small, "--lr", "1e12", "--clip", "0", "--warmup", "0", "--out", "run"]);
        AssertRefused(outcome, 1, "is not a number at step");
        Assert.Contains("The last good weights are in run", outcome.Error, StringComparison.Ordinal);
        Assert.Equal(0, pellucid.Run("generate", "run/best", "The ", "--max-tokens", "3").Code);
    }

    [Fact]
    public void A_model_with_the_blocks_of_Llama_is_saved_as_one_and_goes_on()
    {
        using var pellucid = new PellucidProcess();
        string[] blocks = ["--kv-heads", "1", "--norm", "rms", "--positions", "rotary", "--feed-forward", "gated"];
        Assert.Equal(0, pellucid.Run([.. Small, .. blocks, "--out", "model"]).Code);
        var shown = pellucid.Run("model", "show", "model", "--json").Json;
        Assert.Equal("llama", shown.GetProperty("family").GetString());
        Assert.Equal(1, shown.GetProperty("key_value_heads").GetInt32());
        Assert.Contains("rotary, theta 10,000", pellucid.Run("model", "show", "model").Output, StringComparison.Ordinal);
        Assert.Equal(0, pellucid.Run("generate", "model", "The ", "--max-tokens", "3").Code);
        AssertRefused(pellucid.Run("train", "--norm", "rms"), 2, "no family of models that can be saved has such blocks");
    }

    [Fact]
    public void Texts_come_from_folders_JSONL_and_files_of_tokens()
    {
        using var pellucid = new PellucidProcess();
        Directory.CreateDirectory(pellucid.File("texts/more"));
        pellucid.File("texts/b.txt", string.Concat(Enumerable.Repeat("the cat sat on the mat. ", 40)));
        pellucid.File("texts/more/a.jsonl", string.Concat(Enumerable.Repeat("{\"body\":\"the dog ran in the fog. \"}\n", 40)));
        pellucid.File("texts/ignored.png", "no text");
        string[] small = [.. Small, "--tokenizer", "bpe:280", "--seed", "4"];
        var json = pellucid.Run([.. small, "--data", "texts", "--text-field", "body", "--out", "a", "--json"]).Json;
        var tokens = json.GetProperty("training_tokens").GetInt64() + json.GetProperty("validation_tokens").GetInt64();
        // The same tokens, cut by hand, as a shard: the same weights.
        var documents = Enumerable.Repeat("the dog ran in the fog. ", 40).Prepend(File.ReadAllText(pellucid.File("texts/b.txt"))).ToArray();
        var ids = new List<int>();
        var tokenizer = Pellucid.Tokens.Tokenizer.Load(pellucid.File("a"));
        foreach (var document in documents)
            ids.AddRange([.. ids.Count > 0 ? [tokenizer.EndOfText!.Value] : Array.Empty<int>(), .. tokenizer.Encode(document)]);
        Assert.Equal(ids.Count, tokens);
        File.WriteAllBytes(pellucid.File("tokens.bin"), [.. ids.SelectMany(id => BitConverter.GetBytes((ushort)id))]);
        Assert.Equal(0, pellucid.Run([.. Small, "--seed", "4", "--data", "tokens.bin", "--tokenizer", "a", "--out", "b"]).Code);
        Assert.Equal(File.ReadAllBytes(pellucid.File("a/model.safetensors")), File.ReadAllBytes(pellucid.File("b/model.safetensors")));
        AssertRefused(pellucid.Run([.. Small, "--data", "tokens.bin"]), 2,
            "files of tokens need the tokenizer that made them: --tokenizer FOLDER");
        AssertRefused(pellucid.Run([.. Small, "--data", "tokens.bin", "texts"]), 2, "not both");
        AssertRefused(pellucid.Run([.. Small, "--data", "texts"]), 1,
            "a.jsonl: line 1 is not a JSON object whose field 'text' is a string");
        File.WriteAllBytes(pellucid.File("tokens.bin"), [255, 255]);
        AssertRefused(pellucid.Run([.. Small, "--data", "tokens.bin", "--tokenizer", "a"]), 1,
            "tokens.bin: token 0 is 65535, but the vocabulary has only ");
    }

    internal static void AssertRefused(Outcome outcome, int code, string words)
    {
        var line = Assert.Single(outcome.Error.TrimEnd('\n').Split('\n'));
        Assert.StartsWith("pellucid: ", line, StringComparison.Ordinal);
        Assert.Contains(words, line, StringComparison.Ordinal);
        Assert.Equal(code, outcome.Code);
    }
}
