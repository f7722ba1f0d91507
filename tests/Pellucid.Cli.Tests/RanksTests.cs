using System.Diagnostics;
using System.Text.Json;
using Pellucid.Tests;

namespace Pellucid.Cli.Tests;

/// <summary>
/// <c>mpirun … pellucid train</c>: what it leaves, what becomes of it when ranks die or are stopped, and what it refuses.
/// </summary>
public sealed class RanksTests(RanksTests.Alone alone) : IClassFixture<RanksTests.Alone>
{
    private const int Steps = 40;

    private static readonly string Command = TestedCommand.Path;

    private static readonly string[] Train =
    [
        "train", "--steps", $"{Steps}", "--layers", "1", "--width", "32", "--heads", "2", "--context", "16", "--batch", "8",
        "--micro-batches", "4", "--dropout", "0.1", "--eval-every", "10", "--eval-batches", "2", "--save-every", "4",
    ];

    private static readonly string[] Resume = ["train", "--resume", "--out", "run"];

    [Fact]
    public void Two_ranks_leave_the_files_of_one_and_say_so()
    {
        var launcher = MpiLauncher.Find(MpiLauncher.OpenMpi);
        using var process = new PellucidProcess();
        var outcome = launcher.Run(process.Folder, 2, [Command, .. Train, "--out", "run", "--json"]);
        var json = outcome.Json;
        Assert.Equal((2, Steps), (json.GetProperty("ranks").GetInt32(), json.GetProperty("steps").GetInt32()));
        Assert.StartsWith("Open MPI", json.GetProperty("mpi").GetString(), StringComparison.Ordinal);
        Assert.True(json.GetProperty("bytes_sent").GetInt64() > 0);
        alone.AssertSame(process.Folder);
        // A log a rank, of the same steps.
        var logs = ((string[])["log.jsonl", "log.1.jsonl"]).Select(name => Losses(process.File(Path.Combine("run", name)))).ToList();
        Assert.Equal(Steps + 1, logs[0].Count);
        Assert.Equal(logs[0], logs[1]);
    }

    [Theory]
    [InlineData(MpiLauncher.OpenMpi, 3, 1)]
    [InlineData(MpiLauncher.Mpich, 2, 0)]
    public void A_rank_that_is_killed_ends_the_job_and_one_fewer_go_on_to_the_same_bytes(string kind, int ranks, int victim)
    {
        var launcher = MpiLauncher.Find(kind);
        using var process = new PellucidProcess();
        using (var job = launcher.Start(process.Folder, ["-np", $"{ranks}", "dotnet", Command, .. Train, "--out", "run"]))
        {
            _ = Errors(job);
            WaitForStep(process, 13, job);
            using (var rank = launcher.Rank(process.Folder, victim)!)
                rank.Kill();
            Assert.True(job.WaitForExit(60_000));
            Assert.NotEqual(0, job.ExitCode);
        }
        var outcome = launcher.Run(process.Folder, ranks - 1, [Command, .. Resume]);
        Assert.True(outcome.Code == 0, outcome.Error);
        alone.AssertSame(process.Folder);
    }

    [Fact]
    public async Task Where_one_is_interrupted_all_stop_after_the_same_step_and_any_number_goes_on()
    {
        var launcher = MpiLauncher.Find(MpiLauncher.OpenMpi);
        using var process = new PellucidProcess();
        using (var job = launcher.Start(process.Folder,
            ["-np", "2", "env", "--default-signal=INT", "dotnet", Command, .. Train, "--out", "run"]))
        {
            var error = Errors(job);
            WaitForStep(process, 6, job);
            using (var rank = launcher.Rank(process.Folder, 1)!)
                PellucidProcess.Interrupt(rank);
            Assert.True(job.WaitForExit(60_000));
            Assert.Contains("pellucid: interrupted at step ", await error, StringComparison.Ordinal);
        }
        var outcome = launcher.Run(process.Folder, 4, [Command, .. Resume]);
        Assert.True(outcome.Code == 0, outcome.Error);
        alone.AssertSame(process.Folder);
    }

