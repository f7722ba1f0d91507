using System.Text.Json;

namespace Pellucid.Cli.Tests;

/// <summary>Runs that are made longer, validated elsewhere, or cannot be; and names of models where tokenizers are asked for.</summary>
public sealed class RunWordsTests : IDisposable
{
    private static readonly string[] Small =
    [
        "train", "--data", "text.txt", "--layers", "1", "--heads", "2", "--width", "16", "--context", "16", "--batch", "4",
        "--eval-batches", "2", "--threads", "1", "--out", "run",
    ];

    private readonly PellucidProcess _pellucid = new();

    public RunWordsTests() => _pellucid.File("text.txt", string.Concat(Enumerable.Repeat("the cat sat on the mat. a dog ran by. ", 30)));

    public void Dispose() => _pellucid.Dispose();

    private Outcome Train(params string[] more) => _pellucid.Run([.. Small, .. more]);

    private float[] Rates() => [.. File.ReadAllLines(Path.Combine(_pellucid.Folder, "run", "log.jsonl"))
        .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("lr").GetSingle()).Skip(1)];

    [Fact]
    public void A_run_that_is_done_says_so_and_is_made_longer_with_the_schedule_told()
    {
        Assert.Equal(0, Train("--steps", "10", "--lr", "1e-2", "--min-lr", "1e-3").Code);
        var done = _pellucid.Run("train", "--resume", "--out", "run");
        Assert.Equal(0, done.Code);
        Assert.Contains("There is nothing to do: the run has made its 10 steps; --steps with more makes it longer.", done.Output,
            StringComparison.Ordinal);
        Assert.Equal(10, Rates().Length);
        var longer = _pellucid.Run("train", "--resume", "--out", "run", "--steps", "20");
        Assert.True(longer.Code == 0, longer.Error);
        Assert.Contains("10 steps become 20: the learning rate, ", longer.Output, StringComparison.Ordinal);
        Assert.Contains(" in the next one, on the longer curve, and falls to ", longer.Output, StringComparison.Ordinal);
        var rates = Rates();
        Assert.Equal(20, rates.Length);
        Assert.True(rates[10] > 2 * rates[9] && rates[19] < 0.25 * rates[10], string.Join(' ', rates));
        // The longer run is the run from now on.
        Assert.Contains("has made its 20 steps", _pellucid.Run("train", "--resume", "--out", "run").Output, StringComparison.Ordinal);
        var shorter = _pellucid.Run("train", "--resume", "--out", "run", "--steps", "15");
        Assert.Equal((2, "pellucid: the run was begun with --steps 20; it can be made longer, not shorter\n"),
            (shorter.Code, shorter.Error));
    }

    [Fact]
    public void A_warm_up_that_never_ends_is_refused_and_short_runs_have_a_short_one()
    {
        var refused = Train("--steps", "20", "--warmup", "20");
        Assert.Equal((2, "pellucid: --warmup is 20 of 20 steps: the learning rate would never fall\n"), (refused.Code, refused.Error));
        Assert.Equal(0, Train("--steps", "20", "--lr", "1e-2").Code);
        var rates = Rates();
        Assert.Equal(0.01f, rates[2], 1e-6f);
        Assert.True(rates[^1] < 0.002f);
    }

    [Fact]
    public void What_is_validated_on_may_be_another_text()
    {
        _pellucid.File("other.txt", string.Concat(Enumerable.Repeat("tac eht ", 40)));
        var json = Train("--steps", "3", "--val-data", "other.txt", "--json").Json;
        Assert.Equal(30 * "the cat sat on the mat. a dog ran by. ".Length, json.GetProperty("training_tokens").GetInt32());
        Assert.Equal(320, json.GetProperty("validation_tokens").GetInt32());
        Assert.True(json.GetProperty("val_loss").GetDouble() > 0);
        var resumed = _pellucid.Run("train", "--resume", "--out", "run", "--steps", "6", "--json").Json;
        Assert.Equal(320, resumed.GetProperty("validation_tokens").GetInt32());
        _pellucid.File("other.txt", "another text by now");
        Assert.Equal(1, _pellucid.Run("train", "--resume", "--out", "run", "--steps", "9").Code);
    }

    [Fact]
    public void What_cannot_fit_into_memory_is_refused_with_the_plan_before_it_begins()
    {
        Outcome Run(params string[] words) => _pellucid.Run("", words, ("DOTNET_GCHeapHardLimit", "0x10000000"));
        var train = Run("train", "--data", "text.txt", "--width", "2048", "--context", "16", "--batch", "4", "--out", "run");
        Assert.Equal(1, train.Code);
        Assert.Matches(@"^pellucid: training needs \d\.\d GiB of memory \(weights [0-9.]+ MiB, gradients and moments [0-9.]+ GiB, "
            + @"activations of 64 tokens [0-9.]+ MiB\), and this machine has 256\.0 MiB; --force begins all the same\n$", train.Error);
        Assert.False(Directory.Exists(Path.Combine(_pellucid.Folder, "run")));
        foreach (var words in (string[][])[["bench", "train", "--preset", "gpt2-xl"], ["bench", "prefill", "--preset", "gpt2"],
            ["bench", "decode", "--preset", "gpt2"]])
            Assert.Contains("--force begins all the same", Run(words).Error, StringComparison.Ordinal);
        Assert.Equal(0, Run("generate", "tiny", "Anna", "--max-tokens", "2").Code);
    }

    [Fact]
    public void A_model_by_its_name_is_a_tokenizer_too()
    {
        Assert.Equal("ids", _pellucid.Run("tokenizer", "encode", "--tokenizer", "tiny", "Anna", "--json").Json.EnumerateObject()
            .First(field => field.Name == "ids").Name);
        var json = Train("--tokenizer", "tiny", "--steps", "2", "--json").Json;
        Assert.Equal(2048, JsonDocument.Parse(File.ReadAllText(Path.Combine(_pellucid.Folder, "run", "config.json"))).RootElement
            .GetProperty("vocab_size").GetInt32());
        Assert.Equal(1u, json.GetProperty("seed").GetUInt32());
        var missing = _pellucid.Run("tokenizer", "encode", "--tokenizer", "nowhere", "Anna");
        Assert.Equal((1, "pellucid: there is no tokenizer nowhere\n"), (missing.Code, missing.Error));
    }

    [Fact]
    public void An_experiment_names_its_model_and_a_training_that_has_not_saved_is_told_of()
    {
        Assert.Equal(0, _pellucid.Run("look", "intervene", "tiny", "Anna gave", "--change", "1.3=0", "--out", "saved.json").Code);
        var saved = File.ReadAllText(Path.Combine(_pellucid.Folder, "saved.json"));
        Assert.Equal("tiny", JsonDocument.Parse(saved).RootElement.GetProperty("model").GetString());
        Assert.DoesNotContain("was made on", _pellucid.Run("look", "intervene", "tiny", "--replay", "saved.json").Output,
            StringComparison.Ordinal);
        _pellucid.File("saved.json", saved.Replace("\"tiny\"", "\"gpt2\"", StringComparison.Ordinal));
        Assert.Contains("this experiment was made on gpt2, and is done here on tiny",
            _pellucid.Run("look", "intervene", "tiny", "--replay", "saved.json").Output, StringComparison.Ordinal);
        _pellucid.File("saved.json", saved.Replace("sha256:", "sha256:0", StringComparison.Ordinal));
        Assert.Contains("this experiment was made on other weights of that name",
            _pellucid.Run("look", "intervene", "tiny", "--replay", "saved.json").Output, StringComparison.Ordinal);
        _pellucid.File("saved.json", saved.Replace("\"source\": \"\"", "\"source\": \"Anna took\", \"measure\": \"patch z heads\"",
            StringComparison.Ordinal));
        Assert.Contains("patch z heads is measured on a model as it is, and the experiment changes 1.3=0",
            _pellucid.Run("look", "intervene", "tiny", "--replay", "saved.json").Error, StringComparison.Ordinal);
        Directory.CreateDirectory(Path.Combine(_pellucid.Folder, "live"));
        _pellucid.File("live/run.json", "{}");
        var explored = _pellucid.Run("explore", "live");
        Assert.Equal(1, explored.Code);
        Assert.StartsWith("pellucid: the training in live has not saved yet", explored.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_drawn_seed_is_the_seed_of_the_run_when_it_goes_on()
    {
        var run = Train("--steps", "3", "--seed", "random", "--json");
        var seed = run.Json.GetProperty("seed").GetUInt64();
        Assert.StartsWith($"seed {seed}\n", run.Error, StringComparison.Ordinal);
        Assert.Equal(seed, _pellucid.Run("train", "--resume", "--out", "run", "--json").Json.GetProperty("seed").GetUInt64());
    }

    [Theory]
    [InlineData("Anna gave\n")]
    [InlineData("Anna gave\r\n")]
    [InlineData("Anna gave")]
    public void A_prompt_from_standard_input_does_not_keep_its_last_line_end(string input)
    {
        var run = _pellucid.Run(input, ["generate", "tiny", "-", "--max-tokens", "3", "--temperature", "0"]);
        Assert.Equal(_pellucid.Run("generate", "tiny", "Anna gave", "--max-tokens", "3", "--temperature", "0").Output, run.Output);
    }
}
