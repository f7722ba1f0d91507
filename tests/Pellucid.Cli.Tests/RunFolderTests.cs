using System.Diagnostics;

namespace Pellucid.Cli.Tests;

/// <summary>A run's folder is one run's: it goes on as it was begun, nobody else writes there meanwhile, and no run over others' files.
/// </summary>
public sealed class RunFolderTests : IDisposable
{
    private static readonly string[] Endless =
    [
        "train", "--steps", "100000000", "--layers", "1", "--width", "16", "--heads", "2", "--context", "16", "--eval-batches", "1",
        "--data", "text.txt",
    ];

    private readonly PellucidProcess _pellucid = new();

    public RunFolderTests()
    {
        _pellucid.File("text.txt", string.Concat(Enumerable.Repeat("the cat sat on the mat. a dog ran by. ", 30)));
        _pellucid.File("answers.jsonl", """{"prompt": "Where is the ball? ", "completion": "In the box."}""");
    }

    public void Dispose() => _pellucid.Dispose();

    [Fact]
    public void A_tuning_goes_on_with_its_own_model_and_verb_and_says_when_it_is_done()
    {
        Assert.Equal(0, Run("tune sft tiny --data answers.jsonl --steps 1 --batch 1 --out run").Code);
        TrainTests.AssertRefused(Run("tune sft other --resume --out run"), 2, "the run was begun with MODEL tiny and goes on so");
        TrainTests.AssertRefused(Run("tune dpo tiny --resume --out run"), 2,
            "run holds a run of pellucid tune sft, not of pellucid tune dpo");
        TrainTests.AssertRefused(Run("train --resume --out run"), 2, "run holds a run of pellucid tune sft, not of pellucid train");
        TrainTests.AssertRefused(Run("tune sft --data answers.jsonl --out other"), 2, "pellucid tune sft needs MODEL");
        var done = Run("tune sft --resume --out run");
        Assert.True(done.Code == 0, done.Error);
        Assert.Contains("There is nothing to do: the run ended after step 1; to tune further, begin another one with tiny+run",
            done.Output.ReplaceLineEndings(" "), StringComparison.Ordinal);
        Assert.DoesNotContain("parameters learned from", done.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_in_which_a_run_goes_on_is_left_alone_and_a_closed_terminal_has_it_saved()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "signals are sent by kill");
        using var process = _pellucid.Start([.. Endless, "--out", "run"]);
        while (!File.Exists(_pellucid.File("run/resume.safetensors")) && !process.HasExited)
            Thread.Sleep(20);
        TrainTests.AssertRefused(_pellucid.Run([.. Endless, "--out", "run"]), 1, "a run is going on in run");
        TrainTests.AssertRefused(Run("train --resume --out run"), 1, "a run is going on in run");
        using (var kill = Process.Start("kill", ["-HUP", $"{process.Id}"]))
            kill.WaitForExit();
        TrainTests.AssertRefused(PellucidProcess.Finish(process), 1, "pellucid train --resume --out run goes on");
        Assert.False(File.Exists(_pellucid.File("run/run.lock")));
        File.WriteAllText(_pellucid.File("run/run.lock"), ""); // as a kill leaves it
        TrainTests.AssertRefused(Run("tune sft tiny --resume --out run"), 2, "run holds a run of pellucid train, not of");
    }

    [Fact]
    public async Task A_run_whose_terminal_is_gone_is_saved()
    {
        Assert.SkipUnless(Terminal.IsThere, "needs script");
        using (var terminal = new Terminal(_pellucid.Folder, $"{string.Join(' ', Endless)} --out run"))
        {
            await terminal.Until("tokens/s");
            terminal.Close();
        }
        var status = _pellucid.File("run/status.json");
        for (var waited = 0; !File.ReadAllText(status).Contains("\"end\"", StringComparison.Ordinal) && waited < 300; waited++)
            await Task.Delay(100, TestContext.Current.CancellationToken);
        Assert.Contains("\"end\":\"interrupted\"", await File.ReadAllTextAsync(status, TestContext.Current.CancellationToken),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("config.json", "config.json")]
    [InlineData("tokenizer.json", "tokenizer.json")]
    [InlineData("log.jsonl", "log.jsonl")]
    [InlineData("pytorch_model.bin", "a model")]
    [InlineData("model-00001-of-00002.safetensors", "a model")]
    [InlineData("model.safetensors.index.json", "a model")]
    public void Files_of_others_are_not_written_over(string file, string told)
    {
        Directory.CreateDirectory(_pellucid.File("theirs"));
        _pellucid.File($"theirs/{file}", "theirs");
        var words = told == file ? Endless : ["tune", "sft", "tiny", "--data", "answers.jsonl"];
        TrainTests.AssertRefused(_pellucid.Run([.. words, "--out", "theirs"]), 1, $"theirs already holds {told}; choose another folder");
        Assert.Equal(_pellucid.File($"theirs/{file}"), Assert.Single(Directory.EnumerateFileSystemEntries(_pellucid.File("theirs"))));
        Assert.Equal("theirs", File.ReadAllText(_pellucid.File($"theirs/{file}")));
    }

    private Outcome Run(string words) => _pellucid.Run(words.Split(' '));
}
