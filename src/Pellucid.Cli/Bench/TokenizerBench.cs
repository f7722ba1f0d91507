using System.CommandLine;
using Pellucid.Tokens;

namespace Pellucid.Cli.Bench;

/// <summary>Times the cutting of a text into tokens on one thread, and the loading of a tokenizer.</summary>
internal static class TokenizerBench
{
    private const int DefaultVocabulary = 4096;

    public static int Run(ParseResult words, string[] data, string? source, int rounds)
    {
        var loads = source is null ? [] : Enumerable.Range(0, 1 + rounds).Select(_ => Load(source)).ToArray();
        var text = TrainingText.Read(data);
        var tokenizer = source is null ? BpeTrainer.Train(text, DefaultVocabulary) : TokenizerPath.Load(source);
        var tokens = new List<int>(text.Length / 2);
        var speeds = new List<double>();
        for (var round = -1; round < rounds; round++)
        {
            tokens.Clear();
            var speed = text.Length / 1e6 / BenchCommand.Seconds(() => tokenizer.Encode(text, tokens));
            if (round >= 0) // the first one warms up
                speeds.Add(speed);
        }
        var measured = Measurement.Of(speeds);
        return BenchCommand.Report(words, $"encoding {text.Length} bytes with {tokenizer.VocabularySize} tokens on one thread", measured,
            "MB/s", [], 1e6 * measured.Median / MachineFloor.BytesPerSecond(1),
            [("bytes_per_token", (double)text.Length / tokens.Count), .. loads.Length == 0 ? [] : ((string, double)[])
            [
                ("first_load_milliseconds", loads[0].Milliseconds),
                ("load_milliseconds", Measurement.Of([.. loads[1..].Select(load => load.Milliseconds)]).Median),
                ("load_allocated_megabytes", loads[^1].Megabytes),
            ]]);
    }

    // The first one is what a user waits for: nothing is compiled for long yet.
    private static (double Milliseconds, double Megabytes) Load(string source)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var seconds = BenchCommand.Seconds(() => Tokenizer.Load(source));
        return (1e3 * seconds, (GC.GetAllocatedBytesForCurrentThread() - before) / 1e6);
    }
}