    [Fact]
    public void Two_ranks_tune_to_the_bytes_of_one()
    {
        var launcher = MpiLauncher.Find(MpiLauncher.OpenMpi);
        using var process = new PellucidProcess();
        process.File("answers.jsonl", string.Concat(((string[])["ball", "cat", "key", "cup"]).Select(thing =>
            $"{{\"prompt\": \"Where is the {thing}? \", \"completion\": \"The {thing} is in the box.\"}}\n")));
        string[] words = ["tune", "sft", "tiny", "--data", "answers.jsonl", "--eval-data", "answers.jsonl", "--steps", "6", "--batch", "4",
            "--micro-batch", "1", "--lora-dropout", "0.1", "--json"];
        var one = process.Run([.. words, "--out", "one", "--threads", "1"]).Json;
        var two = launcher.Run(process.Folder, 2, [Command, .. words, "--out", "two"]).Json;
        Assert.Equal(2, two.GetProperty("ranks").GetInt32());
        foreach (var field in (string[])["loss", "eval", "learned_tokens"])
            Assert.Equal(one.GetProperty(field).GetDouble(), two.GetProperty(field).GetDouble());
        foreach (var file in (string[])["adapter_model.safetensors", "resume.safetensors"])
            Assert.Equal(File.ReadAllBytes(process.File($"one/{file}")), File.ReadAllBytes(process.File($"two/{file}")));
    }

    [Fact]
    public void Three_ranks_evaluate_to_the_digits_of_one()
    {
        var launcher = MpiLauncher.Find(MpiLauncher.OpenMpi);
        using var process = new PellucidProcess();
        string[] words = ["evaluate", "loss", "tiny", "--data", "micro-world:1MB", "--max-tokens", "6000", "--json"];
        var (one, three) = (process.Run(words).Json, launcher.Run(process.Folder, 3, [Command, .. words]).Json);
        Assert.Equal(3, three.GetProperty("ranks").GetInt32());
        foreach (var field in (string[])["loss", "perplexity", "tokens"])
            Assert.Equal(one.GetProperty(field).GetDouble(), three.GetProperty(field).GetDouble());
    }

    [Theory]
    [InlineData("evaluate cloze tiny --count 20")]
    [InlineData("evaluate beliefs tiny --items 16")]
    [InlineData("look memories tiny --data text.txt --perturbed 2")]
    public void Three_ranks_say_what_one_says(string words)
    {
        var launcher = MpiLauncher.Find(MpiLauncher.OpenMpi);
        using var process = new PellucidProcess();
        process.File("text.txt", string.Join('\n', Enumerable.Range(0, 400).Select(i => $"Anna has {i} rings, and line {i % 7}.")));
        string[] all = [.. words.Split(' '), "--json"];
        var (one, three) = (process.Run(all).Json, launcher.Run(process.Folder, 3, [Command, .. all]).Json);
        Assert.Equal(3, three.GetProperty("ranks").GetInt32());
        foreach (var field in one.EnumerateObject().Where(field => !field.Name.EndsWith("_second", StringComparison.Ordinal)
            && field.Name is not ("peak_memory_bytes" or "floor_fraction")))
            Assert.Equal(field.Value.GetRawText(), three.GetProperty(field.Name).GetRawText());
    }

    [Fact]
    public void Ranks_measure_what_a_plan_asks()
    {
        var launcher = MpiLauncher.Find(MpiLauncher.OpenMpi);
        using var process = new PellucidProcess();
        string[] words = [Command, "scale", "plan", "--preset", "gpt2", "--batch", "8", "--threads", "1", "--json", "--measure"];
        var plan = launcher.Run(process.Folder, 2, words).Json;
        Assert.Equal(2, plan.GetProperty("chips").GetInt32());
        Assert.InRange(plan.GetProperty("bytes_per_second").GetDouble(), 1e3, 1e13); // whatever else the machine does
        Assert.InRange(plan.GetProperty("latency_seconds").GetDouble(), 1e-9, 10);
        Assert.NotEqual(25e9, plan.GetProperty("bytes_per_second").GetDouble());
        using var job = launcher.Start(process.Folder, ["-np", "2", "dotnet", .. words, "--bandwidth", "1"]);
        Assert.Equal("pellucid: --measure finds out what --tflops, --mfu and, under mpirun, --bandwidth and --latency say",
            Told(PellucidProcess.Finish(job)));
    }

