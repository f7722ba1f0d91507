using System.Text.Json;
using Pellucid.Training;

namespace Pellucid.Cli.Tests;

/// <summary>What runs keep on the way, and what is seen of it.</summary>
public sealed class CheckpointVerbTests
{
    private const string Sentence = "When Mary and John went to the park, John gave a ring to";

    [Fact]
    public void A_run_keeps_checkpoints_and_samples_and_each_is_looked_at_with_the_numbers_of_the_instruments()
    {
        using var pellucid = new PellucidProcess();
        Assert.Equal(0, pellucid.Run("train", "--data", "indirect-object", "--tokenizer", "bpe:700", "--layers", "2", "--width", "32",
            "--heads", "2", "--context", "64", "--batch", "4", "--steps", "20", "--keep-every", "10", "--sample-every", "10", "--out",
            "run", "--threads", "1").Code);
        Assert.Equal([0, 10, 20], KeptCheckpoint.Of(pellucid.File("run")).Select(kept => kept.Step));
        Assert.Equal(File.ReadAllBytes(pellucid.File("run/model.safetensors")),
            File.ReadAllBytes(pellucid.File("run/checkpoints/00000020/model.safetensors")));
        Assert.Equal(("train", 20, RunEnd.Done), RunStatus.Read(pellucid.File("run")) is { } status
            ? (status.Kind, status.Steps, status.End!.Value) : default);
        var samples = File.ReadLines(pellucid.File("run/samples.jsonl")).Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.Equal([0, 0, 10, 10, 20, 20], samples.Select(one => one.GetProperty("step").GetInt32()));
        Assert.Equal(2, samples.Select(one => one.GetProperty("prompt").GetString()).Distinct().Count());
        Assert.NotEqual(samples[0].GetProperty("answer").GetString(), samples[4].GetProperty("answer").GetString());

        var seen = pellucid.Run("look", "checkpoints", "run", Sentence, "--target", " Mary", "--svg", "moments.svg", "--json").Json;
        var looks = seen.GetProperty("checkpoints").EnumerateArray().ToArray();
        Assert.Equal([0, 10, 20], looks.Select(look => look.GetProperty("step").GetInt32()));
        Assert.Equal(150, seen.GetProperty("sentences").GetInt32());
        Assert.Contains("What it learned when", File.ReadAllText(pellucid.File("moments.svg")), StringComparison.Ordinal);
        foreach (var (look, model) in looks.Zip((string[])["run/checkpoints/00000000", "run/checkpoints/00000010", "run"]))
        {
            var heads = pellucid.Run("look", "attention", model, "--json").Json.GetProperty("heads").EnumerateArray().ToArray();
            Assert.Equal(heads.Select(head => Score(head, "induction")), look.GetProperty("heads").EnumerateArray()
                .Select(head => Score(head, "induction")));
            Assert.Equal(heads.Max(head => Score(head, "previous_token")),
                look.GetProperty("previous_token").GetProperty("score").GetDouble());
            var lens = pellucid.Run("look", "lens", model, Sentence, "--target", " Mary", "--json").Json.GetProperty("readings")
                .EnumerateArray().Where(one => one.GetProperty("activation").GetString() != "resid_mid").ToArray();
            Assert.Equal(lens.TakeLast(3).Select(one => one.GetProperty("target_probability").GetDouble()),
                look.GetProperty("lens").EnumerateArray().Select(one => one.GetProperty("target_probability").GetDouble()));
        }
        var circuit = pellucid.Run("look", "circuit", "run", "--prompts", "5", "--share", "1", "--json").Json;
        Assert.Equal(circuit.GetProperty("accuracy").GetDouble(), looks[2].GetProperty("accuracy").GetDouble());
        Assert.Equal(circuit.GetProperty("logit_difference").GetDouble(),
            looks[2].GetProperty("logit_difference").GetDouble(), 1e-9);
    }

    [Fact]
    public void Adapters_are_kept_too_and_are_looked_at_over_their_base()
    {
        using var pellucid = new PellucidProcess();
        pellucid.File("pairs.jsonl", """
            {"prompt": "Where is the ball? ", "chosen": "In the box.", "rejected": "I know."}
            {"prompt": "Who is there? ", "chosen": "John.", "rejected": "I know."}
            """);
        Assert.Equal(0, pellucid.Run("tune", "dpo", "tiny", "--data", "pairs.jsonl", "--out", "a", "--steps", "4", "--batch", "2",
            "--lr", "3e-3", "--keep-every", "2").Code);
        var seen = pellucid.Run("look", "checkpoints", "tiny+a", "Who is there?", "--json").Json;
        var looks = seen.GetProperty("checkpoints").EnumerateArray().ToArray();
        Assert.Equal([2, 4], looks.Select(look => look.GetProperty("step").GetInt32()));
        var last = pellucid.Run("look", "lens", "tiny+a", "Who is there?", "--json").Json.GetProperty("readings").EnumerateArray().Last();
        Assert.Equal(last.GetProperty("target_probability").GetDouble(),
            looks[1].GetProperty("lens").EnumerateArray().Last().GetProperty("target_probability").GetDouble());
        Assert.NotEqual(looks[0].ToString(), looks[1].ToString());
        Assert.Equal("dpo", RunStatus.Read(pellucid.File("a"))!.Kind);
        TrainTests.AssertRefused(pellucid.Run("look", "checkpoints", "tiny"), 1, "has no checkpoints: train and tune keep them with");
    }

    private static double Score(JsonElement head, string name) => head.GetProperty(name).GetDouble();
}
