using System.Text.Json;

namespace Pellucid.Cli.Tests;

/// <summary><c>pellucid tune ppo</c>, <c>grpo</c>, <c>rloo</c> and <c>reinforce</c>, with the built-in model.</summary>
public sealed class TunePolicyTests
{
    private const string Prompts = """
        {"prompt": "Where is the ball? "}
        {"prompt": "Who is there? "}
        """;

    private const string Pairs = """
        {"prompt": "Where is the ball? ", "chosen": "In the box.", "rejected": "I know."}
        {"prompt": "Who is there? ", "chosen": "John.", "rejected": "I know."}
        """;

    private static readonly string[] Short = ["--max-tokens", "6", "--lr", "3e-3", "--seed", "3"];

    [Theory]
    [InlineData("ppo")]
    [InlineData("grpo")]
    [InlineData("rloo")]
    [InlineData("reinforce")]
    public void Answers_that_are_paid_for_become_likelier(string method)
    {
        using var pellucid = NewProcess();
        var batch = method is "ppo" or "reinforce" ? "32" : "4";
        var outcome = pellucid.Run(["tune", method, "tiny", "--data", "prompts.jsonl", "--reward", "regex:the", "--out", "a", "--steps",
            "30", "--batch", batch, "--micro-batch", "8", "--sample-every", "30", "--json", .. Short]);
        Assert.Equal(0, outcome.Code);
        var scores = File.ReadLines(pellucid.File("a/log.jsonl")).Select(line => Measure(line, "objective/scores")).ToArray();
        Assert.True(scores.TakeLast(5).Average() > scores.Take(5).Average() + 0.2, string.Join(' ', scores));
        Assert.Equal(1, outcome.Json.GetProperty("ratio_first").GetDouble());
        Assert.True(outcome.Json.GetProperty("kl").GetDouble() > 0);
        Assert.Equal(2, File.ReadLines(pellucid.File("a/samples.jsonl")).Count());
        Assert.Equal(0, pellucid.Run("generate", "tiny+a", "Who is there? ", "--max-tokens", "3").Code); // its file has no value head
    }

    [Fact]
    public void A_reward_model_that_was_learned_is_what_a_policy_is_paid_by()
    {
        using var pellucid = NewProcess();
        Assert.Equal(0, pellucid.Run("tune", "reward", "tiny", "--data", "pairs.jsonl", "--out", "r", "--steps", "10", "--batch", "2",
            "--lr", "1e-3").Code);
        var outcome = pellucid.Run(["tune", "grpo", "tiny", "--data", "prompts.jsonl", "--reward", "r", "--out", "a", "--steps", "8",
            "--batch", "4", "--micro-batch", "8", "--eval-data", "prompts.jsonl", "--eval-every", "4", "--json", .. Short]);
        Assert.Equal(0, outcome.Code);
        var lines = File.ReadLines(pellucid.File("a/log.jsonl")).ToArray();
        Assert.InRange(Measure(lines[0], "objective/scores"), -1, 1); // of reference answers the mean is 0
        Assert.True(Measure(lines[^1], "objective/scores") > Measure(lines[0], "objective/scores"), string.Join('\n', lines));
        Assert.True(Measure(lines[^1], "eval") < 0, lines[^1]); // the reward of evaluation, its sign turned
    }

    [Fact]
    public void A_run_that_is_interrupted_goes_on_to_the_same_bytes()
    {
        using var pellucid = NewProcess();
        string[] words = ["tune", "ppo", "tiny", "--data", "prompts.jsonl", "--reward", "length", "--kl-target", "3", "--batch", "2",
            "--save-every", "2", "--text-data", "answers.jsonl", "--minibatches", "2", "--steps", "60", .. Short];
        Assert.Equal(0, pellucid.Run([.. words, "--out", "whole"]).Code);
        using var process = pellucid.Start([.. words, "--out", "parts"]);
        while (!File.Exists(pellucid.File("parts/resume.safetensors")) && !process.HasExited)
            Thread.Sleep(5);
        PellucidProcess.Interrupt(process);
        PellucidProcess.Finish(process);
        Assert.True(File.ReadLines(pellucid.File("parts/log.jsonl")).Count() < 60, "it was not interrupted in time");
        Assert.Contains("to tune further in another way, begin another run with BASE+ADAPTER",
            pellucid.Run("tune", "ppo", "tiny", "--resume", "--out", "parts", "--lr", "1").Error);
        Assert.Equal(0, pellucid.Run("tune", "ppo", "tiny", "--resume", "--out", "parts").Code); // as the first one says
        foreach (var file in (string[])["adapter_model.safetensors", "resume.safetensors"])
            Assert.Equal(File.ReadAllBytes(pellucid.File($"whole/{file}")), File.ReadAllBytes(pellucid.File($"parts/{file}")));
    }

