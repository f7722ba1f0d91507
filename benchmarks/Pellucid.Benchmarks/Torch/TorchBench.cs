using System.CommandLine;
using Pellucid.Cli;
using Pellucid.Cli.Bench;
using Pellucid.Models;
using Pellucid.Tensors.Cpu;
using Pellucid.Training;

namespace Pellucid.Benchmarks.Torch;

/// <summary>Times training steps of ours and of libtorch in turn, from the same weights over the same tokens.</summary>
internal static class TorchBench
{
    private const int WarmUp = 2;
    private const double Tolerance = 1e-4;

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
        var stream = new TokenStream([.. Enumerable.Range(0, 20 * (context + 1)).Select(_ => random.Next(config.VocabularySize))], context, 0.5);
        var options = new TrainingOptions { Steps = WarmUp + rounds, Batch = batch };
        using var trainer = new Trainer(gpt, stream, options);
        using var peer = new TorchTrainer(gpt, stream, options);

        var (ours, theirs, difference) = (new List<double>(), new List<double>(), 0.0);
        for (var step = 1; step <= options.Steps; step++)
        {
            var (loss, peerLoss) = (0.0, 0.0);
            Thread.Sleep(PauseMilliseconds);
            ours.Add(1000 * BenchCommand.Seconds(() => loss = trainer.TrainStep().Loss));
            theirs.Add(1000 * BenchCommand.Seconds(() => peerLoss = peer.TrainStep()));
            difference = Math.Max(difference, Math.Abs(loss / peerLoss - 1));
            if (difference > Tolerance)
                throw new InvalidDataException($"the two do not compute the same: at step {step} our loss is {loss}, libtorch's {peerLoss}");
        }
        Thread.Sleep(PauseMilliseconds);
        var floor = 1000 * TrainBench.FloorSeconds(config, batch, context, backend);
        var (measured, peerMeasured) = (Measurement.Of(ours.Skip(WarmUp)), Measurement.Of(theirs.Skip(WarmUp)));
        return BenchCommand.Report(words, $"training step {shape.Name}, batch {batch}, context {context}, {config.Parameters} parameters, on {backend.Name}", measured, "ms",
            [new Peer($"libtorch (TorchSharp, {torchThreads} threads)", peerMeasured, peerMeasured.Median / measured.Median)], floor / measured.Median,
            ("floor_ms", floor), ("percent_of_the_peers_time", 100 * measured.Median / peerMeasured.Median), ("losses_differ_by_millionths", 1e6 * difference));
    }
}
