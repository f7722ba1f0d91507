using System.CommandLine;
using Pellucid.Cli;
using Pellucid.Cli.Bench;
using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tensors.Cpu;

namespace Pellucid.Benchmarks.Onnx;

/// <summary>Times the reading of a prompt by GPT-2 124M, ours and ONNX Runtime's in turn, with the same random weights.</summary>
internal static class OnnxBench
{
    private const double Tolerance = 1e-3;

    // The peer's threads spin for a while after work; ours shall not have to share the cores with them.
    private const int PauseMilliseconds = 150;

    public static int Run(ParseResult words, int tokens, bool integers, int rounds)
    {
        var config = GptPresets.Find("gpt2")!;
        using var exact = new InferenceBench(words, new(config, ElementType.PackedFloat32), 1, tokens, profile: false);
        using var rounded = integers ? new InferenceBench(words, new(config, ElementType.Q8_0), 1, tokens, profile: false) : null;
        var own = rounded ?? exact;
        var backend = (CpuBackend)own.Gpt.Backend;
        int[] prompt = [.. Enumerable.Range(0, tokens)
            .Select(i => (int)(CounterRandom.Bits(1, 1, 0, (ulong)i) % (uint)config.VocabularySize))];
        using var peer = new OnnxPrompt(OnnxGpt.Write(exact.Gpt, tokens, integers), prompt, backend.Threads);

        exact.Step(prompt, 0);
        own.Step(prompt, 0);
        peer.Read();
        var (difference, peerDifference) = (Difference(own.Logits, exact.Logits), Difference(peer.Logits, exact.Logits));
        if (!integers && !(peerDifference <= Tolerance))
            throw new InvalidDataException($"the two do not compute the same: their logits differ by {peerDifference} of the largest");

        var (ours, theirs) = (new List<double>(), new List<double>());
        for (var round = -1; round < rounds; round++)
        {
            Thread.Sleep(PauseMilliseconds);
            var (seconds, peerSeconds) = (BenchCommand.Seconds(() => own.Step(prompt, 0)), BenchCommand.Seconds(peer.Read));
            if (round < 0)
                continue; // warms up
            ours.Add(tokens / seconds);
            theirs.Add(tokens / peerSeconds);
        }
        Thread.Sleep(PauseMilliseconds);
        var floor = own.PromptFloor(tokens);
        var (measured, peerMeasured) = (Measurement.Of(ours), Measurement.Of(theirs));
        return BenchCommand.Report(words, $"reading a prompt of {tokens} tokens, {config.Parameters} parameters, "
            + $"weights {(integers ? "q8_0" : "f32")}, on {backend.Name}", measured, "tokens/s",
            [new Peer($"ONNX Runtime{(integers ? ", dynamic int8" : "")}", peerMeasured, measured.Median / peerMeasured.Median)],
            floor * measured.Median / tokens,
            ("our_logits_differ_from_f32_by_millionths_of_the_largest", 1e6 * difference),
            ("the_peers_logits_differ_by_millionths_of_the_largest", 1e6 * peerDifference));
    }

    private static double Difference(ReadOnlySpan<float> logits, ReadOnlySpan<float> exact)
    {
        var (largest, difference) = (0.0, 0.0);
        for (var i = 0; i < exact.Length; i++)
            (largest, difference) = (Math.Max(largest, Math.Abs(exact[i])), Math.Max(difference, Math.Abs(logits[i] - exact[i])));
        return difference / largest;
    }
}