    [Fact]
    public void P22_answers_that_grow_because_length_is_paid_for_are_named()
    {
        using var pellucid = NewProcess();
        pellucid.File("four.jsonl", """
            {"prompt": "Where is the ball? "}
            {"prompt": "Who is there? "}
            {"prompt": "Where is Mary? "}
            {"prompt": "What is this? "}
            """);
        Assert.Equal(0, pellucid.Run("tune", "sft", "tiny", "--lora", "0", "--data", "answers.jsonl", "--out", "short", "--steps", "14",
            "--batch", "2", "--lr", "3e-3").Code);
        var outcome = pellucid.Run("tune", "reinforce", "short", "--data", "four.jsonl", "--reward", "length", "--out", "a", "--steps",
            "20", "--batch", "32", "--micro-batch", "32", "--max-tokens", "24", "--lr", "1e-2");
        Assert.Contains("rewards go with the length of answers", outcome.Output.Replace('\n', ' '));
    }

    [Theory]
    [InlineData("--reward nothing", "--reward nothing is neither length, regex:PATTERN, classifier:FILE, nor a reward model's adapter")]
    [InlineData("--reward regex:(", "Invalid pattern '('")]
    [InlineData("--reward length --top-p 0.9", "pellucid tune grpo has no option --top-p")]
    [InlineData("--reward length --lora-dropout 0.1", "a policy learns without dropout (--lora-dropout)")]
    [InlineData("--reward length --temperature 0", "answers are drawn at a temperature above 0, not 0")]
    [InlineData("--reward length --answers 1", "answers to a prompt are compared with each other: at least 2, not 1")]
    [InlineData("--reward length --loss bnpo", "the loss 'bnpo' depends on how a batch is cut")]
    [InlineData("--reward length --delta 1", "--delta (1) must be above 1, where ratios begin")]
    [InlineData("--reward length --importance-sampling-level word", "--importance-sampling-level is 'word'; it can be")]
    [InlineData("--reward length --kl-estimator k1", "--kl-estimator k1 has no gradient in a loss")]
    [InlineData("--reward length --max-tokens 95", "none has anything to learn within 96 tokens")]
    public void What_cannot_be_done_is_told_in_a_line(string words, string message)
    {
        using var pellucid = NewProcess();
        var outcome = pellucid.Run(["tune", "grpo", "tiny", "--data", "prompts.jsonl", "--out", "a", "--steps", "1", .. words.Split(' ')]);
        Assert.NotEqual(0, outcome.Code);
        Assert.Contains(message, outcome.Error);
        Assert.Single(outcome.Error.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public void A_policy_without_a_reward_asks_for_one_before_it_asks_for_prompts()
    {
        using var pellucid = NewProcess();
        TrainTests.AssertRefused(pellucid.Run("tune", "rloo", "tiny", "--out", "a"), 2, "--reward is missing: what answers are worth");
    }

    private static double Measure(string line, string name)
    {
        using var document = JsonDocument.Parse(line);
        return document.RootElement.GetProperty(name).GetDouble();
    }

    private static PellucidProcess NewProcess()
    {
        var pellucid = new PellucidProcess();
        pellucid.File("prompts.jsonl", Prompts);
        pellucid.File("pairs.jsonl", Pairs);
        pellucid.File("answers.jsonl", """
            {"prompt": "Where is the ball? ", "completion": "In the box."}
            {"prompt": "Who is there? ", "completion": "John is there."}
            """);
        return pellucid;
    }
}
