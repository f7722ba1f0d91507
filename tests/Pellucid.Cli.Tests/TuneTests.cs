namespace Pellucid.Cli.Tests;

/// <summary><c>pellucid tune</c>, with the built-in model.</summary>
public sealed class TuneTests
{
    private const string Answers = """
        {"prompt": "Where is the ball? ", "completion": "The ball is in the box."}
        {"prompt": "Who is there? ", "completion": "John is there.", "source": "me"}
        {"prompt": "Where is Mary? ", "completion": "Mary is in the garden."}
        {"prompt": "What is this? ", "completion": "It is a cat."}
        """;

    private const string Pairs = """
        {"prompt": "Where is the ball? ", "chosen": "In the box.", "rejected": "I know."}
        {"prompt": "Who is there? ", "chosen": "John.", "rejected": "I know."}
        """;

    [Fact]
    public void Examples_are_learned_by_an_adapter_that_every_verb_takes()
    {
        using var pellucid = NewProcess();
        var json = pellucid.Run("tune", "sft", "tiny", "--data", "answers.jsonl", "--out", "a", "--steps", "60", "--batch", "4",
            "--lr", "3e-3", "--eval-data", "answers.jsonl", "--json").Json;
        Assert.True(json.GetProperty("loss").GetDouble() < 0.5 * json.GetProperty("first_loss").GetDouble(), json.ToString());
        Assert.True(json.GetProperty("eval").GetDouble() <= json.GetProperty("loss").GetDouble() + 0.05, json.ToString());
        Assert.Equal(65536, json.GetProperty("trainable_parameters").GetInt32());
        Assert.Contains("columns not read: source",
            pellucid.Run("tune", "sft", "tiny", "--data", "answers.jsonl", "--out", "b", "--steps", "1").Output.Replace("\n", ""));
        foreach (var file in (string[])["adapter_config.json", "adapter_model.safetensors", "vocab.json", "merges.txt",
            "log.jsonl", "run.json"])
            Assert.True(File.Exists(pellucid.File($"a/{file}")), file);
        Assert.StartsWith("Where is the ball? The ball is in the box.",
            pellucid.Run("generate", "tiny+a", "Where is the ball? ", "--temperature", "0", "--max-tokens", "7").Output);
        var merged = pellucid.Run("tune", "merge", "tiny+a", "--out", "m", "--json").Json;
        Assert.InRange(merged.GetProperty("largest_difference").GetDouble(), 0, 1e-4);
        Assert.Equal(pellucid.Run("generate", "tiny+a", "Who is ", "--temperature", "0", "--max-tokens", "9").Output,
            pellucid.Run("generate", "m", "Who is ", "--temperature", "0", "--max-tokens", "9").Output);
    }

    [Fact]
    public void A_whole_model_that_is_tuned_stops_where_answers_end()
    {
        using var pellucid = NewProcess();
        Assert.Equal(0, pellucid.Run("tune", "sft", "tiny", "--lora", "0", "--data", "answers.jsonl", "--out", "whole", "--steps", "60",
            "--batch", "4", "--lr", "3e-3").Code);
        Assert.Equal("Where is the ball? The ball is in the box.",
            pellucid.Run("generate", "whole", "Where is the ball? ", "--temperature", "0", "--max-tokens", "40").Output.TrimEnd());
    }

