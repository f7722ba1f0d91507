using System.CommandLine;
using System.Diagnostics;
using Pellucid.Cli.Tune;
using Pellucid.Models;
using Pellucid.Models.Adapters;
using Pellucid.Tensors;
using Pellucid.Tensors.Cpu;
using Pellucid.Training;
using Pellucid.Tuning;
using Pellucid.Tuning.Methods;

namespace Pellucid.Cli.Bench;

/// <summary>Times steps that tune an adapter by examples (LoRA-SFT), in turn with whole training steps of the same model and rows, which
/// have random weights and random tokens.</summary>
internal static class TuneBench
{
    private const int Warmups = 2;

    public static int Run(ParseResult words, GptConfig config, int batch, int context, int rank, int rounds, bool profile)
    {
        using var backend = (CpuBackend)CommonOptions.CreateBackend(words);
        var profiled = new ProfiledBackend(backend);
        if (context > config.Context)
            throw new ArgumentException($"--context of {context} is above the model's {config.Context}");
        MemoryLimit.CheckTraining(words, config, batch, context);
        using var gpt = NewGpt(config, profile ? profiled : backend);
        using var adapter = new Adapter(gpt, new AdapterConfig { Rank = rank, Alpha = 2 * rank });
        adapter.Initialize(1);
        using var step = new TuningStep(gpt, adapter, recomputes: words.GetValue(TuneOptions.Recompute));
        var random = new Random(1);
        int[] Text(int length) => [.. Enumerable.Range(0, length).Select(_ => random.Next(config.VocabularySize))];
        using var method = new Imitation(step, gpt.Backend,
            [.. Enumerable.Range(0, 5 * batch).Select(_ => new[] { TuningExample.OfText(Text(context + 1)) })]);
        var tuner = new Tuner(gpt, adapter, method, new TuningOptions { Steps = rounds + Warmups, Batch = batch, MicroBatch = batch });
        for (var i = 0; i < Warmups; i++)
            tuner.TuneStep();
        var memory = Process.GetCurrentProcess().PeakWorkingSet64; // before the whole step, which takes more of its own
        // The model, what is learned with its gradients and two moments, and activations.
        var needed = Enumerable.Range(0, gpt.Parameters.Count).Sum(index => gpt.Parameters[index].Bytes)
            + 4 * sizeof(float) * adapter.TrainedCount + step.Bytes;
        profiled.Take();
        if (profile)
        {
            double[] alone = [.. Enumerable.Range(0, rounds).Select(_ => Milliseconds(() => tuner.TuneStep()))];
            profiled.ShowShares(words, alone);
            return PellucidCommand.Done;
        }

        using var whole = NewGpt(config, backend);
        using var trainer = new Trainer(whole, new TokenStream(Text(20 * (context + 1)), context, 0.5),
            new TrainingOptions { Steps = rounds + Warmups, Batch = batch });
        for (var i = 0; i < Warmups; i++)
            trainer.TrainStep();
        var (tuning, training) = (new double[rounds], new double[rounds]);
        for (var round = 0; round < rounds; round++)
            (tuning[round], training[round]) = (Milliseconds(() => tuner.TuneStep()), Milliseconds(() => trainer.TrainStep()));
        var (ours, full) = (Measurement.Of(tuning), Measurement.Of(training));
        var floor = 1000 * FloorSeconds(config, batch, context, backend);
        return BenchCommand.Report(words,
            $"LoRA step of rank {rank}, batch {batch}, context {context}, {adapter.TrainedCount} of {config.Parameters} parameters, on "
            + backend.Name, ours, "ms", [new Peer("whole training step", full, full.Median / ours.Median)], floor / ours.Median,
            ("of_a_whole_step_percent", 100 * ours.Median / full.Median), ("floor_ms", floor),
            ("tokens_per_second", 1000.0 * batch * context / ours.Median), ("peak_memory_mib", memory / 1048576.0),
            ("needed_memory_mib", needed / 1048576.0), ("peak_of_needed", (double)memory / needed));
    }

    /// <summary>Seconds that a step takes at least: forward and the gradients of activations are computed, those of weights are not.
    /// </summary>
    public static double FloorSeconds(GptConfig config, int batch, int context, CpuBackend backend)
    {
        double count = batch * context;
        return (4 * count * (config.NonEmbeddingParameters + (double)config.VocabularySize * config.Width)
            + 6 * count * config.Layers * config.Width * context) / MachineFloor.FlopsPerSecond(backend);
    }

    private static Gpt NewGpt(GptConfig config, Backend backend)
    {
        var gpt = new Gpt(config, backend);
        gpt.Initialize(1);
        return gpt;
    }

    private static double Milliseconds(Action step) => 1000 * BenchCommand.Seconds(step);
}
