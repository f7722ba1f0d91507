using System.CommandLine;
using Pellucid.Cli;
using Pellucid.Cli.Bench;
using Pellucid.Models;
using Pellucid.Models.Adapters;
using Pellucid.Tensors.Cpu;
using Pellucid.Training;
using Pellucid.Tuning;
using Pellucid.Tuning.Methods;

namespace Pellucid.Benchmarks.Torch;

/// <summary>Times steps of ours and of libtorch in turns, from the same weights over the same tokens.</summary>
internal static class TorchBench
{
    private const int WarmUp = 2; // turns
    private const double Tolerance = 1e-4;

    // Two programs that round differently part ways after some hundred steps of a usual rate.
    private const float Rate = 3e-5f;

    // The peer's threads spin for a while after work; ours shall not have to share the cores with them.
    private const int PauseMilliseconds = 150;

    /// <summary>Training of the whole model.</summary>
    public static int Train(ParseResult words, TrainingShape shape, int torchThreads, int rounds)
    {
        var (config, batch, context) = (shape.Config, shape.Batch, shape.Context);
        using var backend = NewBackend(words, ref torchThreads);
        using var gpt = NewGpt(config, backend);
        var stream = new TokenStream(RandomText(20 * (context + 1), config), context, 0.5);
        var options = new TrainingOptions
        {
            Steps = (WarmUp + rounds) * shape.StepsInTurn, Batch = batch, LearningRate = Rate, MinLearningRate = Rate
        };
        using var trainer = new Trainer(gpt, stream, options);
        using var peerGpt = new TorchGpt(config);
        peerGpt.CopyFrom(gpt);
        var peer = new TorchTrainer(peerGpt, step => [.. Enumerable.Range(0, batch).Select(i =>
            (ReadOnlyMemory<int>)stream.Draw(options.Seed, step, i).ToArray())], step => LearningRate.At(step, options), options);
        return Race(words, $"training step {shape.Name}, batch {batch}, context {context}, {config.Parameters} parameters",
            () => trainer.TrainStep().Loss, peer.TrainStep, shape.StepsInTurn, rounds, torchThreads, backend,
            () => TrainBench.FloorSeconds(config, batch, context, backend));
    }

    /// <summary>LoRA of all linear layers, by the same examples in every step.</summary>
    public static int Tune(ParseResult words, TrainingShape shape, int rank, int torchThreads, int rounds)
    {
        var (config, batch, context) = (shape.Config, shape.Batch, shape.Context);
        using var backend = NewBackend(words, ref torchThreads);
        using var gpt = NewGpt(config, backend);
        using var adapter = new Adapter(gpt, new AdapterConfig { Rank = rank, Alpha = 2 * rank });
        adapter.Initialize(1);
        int[][] texts = [.. RandomText(batch * (context + 1), config).Chunk(context + 1)];
        using var step = new TuningStep(gpt, adapter);
        using var method = new Imitation(step, backend, [.. texts.Select(text => new[] { TuningExample.OfText(text) })]);
        var options = new TuningOptions
        {
            Steps = (WarmUp + rounds) * shape.StepsInTurn, Batch = batch, MicroBatch = batch, LearningRate = 10 * Rate,
            Schedule = RateSchedule.Constant
        };
        var tuner = new Tuner(gpt, adapter, method, options);
        using var peerGpt = new TorchGpt(config, rank);
        peerGpt.CopyFrom(gpt);
        peerGpt.CopyFrom(adapter);
        var peer = new TorchTrainer(peerGpt, _ => [.. texts.Select(text => (ReadOnlyMemory<int>)text)], options.RateAt,
            options.AsTraining());
        return Race(words, $"LoRA step {shape.Name} of rank {rank}, batch {batch}, context {context}, {adapter.TrainedCount} of "
            + $"{config.Parameters} parameters", () => tuner.TuneStep().Loss!.Value, peer.TrainStep, shape.StepsInTurn, rounds,
            torchThreads, backend, () => TuneBench.FloorSeconds(config, batch, context, backend));
    }

    private static int Race(ParseResult words, string job, Func<double> ourStep, Func<double> peerStep, int stepsInTurn, int rounds,
        int torchThreads, CpuBackend backend, Func<double> floorSeconds)
    {
        var (ours, theirs, difference) = (new List<double>(), new List<double>(), 0.0);
        var (losses, peerLosses) = (new double[stepsInTurn], new double[stepsInTurn]);
        for (var turn = 0; turn < WarmUp + rounds; turn++)
        {
            ours.Add(MillisecondsOfAStep(ourStep, losses));
            theirs.Add(MillisecondsOfAStep(peerStep, peerLosses));
            for (var step = 0; step < losses.Length; step++)
            {
                difference = Math.Max(difference, Math.Abs(losses[step] / peerLosses[step] - 1));
                if (difference > Tolerance)
                    throw new InvalidDataException("the two do not compute the same: "
                        + $"at step {turn * losses.Length + step + 1} our loss is {losses[step]}, libtorch's {peerLosses[step]}");
            }
        }
        Thread.Sleep(PauseMilliseconds);
        var floor = 1000 * floorSeconds();
        var (measured, peerMeasured) = (Measurement.Of(ours.Skip(WarmUp)), Measurement.Of(theirs.Skip(WarmUp)));
        return BenchCommand.Report(words, $"{job}, on {backend.Name}", measured, "ms",
            [new Peer($"libtorch (TorchSharp, {torchThreads} threads)", peerMeasured, peerMeasured.Median / measured.Median)],
            floor / measured.Median,
            ("floor_ms", floor), ("percent_of_the_peers_time", 100 * measured.Median / peerMeasured.Median),
            ("losses_differ_by_millionths", 1e6 * difference));
    }

    private static double MillisecondsOfAStep(Func<double> trainStep, double[] losses)
    {
        Thread.Sleep(PauseMilliseconds);
        return BenchCommand.Seconds(() =>
        {
            for (var step = 0; step < losses.Length; step++)
                losses[step] = trainStep();
        }) * 1000 / losses.Length;
    }

    private static CpuBackend NewBackend(ParseResult words, ref int torchThreads)
    {
        var backend = (CpuBackend)CommonOptions.CreateBackend(words);
        torchThreads = torchThreads > 0 ? torchThreads : backend.Threads;
        TorchTrainer.Load(torchThreads);
        return backend;
    }

    private static Gpt NewGpt(GptConfig config, CpuBackend backend)
    {
        var gpt = new Gpt(config, backend);
        gpt.Initialize(1);
        return gpt;
    }

    private static int[] RandomText(int length, GptConfig config)
    {
        var random = new Random(1);
        return [.. Enumerable.Range(0, length).Select(_ => random.Next(config.VocabularySize))];
    }
}
