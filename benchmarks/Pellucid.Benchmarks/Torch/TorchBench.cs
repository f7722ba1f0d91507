using System.CommandLine;
using Pellucid.Cli;
using Pellucid.Cli.Bench;
using Pellucid.Models;
using Pellucid.Tensors.Cpu;
using Pellucid.Training;

namespace Pellucid.Benchmarks.Torch;

/// <summary>Times training steps of ours and of libtorch in turns, from the same weights over the same tokens.</summary>
internal static class TorchBench
{
    private const int WarmUp = 2; // turns
    private const double Tolerance = 1e-4;

    // Two programs that round differently part ways after some hundred steps of a usual rate.
    private const float LearningRate = 3e-5f;

    // The peer's threads spin for a while after work; ours shall not have to share the cores with them.
    private const int PauseMilliseconds = 150;

    public static int Run(ParseResult words, TrainingShape shape, int torchThreads, int rounds)
    {
        var (config, batch, context) = (shape.Config, shape.Batch, shape.Context);
        using var backend = (CpuBackend)CommonOptions.CreateBackend(words);
        torchThreads = torchThreads > 0 ? torchThreads : backend.Threads;
        TorchTrainer.Load(torchThreads);
        using var gpt = new Gpt(config, backend);
        gpt.Initialize(1);
        var random = new Random(1);
        var stream = new TokenStream(
            [.. Enumerable.Range(0, 20 * (context + 1)).Select(_ => random.Next(config.VocabularySize))], context, 0.5);
        var options = new TrainingOptions
        {
            Steps = (WarmUp + rounds) * shape.StepsInTurn, Batch = batch, LearningRate = LearningRate, MinLearningRate = LearningRate
        };
        using var trainer = new Trainer(gpt, stream, options);
        using var peer = new TorchTrainer(gpt, stream, options);

        var (ours, theirs, difference) = (new List<double>(), new List<double>(), 0.0);
        var (losses, peerLosses) = (new double[shape.StepsInTurn], new double[shape.StepsInTurn]);
        for (var turn = 0; turn < WarmUp + rounds; turn++)
        {
            ours.Add(MillisecondsOfAStep(() => trainer.TrainStep().Loss, losses));
            theirs.Add(MillisecondsOfAStep(peer.TrainStep, peerLosses));
            for (var step = 0; step < losses.Length; step++)
            {
                difference = Math.Max(difference, Math.Abs(losses[step] / peerLosses[step] - 1));
                if (difference > Tolerance)
                    throw new InvalidDataException("the two do not compute the same: "
                        + $"at step {turn * losses.Length + step + 1} our loss is {losses[step]}, libtorch's {peerLosses[step]}");
            }
        }
        Thread.Sleep(PauseMilliseconds);
        var floor = 1000 * TrainBench.FloorSeconds(config, batch, context, backend);
        var (measured, peerMeasured) = (Measurement.Of(ours.Skip(WarmUp)), Measurement.Of(theirs.Skip(WarmUp)));
        return BenchCommand.Report(words,
            $"training step {shape.Name}, batch {batch}, context {context}, {config.Parameters} parameters, on {backend.Name}",
            measured, "ms",
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
}
