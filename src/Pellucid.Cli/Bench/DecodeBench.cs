using System.CommandLine;
using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tensors.Cpu;

namespace Pellucid.Cli.Bench;

/// <summary>Times single-token steps over a key-value store.</summary>
internal static class DecodeBench
{
    private const int TokensARound = 16;

    public static int Run(ParseResult words, GptConfig config, int batch, int context, int rounds)
    {
        using var backend = (CpuBackend)CommonOptions.CreateBackend(words);
        if (context + TokensARound > config.Context)
            throw new ArgumentException($"--context of {context} leaves no room in the model's {config.Context}");
        using var gpt = new Gpt(config, backend);
        gpt.Initialize(1);
        using var store = new KeyValueStore(backend, config.Layers, batch, config.Context, config.Heads, config.HeadWidth);
        using var arena = new Arena(backend);
        using var rows = new TokenRows(backend);
        var run = new GptRun(new Operations(backend, arena)) { Store = store };
        var logits = new float[batch * config.VocabularySize];

        void Step(ReadOnlySpan<int> tokens, int position, bool read)
        {
            run.Operations.Reset();
            rows.Clear();
            for (var sequence = 0; sequence < batch; sequence++)
                rows.Add(tokens, position, sequence);
            run.LogitRows = read ? null : [0];
            var y = gpt.Logits(gpt.Forward(rows, run), run);
            if (read)
                backend.Read(y, logits);
        }

        Step([.. Enumerable.Range(0, context)], 0, read: false);
        double Round() => BenchCommand.Seconds(() =>
        {
            for (var i = 0; i < TokensARound; i++)
                Step([i], context + i, read: true);
        });
        Round();
        var median = batch * TokensARound / BenchCommand.Median(Enumerable.Range(0, rounds).Select(_ => Round()));
        var weights = 4.0 * (config.NonEmbeddingParameters + (double)config.VocabularySize * config.Width);
        var keysAndValues = 8.0 * batch * config.Layers * config.Width * (context + TokensARound / 2);
        var best = batch * MachineFloor.BytesPerSecond(backend.Threads) / (weights + keysAndValues);
        return BenchCommand.Report(words, $"decoding, batch {batch}, after {context} tokens, {config.Parameters} parameters, on {backend.Name}", median, "tokens/s", [], median / best);
    }
}
