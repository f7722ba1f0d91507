using Pellucid.Tests;

namespace Pellucid.Cli.Tests;

/// <summary>Trainings of two shapes on any number of ranks, under both MPIs, beside those of one process.</summary>
public sealed class MpiReplicasTests(MpiReplicasTests.OneProcess one) : IClassFixture<MpiReplicasTests.OneProcess>
{
    private const int Steps = 20;

    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "Pellucid.RankTests.dll");

    public static TheoryData<string, int> Worlds =>
        new(from kind in (string[])[MpiLauncher.OpenMpi, MpiLauncher.Mpich] from ranks in (int[])[1, 2, 3, 4, 8] select (kind, ranks));

    [Theory, MemberData(nameof(Worlds))]
    public void Any_number_of_ranks_leaves_the_bytes_of_one_process_and_sends_what_the_formula_says(string kind, int ranks)
    {
        if (kind != MpiLauncher.OpenMpi && ranks is not (2 or 3))
            SlowTests.Require("another MPI is asked for two and three ranks");
        var launcher = MpiLauncher.Find(kind);
        using var process = new PellucidProcess();
        var outcome = launcher.Run(process.Folder, ranks, [Program, process.Folder, "mpi"]);
        Assert.True(outcome.Code == 0, outcome.Error);
        for (var rank = 0; rank < ranks; rank++)
            Assert.Equal(one.Results, File.ReadAllLines(process.File($"rank-{rank}.txt")));
        AssertTraffic([.. Enumerable.Range(0, ranks).Select(rank => File.ReadAllLines(process.File($"traffic-{rank}.txt")))]);
    }

    [Theory]
    [InlineData(MpiLauncher.OpenMpi)]
    [InlineData(MpiLauncher.Mpich)]
    public void Joining_writes_no_code_over_functions_that_other_threads_may_be_in(string kind)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists("/lib64/ld-linux-x86-64.so.2"), "these are the GNU library's");
        using var process = new PellucidProcess();
        var outcome = MpiLauncher.Find(kind).Run(process.Folder, 1, [Program, process.Folder, "code"]);
        Assert.Equal((0, "as it was"), (outcome.Code, outcome.Output.Trim()));
    }

    [Fact]
    public void Replicas_in_one_process_leave_the_same()
    {
        using var process = new PellucidProcess();
        OneProcess.Run(process, "3");
        Assert.All(Enumerable.Range(0, 3), rank => Assert.Equal(one.Results, File.ReadAllLines(process.File($"rank-{rank}.txt"))));
    }

    // Each rank sends the others' shards of what it has summed, and its own shard of the new weights to each of the others. Of eight
    // micro-batches three ranks have whole branches of 1, 2 and 2 pieces; powers of two have one piece each, and the sum over ranks
    // is that of a ring.
    private static void AssertTraffic(string[][] traffic)
    {
        var ranks = traffic.Length;
        int[] pieces = ranks == 3 ? [1, 2, 2] : [.. Enumerable.Repeat(1, ranks)];
        for (var training = 0; training < traffic[0].Length; training++)
        {
            var sum = 0L;
            for (var rank = 0; rank < ranks; rank++)
            {
                long[] numbers = [.. traffic[rank][training].Split(' ').Select(long.Parse)];
                var (all, own, sent) = (numbers[0], numbers[1], numbers[2]);
                Assert.Equal(Steps * sizeof(float) * (pieces[rank] * (all - own) + (ranks - 1) * own), sent);
                sum += sent;
                if (rank == ranks - 1 && ranks != 3)
                    Assert.Equal(Steps * 2 * sizeof(float) * all * (ranks - 1), sum);
            }
        }
    }

    /// <summary>What one process leaves that computes the micro-batches one after another.</summary>
    public sealed class OneProcess : IDisposable
    {
        private readonly PellucidProcess _process = new();

        public OneProcess()
        {
            Run(_process, "1");
            Results = File.ReadAllLines(_process.File("rank-0.txt"));
            Assert.Equal(4, Results.Length);
        }

        public string[] Results { get; }

        public void Dispose() => _process.Dispose();

        internal static void Run(PellucidProcess process, string replicas)
        {
            using var program = System.Diagnostics.Process.Start(
                new System.Diagnostics.ProcessStartInfo("dotnet", [Program, process.Folder, replicas]))!;
            program.WaitForExit();
            Assert.Equal(0, program.ExitCode);
        }
    }
}
