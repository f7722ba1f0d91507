using System.CommandLine;
using Pellucid.Tensors;
using Pellucid.Tensors.Cpu;

namespace Pellucid.Cli.Bench;

/// <summary>Times one matrix product.</summary>
internal static unsafe class MatmulBench
{
    // The peer's threads spin for a while after work; ours shall not have to share the cores with them.
    private const int PauseMilliseconds = 150;

    public static int Run(ParseResult words, int rows, int columns, int inner, string form, int rounds)
    {
        using var backend = (CpuBackend)CommonOptions.CreateBackend(words);
        var peak = MachineFloor.FlopsPerSecond(backend); // before the peer's threads are there, which spin for a while after work
        using var arena = new Arena(backend);
        var (left, right) = (form[0] == 't', form[1] == 't');
        var a = left ? Filled(backend, arena, inner, rows, 1) : Filled(backend, arena, rows, inner, 1);
        var b = right ? Filled(backend, arena, columns, inner, 2) : Filled(backend, arena, inner, columns, 2);
        var c = arena.Allocate(new Shape(rows, columns));
        var repetitions = Math.Max(1, (int)(5e9 / (2.0 * rows * columns * inner)));
        var flops = 2.0 * rows * columns * inner * repetitions / 1e9;
        var peer = OpenBlas.TryLoad(backend.Threads);
        var (ours, theirs) = (new List<double>(), new List<double>());
        for (var round = -1; round < rounds; round++)
        {
            Thread.Sleep(PauseMilliseconds);
            var seconds = BenchCommand.Seconds(() => Repeat(repetitions, () => Multiply(backend, a, left, b, right, c)));
            var peerSeconds = peer is null ? 0 : BenchCommand.Seconds(() =>
                Repeat(repetitions, () => peer.Multiply(a.Floats, left, b.Floats, right, c.Floats, rows, columns, inner)));
            if (round < 0)
                continue; // warms up
            ours.Add(flops / seconds);
            theirs.Add(flops / peerSeconds);
        }
        var (measured, peerMeasured) = (Measurement.Of(ours), Measurement.Of(theirs));
        Peer[] peers = peer is null ? [] : [new(peer.Name, peerMeasured, measured.Median / peerMeasured.Median)];
        return BenchCommand.Report(words, $"{rows} × {inner} by {inner} × {columns} ({form}) on {backend.Name}", measured, "GFLOP/s",
            peers, 1e9 * measured.Median / peak);
    }

    // The three products of a linear layer: forward (nn or nt), gradient of the input (nt or nn), gradient of the weight (tn).
    private static void Multiply(Backend backend, Tensor a, bool aTransposed, Tensor b, bool bTransposed, Tensor c)
    {
        if (aTransposed)
            backend.LinearBackwardWeight(b, a, transposed: false, c, accumulate: false);
        else
            backend.Linear(a, b, bTransposed, bias: default, c);
    }

    private static Tensor Filled(Backend backend, Arena arena, int rows, int columns, uint purpose)
    {
        var tensor = arena.Allocate(new Shape(rows, columns));
        var values = new float[tensor.Count];
        for (var i = 0; i < values.Length; i++)
            values[i] = CounterRandom.Uniform(1, purpose, 0, (ulong)i) - 0.5f;
        backend.Write(values, tensor);
        return tensor;
    }

    private static void Repeat(int count, Action action)
    {
        for (var i = 0; i < count; i++)
            action();
    }
}
