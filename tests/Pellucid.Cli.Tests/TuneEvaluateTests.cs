using System.Text.Json;

namespace Pellucid.Cli.Tests;

/// <summary><c>pellucid tune evaluate</c>, with the built-in model.</summary>
public sealed class TuneEvaluateTests
{
    [Fact]
    public void A_table_compares_models_and_names_a_reward_that_was_cheated()
    {
        using var pellucid = new PellucidProcess();
        pellucid.File("answers.jsonl", """
            {"prompt": "Where is the ball? ", "completion": "In the box."}
            {"prompt": "Who is there? ", "completion": "John is there."}
            """);
        pellucid.File("prompts.jsonl", """
            {"prompt": "Where is the ball? "}
            {"prompt": "Who is there? "}
            {"prompt": "Where is Mary? "}
            {"prompt": "What is this? "}
            """);
        string[] sft = ["tune", "sft", "tiny", "--lora", "0", "--data", "answers.jsonl", "--batch", "2", "--lr", "3e-3"];
        Assert.Equal(0, pellucid.Run([.. sft, "--out", "short", "--steps", "14"]).Code);
        Assert.Equal(0, pellucid.Run("tune", "reinforce", "short", "--data", "prompts.jsonl", "--reward", "length", "--out", "long",
            "--steps", "20", "--batch", "32", "--micro-batch", "32", "--max-tokens", "24", "--lr", "1e-2").Code);
        string[] words = ["tune", "evaluate", "short", "short+long", "--data", "answers.jsonl", "--reward", "length", "--judge",
            "regex:the box|John", "--max-tokens", "24", "--answers", "8"];
        var rows = pellucid.Run([.. words, "--json"]).Json.GetProperty("rows");
        double Of(int row, string column) => rows[row].GetProperty(column).GetDouble();
        Assert.True(Of(0, "loss") < 0.2, rows.ToString());
        Assert.True(Of(1, "loss") > Of(0, "loss"), rows.ToString());
        Assert.True(Of(1, "length") > 2 * Of(0, "length"), rows.ToString());
        Assert.True(Of(1, "win_rate") > 0.9 && Of(1, "kl") > 1 && Of(1, "ended") < Of(0, "ended"), rows.ToString());
        Assert.True(Of(0, "reward_standard_error") >= 0 && Of(0, "reward") < Of(1, "reward"), rows.ToString());
        Assert.False(rows[0].TryGetProperty("win_rate", out _));
        var suspicions = rows[1].GetProperty("suspicions").EnumerateArray().Select(each => each.GetString()!).ToArray();
        Assert.StartsWith("reward hacking by length", suspicions[0], StringComparison.Ordinal);
        Assert.StartsWith("reward hacking: the reward rose", suspicions[1], StringComparison.Ordinal);
        Assert.Equal(0, rows[0].GetProperty("suspicions").GetArrayLength());
        var printed = pellucid.Run(words).Output;
        Assert.Contains("win rate", printed, StringComparison.Ordinal);
        Assert.Contains("±", printed, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_is_as_good_as_itself_and_the_best_of_its_answers_better()
    {
        using var pellucid = new PellucidProcess();
        pellucid.File("prompts.jsonl", """
            {"prompt": "Where is the ball? "}
            {"prompt": "Who is there? "}
            """);
        var rows = pellucid.Run("tune", "evaluate", "tiny", "tiny", "--data", "prompts.jsonl", "--reward", "regex:the", "--max-tokens", "6",
            "--answers", "4", "--json").Json.GetProperty("rows");
        Assert.Equal(0.5, rows[1].GetProperty("win_rate").GetDouble());
        Assert.Equal(0, rows[1].GetProperty("kl").GetDouble());
        Assert.False(rows[1].TryGetProperty("loss", out _)); // there are no answers to have a loss of
        Assert.Equal("tiny, best of 4", rows[2].GetProperty("model").GetString());
        Assert.InRange(rows[2].GetProperty("reward").GetDouble(), rows[0].GetProperty("reward").GetDouble(), 1);
        Assert.Equal(Math.Log(4) - 0.75, rows[2].GetProperty("kl").GetDouble(), 1e-12);
    }
}
