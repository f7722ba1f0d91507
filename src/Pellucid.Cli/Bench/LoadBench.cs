using System.CommandLine;
using System.Diagnostics;
using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Cli.Bench;

/// <summary>Times how a model's files become one that computes.</summary>
internal static class LoadBench
{
    /// <summary>Tokens of the prompt.</summary>
    public const int PromptTokens = 16;

    /// <summary>Seconds from nothing to the logits after a short prompt, and how many of them are loading.</summary>
    public static int Run(ParseResult words, string path, int rounds)
    {
        var (loading, reading, bytes) = (new List<double>(), new List<double>(), 0L);
        using var backend = CommonOptions.CreateBackend(words);
        for (var round = 0; round < rounds; round++)
        {
            (var loaded, var read, bytes) = Once(words, path, backend);
            loading.Add(loaded);
            reading.Add(read);
        }
        var peak = Process.GetCurrentProcess().PeakWorkingSet64;
        var floor = bytes / MachineFloor.BytesPerSecond(backend.Threads);
        return BenchCommand.Report(words, $"loading {path} and reading {PromptTokens} tokens, on {backend.Name}", Measurement.Of(reading),
            "s", [], floor / Measurement.Of(reading).Median, ("of_these_milliseconds_of_loading", 1000 * Measurement.Of(loading).Median),
            ("the_first_time_in_this_process_milliseconds", 1000 * reading[0]), ("megabytes_of_weights", bytes / 1e6),
            ("megabytes_of_memory_at_most", peak / 1e6));
    }

    /// <summary>Seconds until the weights are there, and until a short prompt is read; and bytes of the weights.</summary>
    public static (double Loaded, double Read, long Bytes) Once(ParseResult words, string path, Backend backend)
    {
        var start = Stopwatch.GetTimestamp();
        using var gpt = ModelFolder.LoadGpt(path, backend, ElementType.Mixed);
        var loaded = Stopwatch.GetElapsedTime(start).TotalSeconds;
        CommonOptions.SetActivations(words, gpt);
        ReadPrompt(gpt);
        return (loaded, Stopwatch.GetElapsedTime(start).TotalSeconds, gpt.Parameters.Bytes);
    }

    private static void ReadPrompt(Gpt gpt)
    {
        using var arena = new Arena(gpt.Backend);
        using var rows = new TokenRows(gpt.Backend);
        rows.Add([.. Enumerable.Range(0, PromptTokens).Select(i => i % gpt.Config.VocabularySize)]);
        var run = new GptRun(new Operations(gpt.Backend, arena)) { LogitRows = [PromptTokens - 1] };
        gpt.Backend.Read(gpt.Logits(gpt.Forward(rows, run), run), new float[gpt.Config.VocabularySize]);
    }
}
