using System.Diagnostics;

namespace Pellucid.LongTests;

/// <summary>200 steps, killed at random moments and resumed until they are done: the same bytes as a run that was never stopped.</summary>
internal static class KillLoop
{
    private const int Steps = 200, MostKills = 3;

    private static readonly string Command = Path.Combine(AppContext.BaseDirectory, "Pellucid.Cli.dll");
    private static readonly string[] Compared = ["model.safetensors", "resume.safetensors", "best/model.safetensors",
        "config.json", "characters.json"];

    public static int Run(int rounds, ulong seed)
    {
        var folder = Directory.CreateTempSubdirectory("pellucid-kill-").FullName;
        var random = new Random((int)seed);
        var (clock, kills, failures) = (Stopwatch.StartNew(), 0, 0);
        string[] run = ["train", "--steps", $"{Steps}", "--layers", "1", "--width", "32", "--heads", "2", "--context", "16", "--eval-every",
            "40", "--eval-batches", "2", "--save-every", "9", "--dropout", "0.1"];
        var whole = Stopwatch.StartNew();
        Train([.. run, "--out", "whole", "--threads", "1"], folder, null);
        var seconds = whole.Elapsed.TotalSeconds;
        for (var round = 0; round < rounds; round++)
        {
            string[] words = [.. run, "--out", "killed", "--threads", $"{1 + round % 2}"];
            for (var kill = 0; kill < MostKills; kill++)
            {
                if (Train(words, folder, TimeSpan.FromSeconds(random.NextDouble() * seconds)))
                    break;
                kills++;
                if (File.Exists(Path.Combine(folder, "killed", "run.json")))
                    words = ["train", "--resume", "--out", "killed", "--threads", $"{1 + kill % 2}"];
            }
            Train(words, folder, null);
            if (Compared.FirstOrDefault(file => !File.ReadAllBytes(Path.Combine(folder, "whole", file)).AsSpan()
                .SequenceEqual(File.ReadAllBytes(Path.Combine(folder, "killed", file)))) is { } file)
            {
                Console.WriteLine($"round {round}: {file} differs");
                failures++;
            }
            Directory.Delete(Path.Combine(folder, "killed"), recursive: true);
        }
        Directory.Delete(folder, recursive: true);
        Console.WriteLine($"{rounds} runs of {Steps} steps, killed {kills} times, seed {seed}, on 1 and 2 threads: "
            + $"{failures} differ from the run that was never stopped, {clock.Elapsed.TotalSeconds:N0} s");
        return failures == 0 ? 0 : 1;
    }

    // True if it came to its end before it was killed.
    private static bool Train(string[] words, string folder, TimeSpan? killAfter)
    {
        var start = new ProcessStartInfo("dotnet",
            [Command, .. words]) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        if (killAfter is { } time && !process.WaitForExit(time))
        {
            process.Kill();
            process.WaitForExit();
            return false;
        }
        process.WaitForExit();
        _ = output.Result;
        return process.ExitCode == 0 ? true : throw new InvalidOperationException($"{string.Join(' ', words)}: {error.Result}");
    }
}