    [Fact]
    public void Ranks_that_disagree_are_told_in_one_line()
    {
        var launcher = MpiLauncher.Find(MpiLauncher.OpenMpi);
        using var process = new PellucidProcess();
        string[] words = ["dotnet", Command, .. Train, "--out", "run"];
        using var job = launcher.Start(process.Folder, ["-np", "1", .. words, ":", "-np", "1", .. words, "--lr", "0.01"]);
        Assert.Equal("pellucid: rank 1 and rank 0 differ in options: LearningRate = 0.01 and LearningRate = 0.001",
            Told(PellucidProcess.Finish(job)));
        Assert.False(Directory.Exists(process.File("run")));
    }

    [Fact]
    public void More_ranks_than_micro_batches_are_refused_and_so_is_anothers_library()
    {
        var launcher = MpiLauncher.Find(MpiLauncher.OpenMpi);
        using var process = new PellucidProcess();
        Assert.Equal("pellucid: 2 ranks cannot share 1 micro-batches: --micro-batches must be at least 2, and divide --batch",
            Told(launcher.Run(process.Folder, 2, [Command, "train", "--out", "run"])));
        Assert.Equal("pellucid: PELLUCID_MPI is libnothing.so, which cannot be loaded",
            Told(launcher.Run(process.Folder, 2, [Command, .. Train, "--out", "run"], ("PELLUCID_MPI", "libnothing.so"))));
        _ = MpiLauncher.Find(MpiLauncher.Mpich);
        var mixed = Told(launcher.Run(process.Folder, 2, [Command, .. Train, "--out", "run"], ("PELLUCID_MPI", "libmpich.so.12")));
        Assert.StartsWith("pellucid: Open MPI's mpirun has started 2 processes (OMPI_COMM_WORLD_SIZE=2, OMPI_COMM_WORLD_RANK=0), "
            + "but libmpich.so.12 (MPICH", mixed, StringComparison.Ordinal);
        Assert.EndsWith("finds 1: they are of different MPIs; name the launcher's library in PELLUCID_MPI", mixed,
            StringComparison.Ordinal);
    }

    // Both streams are read, lest the job waits for somebody to do it.
    private static Task<string> Errors(Process job)
    {
        _ = job.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        return job.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
    }

    // The one line that is ours; the launcher has more to say.
    private static string Told(Outcome outcome)
    {
        Assert.NotEqual(0, outcome.Code);
        return Assert.Single(outcome.Error.Split('\n'), line => line.StartsWith("pellucid:", StringComparison.Ordinal));
    }

    private static List<double> Losses(string path) =>
        [.. File.ReadLines(path).Select(line => JsonDocument.Parse(line).RootElement).Select(line =>
            (line.TryGetProperty("train_loss", out var loss) ? loss : line.GetProperty("val_loss")).GetDouble())];

    private static void WaitForStep(PellucidProcess process, int step, Process job)
    {
        var log = process.File(Path.Combine("run", "log.jsonl"));
        for (var clock = Stopwatch.StartNew(); !File.Exists(log) || Lines(log) <= step; Thread.Sleep(2))
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(60) && !job.HasExited, "the run does not come to that step");
    }

    private static int Lines(string path)
    {
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        return reader.ReadToEnd().Count(letter => letter == '\n');
    }

    /// <summary>The same run in one process.</summary>
    public sealed class Alone : IDisposable
    {
        private static readonly string[] Compared =
            ["model.safetensors", "resume.safetensors", "best/model.safetensors", "config.json", "characters.json"];

        private readonly PellucidProcess _process = new();

        public Alone() => Assert.Equal(0, _process.Run([.. Train, "--out", "run", "--threads", "1"]).Code);

        public void AssertSame(string folder) => Assert.All(Compared, name => Assert.Equal(
            File.ReadAllBytes(Path.Combine(_process.Folder, "run", name)), File.ReadAllBytes(Path.Combine(folder, "run", name))));

        public void Dispose() => _process.Dispose();
    }
}