    [Fact]
    public void Options_of_a_file_are_as_if_they_had_been_written_and_given_ones_count()
    {
        using var pellucid = NewProcess();
        pellucid.File("config.json", """
            {"model": "tiny", "data": ["answers.jsonl"], "steps": 50, "lr": 1e-3, "batch": 2, "rslora": true, "dora": false}
            """);
        Assert.Equal(3, pellucid.Run("tune", "sft", "--config", "config.json", "--out", "a", "--steps", "3", "--json").Json
            .GetProperty("steps").GetInt32());
        Assert.Equal(3, pellucid.Run("tune", "sft", "tiny", "--data", "answers.jsonl", "--batch", "2", "--lr", "1e-3", "--rslora",
            "--steps", "3", "--out", "b", "--json").Json.GetProperty("steps").GetInt32());
        Assert.Equal(File.ReadAllBytes(pellucid.File("a/adapter_model.safetensors")),
            File.ReadAllBytes(pellucid.File("b/adapter_model.safetensors")));
        Assert.Contains("\"--lr\"", File.ReadAllText(pellucid.File("a/run.json")), StringComparison.Ordinal);
        pellucid.File("bad.json", """{"model": "tiny", "lr": {"a": 1}}""");
        Assert.Contains("bad.json: 'lr' is {\"a\": 1}, where a text", pellucid.Run("tune", "sft", "--config", "bad.json").Error,
            StringComparison.Ordinal);
        pellucid.File("unknown.json", """{"model": "tiny", "data": "answers.jsonl", "out": "c", "learning": 1}""");
        Assert.Contains("has no option --learning", pellucid.Run("tune", "sft", "--config", "unknown.json").Error,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_options_is_read_wherever_it_is_named_and_nothing_in_it_is_lost()
    {
        using var pellucid = NewProcess();
        var root = PellucidCommand.CreateRoot();
        string[] Read(string json, params string[] words)
        {
            var file = pellucid.File("some.json", json);
            return Pellucid.Cli.Tune.ConfigWords.Read(root, [.. words.Select(word => word == "FILE" ? file : word)]);
        }
        Assert.Equal(["--json", "--threads", "1", "tune", "dpo", "tiny", "--lr", "1", "--dora=false"],
            Read("""{"model": "tiny", "lr": 1, "dora": false}""", "--json", "--threads", "1", "tune", "dpo", "--config", "FILE"));
        Assert.Equal(["tune", "dpo", "--data", "a", "--threads", "1", "other", "--lr", "1"],
            Read("""{"model": "tiny", "lr": 1}""", "tune", "dpo", "--data", "a", "--config", "FILE", "--threads", "1", "other"));
        Assert.Equal(["generate", "tiny", "--config=x"], Read("{}", "generate", "tiny", "--config=x"));
        foreach (var (json, because) in ((string, string)[])[("""{"config": "more.json"}""", "'config' cannot stand"),
            ("""{"data": []}""", "a list that is not empty")])
            Assert.Contains(because, Assert.Throws<InvalidDataException>(() => Read(json, "tune", "dpo", "--config", "FILE")).Message,
                StringComparison.Ordinal);
        Assert.Contains("twice", Assert.Throws<InvalidDataException>(
            () => Read("{}", "tune", "dpo", "--config", "FILE", "--config=FILE")).Message, StringComparison.Ordinal);
        Assert.Contains("is a folder", Assert.Throws<InvalidDataException>(
            () => Read("{}", "tune", "dpo", "--config", pellucid.Folder)).Message, StringComparison.Ordinal);
        pellucid.File("false.json", """{"model": "tiny", "data": "answers.jsonl", "steps": 1, "nonsense": false}""");
        TrainTests.AssertRefused(pellucid.Run("--threads", "1", "tune", "sft", "--config", "false.json"), 2, "no option --nonsense");
    }

    [Fact]
    public void A_run_that_gets_no_better_ends_and_leaves_what_was_best()
    {
        using var pellucid = NewProcess();
        pellucid.File("other.jsonl", """{"prompt": "Where is the ball? ", "completion": "John is there."}""");
        string[] words = ["tune", "sft", "tiny", "--lora", "0", "--data", "answers.jsonl", "--batch", "4", "--lr", "1e-2", "--steps", "60",
            "--eval-data", "other.jsonl", "--eval-every", "1", "--patience", "3", "--seed", "1"];
        var json = pellucid.Run([.. words, "--out", "a", "--sample-every", "2", "--json"]).Json;
        var evaluations = File.ReadLines(pellucid.File("a/log.jsonl")).Select(line =>
            System.Text.Json.JsonDocument.Parse(line).RootElement.GetProperty("eval").GetDouble()).ToList();
        Assert.True(json.GetProperty("steps").GetInt32() < 60, json.ToString());
        Assert.Equal(evaluations.IndexOf(evaluations.Min()) + 1 + 3, evaluations.Count);
        var kept = pellucid.Run("tune", "evaluate", "a", "--data", "other.jsonl", "--max-tokens", "2", "--json").Json
            .GetProperty("rows")[0].GetProperty("loss").GetDouble();
        Assert.Equal(evaluations.Min(), kept, 1e-5);
        Assert.Equal(2 * (evaluations.Count / 2), File.ReadLines(pellucid.File("a/samples.jsonl")).Count());
    }

    [Theory]
    [InlineData("dpo")]
    [InlineData("orpo")]
    [InlineData("simpo")]
    [InlineData("reward")]
    public void Pairs_are_learned_by_every_method(string method)
    {
        using var pellucid = NewProcess();
        var json = pellucid.Run("tune", method, "tiny", "--data", "pairs.jsonl", "--out", "a", "--steps", "8", "--batch", "2",
            "--lr", "1e-3", "--json").Json;
        Assert.True(json.GetProperty("loss").GetDouble() < json.GetProperty("first_loss").GetDouble(), json.ToString());
        Assert.Equal(1, json.GetProperty("accuracy").GetDouble());
        if (method == "dpo")
            Assert.Equal(Math.Log(2), json.GetProperty("first_loss").GetDouble());
    }

    [Fact]
    public void What_TRL_computes_otherwise_is_computed_so_where_it_is_asked_for()
    {
        using var pellucid = NewProcess();
        double[] Losses(string folder, params string[] more)
        {
            pellucid.Run(["tune", "dpo", "tiny", "--data", "pairs.jsonl", "--out", folder, "--steps", "2", "--batch", "2", "--lr", "1e-3",
                "--loss", "ipo", .. more]);
            return [.. File.ReadLines(pellucid.File($"{folder}/log.jsonl")).Select(line =>
                System.Text.Json.JsonDocument.Parse(line).RootElement.GetProperty("loss").GetDouble())];
        }

        var (paper, trl) = (Losses("paper"), Losses("trl", "--as-trl"));
        Assert.Equal((25, 25), (paper[0], trl[0])); // (1 / 2β)² before anything is learned
        Assert.True(paper[1] < trl[1], $"{paper[1]} {trl[1]}"); // a margin of sums grows faster than one of means
    }

    [Fact]
    public void A_run_that_is_interrupted_saves_first_and_goes_on()
    {
        using var pellucid = NewProcess();
        string[] words = ["--data", "pairs.jsonl", "--batch", "2", "--save-every", "4", "--lora-dropout", "0.1"];
        using var process = pellucid.Start(["tune", "dpo", "tiny", .. words, "--steps", "100000", "--out", "long"]);
        while (!File.Exists(pellucid.File("long/resume.safetensors")) && !process.HasExited)
            Thread.Sleep(20);
        PellucidProcess.Interrupt(process);
        Assert.Contains("interrupted at step", PellucidProcess.Finish(process).Error);
        var step = File.ReadLines(pellucid.File("long/log.jsonl")).Count();
        Assert.Contains($"goes on after step {step}", Interrupted(pellucid, step));
    }

    [Fact]
    public void Examples_are_shown_as_tokens_with_what_is_learned()
    {
        using var pellucid = NewProcess();
        var outcome = pellucid.Run("tune", "sft", "tiny", "--data", "answers.jsonl", "--out", "a", "--inspect", "2");
        Assert.Contains("[John][␣is][␣there][.][<|endoftext|>]", outcome.Output);
        var json = pellucid.Run("tune", "sft", "tiny", "--data", "answers.jsonl", "--out", "a", "--inspect", "1", "--json").Json;
        var example = json.GetProperty("examples")[0];
        Assert.Equal(example.GetProperty("tokens").GetArrayLength(), example.GetProperty("learned").GetArrayLength());
        Assert.False(Directory.Exists(pellucid.File("a")));
    }

    [Theory]
    [InlineData("sft tiny --data pairs.jsonl --out a --lora-targets q_proj", "'target_modules' has 'q_proj'; the model has no such module")]
    [InlineData("sft tiny --data pairs.jsonl --out a --micro-batch 0", "the examples that are computed together (0) must be at least 1")]
    [InlineData("dpo tiny --data answers.jsonl --out a", "answers.jsonl: line 1 has no two answers, chosen and rejected")]
    [InlineData("dpo tiny --data pairs.jsonl --out a --loss aot", "the loss 'aot' is not computed here; those that are: ")]
    [InlineData("kto tiny --data pairs.jsonl --out a --batch 1", "--batch must be at least 2")]
    [InlineData("reward tiny --data pairs.jsonl --out a --lora 0", "a reward model is an adapter with a head: --lora must be above 0")]
    [InlineData("merge tiny --out a", "tiny is no BASE+ADAPTER")]
    [InlineData("merge tiny+nowhere --out a", "nowhere is not an adapter's folder: it has no adapter_config.json")]
    public void What_cannot_be_done_is_told_in_a_line(string words, string message)
    {
        using var pellucid = NewProcess();
        var outcome = pellucid.Run(["tune", .. words.Split(' ')]);
        Assert.NotEqual(0, outcome.Code);
        Assert.Contains(message, outcome.Error);
        Assert.Single(outcome.Error.TrimEnd('\n').Split('\n'));
    }

    private static string Interrupted(PellucidProcess pellucid, int step)
    {
        using var process = pellucid.Start(["tune", "dpo", "tiny", "--resume", "--out", "long"]); // as the first one says
        while (File.ReadLines(pellucid.File("long/log.jsonl")).Count() < step + 2 && !process.HasExited)
            Thread.Sleep(20);
        PellucidProcess.Interrupt(process);
        return PellucidProcess.Finish(process).Output;
    }

    private static PellucidProcess NewProcess()
    {
        var pellucid = new PellucidProcess();
        pellucid.File("answers.jsonl", Answers);
        pellucid.File("pairs.jsonl", Pairs);
        return pellucid;
    }
}
