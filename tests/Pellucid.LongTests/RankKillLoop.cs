using System.Diagnostics;

namespace Pellucid.LongTests;

/// <summary>
/// Trainings of several ranks of which one is killed at a random moment; one fewer resume it, and so on until one is left: the same
/// bytes as a run of one process that was never stopped.
/// </summary>
internal static class RankKillLoop
{
    private const int Steps = 200;

    private static readonly string Command = Path.Combine(AppContext.BaseDirectory, "Pellucid.Cli.dll");
    private static readonly string[] Compared = ["model.safetensors", "resume.safetensors", "best/model.safetensors"];

    public static int Run(int kills, int ranks, string launcher, ulong seed)
    {
        var folder = Directory.CreateTempSubdirectory("pellucid-ranks-").FullName;
        var (random, clock, done, failures) = (new Random((int)seed), Stopwatch.StartNew(), 0, 0);
        string[] run = ["train", "--steps", $"{Steps}", "--layers", "1", "--width", "32", "--heads", "2", "--context", "16", "--batch", "8",
            "--micro-batches", "8", "--eval-every", "40", "--eval-batches", "2", "--save-every", "9", "--dropout", "0.1", "--threads", "1"];
        using (var whole = Start(launcher, folder, 1, [.. run, "--out", "whole"]))
            whole.WaitForExit();
        while (done < kills)
        {
            var (left, words) = (ranks, (string[])[.. run, "--out", "killed"]);
            for (; left > 1 && done < kills; left--)
            {
                using var job = Start(launcher, folder, left, words);
                var log = Path.Combine(folder, "killed", "log.jsonl");
                var target = Lines(log) + 1 + random.Next(Steps / ranks);
                while (!job.HasExited && Lines(log) < target)
                    Thread.Sleep(1);
                if (job.HasExited)
                    break;
                KillRank(folder, random.Next(left));
                done++;
                job.WaitForExit();
                if (File.Exists(Path.Combine(folder, "killed", "run.json")))
                    words = ["train", "--resume", "--out", "killed", "--threads", "1"];
            }
            using (var last = Start(launcher, folder, left, words))
                last.WaitForExit();
            foreach (var file in Compared.Where(file => !File.ReadAllBytes(Path.Combine(folder, "whole", file)).AsSpan()
                .SequenceEqual(File.ReadAllBytes(Path.Combine(folder, "killed", file)))))
            {
                Console.WriteLine($"after {done} kills {file} differs");
                failures++;
            }
            Directory.Delete(Path.Combine(folder, "killed"), recursive: true);
        }
        Directory.Delete(folder, recursive: true);
        Console.WriteLine($"{done} kills of a rank of {ranks} and fewer under {launcher}, seed {seed}: {failures} files differ from "
            + $"the run that was never stopped, {clock.Elapsed.TotalSeconds:N0} s");
        return failures == 0 ? 0 : 1;
    }

    private static Process Start(string launcher, string folder, int ranks, string[] words)
    {
        string[] crowded = launcher.Contains("openmpi", StringComparison.Ordinal) ? ["--oversubscribe", "--bind-to", "none"] : [];
        var start = new ProcessStartInfo(launcher, [.. crowded, "-np", $"{ranks}", "dotnet", Command, .. words])
        {
            WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.Environment["OMPI_ALLOW_RUN_AS_ROOT"] = start.Environment["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1";
        start.Environment["OMPI_MCA_btl_vader_single_copy_mechanism"] = "none";
        var process = Process.Start(start)!;
        _ = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        return process;
    }

    private static void KillRank(string folder, int rank)
    {
        foreach (var process in Process.GetProcessesByName("dotnet"))
            if (new DirectoryInfo($"/proc/{process.Id}/cwd").LinkTarget == folder && File.ReadAllText($"/proc/{process.Id}/environ")
                .Split('\0').Any(variable => variable == $"OMPI_COMM_WORLD_RANK={rank}" || variable == $"PMI_RANK={rank}"))
                process.Kill();
    }

    private static int Lines(string path)
    {
        if (!File.Exists(path))
            return 0;
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        return reader.ReadToEnd().Count(letter => letter == '\n');
    }
}
