using System.CommandLine;
using System.Diagnostics;
using Pellucid.Models;
using Pellucid.Tensors.Cpu;
using Pellucid.Training;

namespace Pellucid.Cli.Bench;

/// <summary>Times whole training steps of a model with random weights on random tokens.</summary>
internal static class TrainBench
{
    // What AdamW reads and writes a parameter: weight, gradient, two moments; and back all but the gradient.
    private const int AdamWBytes = 28;

    public static int Run(ParseResult words, GptConfig config, int batch, int context, float dropout, int rounds, bool profile)
    {
        using var backend = (CpuBackend)CommonOptions.CreateBackend(words);
        var profiled = new ProfiledBackend(backend);
        if (context > config.Context)
            throw new ArgumentException($"--context of {context} is above the model's {config.Context}");
        MemoryLimit.CheckTraining(words, config, batch, context);
        using var gpt = new Gpt(config, profile ? profiled : backend);
        gpt.Initialize(1);
        var random = new Random(1);
        var tokens = Enumerable.Range(0, 20 * (context + 1)).Select(_ => random.Next(config.VocabularySize)).ToArray();
        using var trainer = new Trainer(gpt, new TokenStream(tokens, context, 0.5),
            new TrainingOptions { Steps = rounds + 3, Batch = batch, Dropout = dropout });
        var first = 1000 * BenchCommand.Seconds(() => trainer.TrainStep());
        trainer.TrainStep();
        trainer.TrainStep();
        profiled.Take();
        double[] steps = [.. Enumerable.Range(0, rounds).Select(_ => 1000 * BenchCommand.Seconds(() => trainer.TrainStep()))];
        var measured = Measurement.Of(steps);
        var memory = Process.GetCurrentProcess().PeakWorkingSet64; // before the floor is measured, which takes memory of its own

        if (profile)
            profiled.ShowShares(words, steps);

        var floor = 1000 * FloorSeconds(config, batch, context, backend);
        return BenchCommand.Report(words,
            $"training step, batch {batch}, context {context}, {config.Parameters} parameters, on {backend.Name}", measured,
            "ms", [], floor / measured.Median,
            ("first_step_ms", first), ("floor_ms", floor), ("tokens_per_second", 1000.0 * batch * context / measured.Median),
            ("peak_memory_mib", memory / 1048576.0));
    }

    /// <summary>Seconds that a step takes at least:
    /// its multiply-adds at the speed of registers, and AdamW's bytes at that of memory.</summary>
    public static double FloorSeconds(GptConfig config, int batch, int context, CpuBackend backend)
    {
        // 6 FLOP a weight and token, tables of positions aside, and the same for scores and mixing in attention.
        double count = batch * context;
        var flops = 6 * count * (config.NonEmbeddingParameters + (double)config.VocabularySize * config.Width)
            + 6 * count * config.Layers * config.Width * context;
        return flops / MachineFloor.FlopsPerSecond(backend)
            + (double)AdamWBytes * config.Parameters / MachineFloor.BytesPerSecond(backend.Threads);
    }
}
