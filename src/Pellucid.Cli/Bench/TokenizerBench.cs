using System.CommandLine;
using Pellucid.Tokens;

namespace Pellucid.Cli.Bench;

/// <summary>Times the cutting of a text into tokens on one thread.</summary>
internal static class TokenizerBench
{
    private const int DefaultVocabulary = 4096;

    public static int Run(ParseResult words, string[] data, string? source, int rounds)
    {
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
            ("bytes_per_token", (double)text.Length / tokens.Count));
    }
}
