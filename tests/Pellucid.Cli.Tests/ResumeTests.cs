using System.Text.Json;

namespace Pellucid.Cli.Tests;

public sealed class ResumeTests
{
    private static readonly string[] Run =
    [
        "train", "--steps", "150", "--layers", "1", "--width", "16", "--heads", "2", "--context", "16", "--eval-every", "50",
        "--eval-batches", "2", "--save-every", "7", "--dropout", "0.1",
    ];

    [Fact]
    public void A_run_killed_at_any_moment_goes_on_to_the_same_bytes_on_any_number_of_threads()
    {
        using var pellucid = new PellucidProcess();
        Assert.Equal(0, pellucid.Run([.. Run, "--out", "whole", "--threads", "1"]).Code);
        var random = new Random(11);
        for (var round = 0; round < 3; round++)
            AssertSameAfterKills(pellucid, $"killed{round}", random);
    }

    [Fact]
    public void An_interrupted_run_goes_on_and_its_log_and_curve_are_whole()
    {
        using var pellucid = new PellucidProcess();
        Assert.Equal(0, pellucid.Run([.. Run, "--out", "whole"]).Code);
        using (var process = pellucid.Start([.. Run, "--out", "run"]))
        {
            WaitForSteps(pellucid, "run", 10);
            PellucidProcess.Interrupt(process);
            TrainTests.AssertRefused(PellucidProcess.Finish(process), 1, "pellucid train --resume --out run goes on");
        }
        File.AppendAllText(pellucid.File("run/log.jsonl"), "{\"step\":1"); // as a kill leaves it
        var json = pellucid.Run("train", "--resume", "--out", "run", "--json").Json;
        Assert.Equal(150, json.GetProperty("steps").GetInt32());
        AssertSame(pellucid, "whole", "run");
        var log = File.ReadAllLines(pellucid.File("run/log.jsonl")).Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.Equal(Enumerable.Range(0, 151), log.Select(entry => entry.GetProperty("step").GetInt32()));
        Assert.Equal(0, pellucid.Run("train", "--resume", "--out", "run").Code); // nothing is left to do, and nothing is lost
        AssertSame(pellucid, "whole", "run");
    }

    [Fact]
    public void What_cannot_go_on_is_refused_and_left_as_it_is()
    {
        using var pellucid = new PellucidProcess();
        pellucid.File("a.txt", string.Concat(Enumerable.Repeat("some text to learn from. ", 60)));
        Assert.Equal(0, pellucid.Run([.. Run, "--data", "a.txt", "--out", "run"]).Code);
        var weights = File.ReadAllBytes(pellucid.File("run/model.safetensors"));
        TrainTests.AssertRefused(pellucid.Run("train", "--resume"), 2, "--resume needs --out, the folder of the run");
        TrainTests.AssertRefused(pellucid.Run("train", "--resume", "--out", "nowhere"), 1, "nowhere has no run to go on with");
        TrainTests.AssertRefused(pellucid.Run("train", "--resume", "--out", "run", "--lr", "0.5"), 2,
            "the run was begun with no --lr and goes on so");
        TrainTests.AssertRefused(pellucid.Run("train", "--resume", "--out", "run", "--steps", "100"), 2,
            "the run was begun with --steps 150; it can be made longer, not shorter");
        pellucid.File("a.txt", "another text");
        TrainTests.AssertRefused(pellucid.Run("train", "--resume", "--out", "run"), 1,
            "a.txt: this is not the text that the run in run began with");
        File.WriteAllText(pellucid.File("run/resume.safetensors"), "damaged");
        pellucid.File("a.txt", string.Concat(Enumerable.Repeat("some text to learn from. ", 60)));
        TrainTests.AssertRefused(pellucid.Run("train", "--resume", "--out", "run"), 1,
            "run/resume.safetensors: too short to be a safetensors file");
        Assert.Equal(weights, File.ReadAllBytes(pellucid.File("run/model.safetensors")));
    }

    private static void AssertSameAfterKills(PellucidProcess pellucid, string name, Random random)
    {
        string[] words = [.. Run, "--out", name];
        for (var kill = 0; kill < 2; kill++)
        {
            using var process = pellucid.Start(words);
            WaitForSteps(pellucid, name, random.Next(1, 70) + 70 * kill);
            process.Kill();
            process.WaitForExit();
            words = ["train", "--resume", "--out", name, "--threads", $"{1 + kill}"];
        }
        var outcome = pellucid.Run(words);
        Assert.True(outcome.Code == 0, outcome.Error);
        AssertSame(pellucid, "whole", name);
    }

    private static void WaitForSteps(PellucidProcess pellucid, string name, int steps)
    {
        var log = pellucid.File($"{name}/log.jsonl");
        while (!File.Exists(log) || File.ReadLines(log).Count() < steps)
            Thread.Sleep(1);
    }

    private static void AssertSame(PellucidProcess pellucid, string one, string other)
    {
        foreach (var file in (string[])["model.safetensors", "resume.safetensors", "best/model.safetensors",
            "characters.json", "config.json"])
            Assert.Equal(File.ReadAllBytes(pellucid.File($"{one}/{file}")), File.ReadAllBytes(pellucid.File($"{other}/{file}")));
        Assert.Empty(Directory.GetFiles(pellucid.File(other), "*.tmp", SearchOption.AllDirectories));
    }
}
