using System.CommandLine;
using Pellucid.Cli;
using Pellucid.Cli.Bench;
using Pellucid.Tensors.Cpu;

namespace Pellucid.Benchmarks.LlamaCpp;

/// <summary>Times a GGUF file in turn with llama.cpp: a prompt, single tokens after one, and loading.</summary>
internal static class LlamaCppBench
{
    /// <summary>What can be timed.</summary>
    public static readonly string[] Jobs = ["prompt", "decode", "load"];

    private const int TokensARound = 16;

    // The peer's threads may spin for a while after work; ours shall not have to share the cores with them.
    private const int PauseMilliseconds = 150;

    /// <summary>Times one job.</summary>
    /// <param name="words">Threads and form of the report.</param>
    /// <param name="path">The file.</param>
    /// <param name="job">One of <see cref="Jobs"/>.</param>
    /// <param name="tokens">Of the prompt; to decode, those before.</param>
    /// <param name="rounds">Measurements.</param>
    public static int Run(ParseResult words, string path, string job, int tokens, int rounds)
    {
        if (job == "load")
            return Load(words, path, rounds);
        using var ours = new InferenceBench(words, new(path), 1, tokens + TokensARound, profile: false);
        var backend = (CpuBackend)ours.Gpt.Backend;
        using var theirs = new LlamaCppRunner(path, tokens + TokensARound, backend.Threads);
        int[] prompt = [.. Enumerable.Range(0, tokens).Select(i => i % ours.Gpt.Config.VocabularySize)];
        ours.Step(prompt, 0);
        theirs.Read(prompt, 0);
        var isPrompt = job == "prompt";
        var count = isPrompt ? tokens : TokensARound;
        void Decode(Action<int> step)
        {
            for (var i = 0; i < TokensARound; i++)
                step(i);
        }

        var (own, peer) = InTurn(rounds,
            () => count / BenchCommand.Seconds(isPrompt ? () => ours.Step(prompt, 0) : () => Decode(i => ours.Step([i], tokens + i))),
            () => count / BenchCommand.Seconds(isPrompt ? () => theirs.Read(prompt, 0) : () => Decode(i => theirs.Read([i], tokens + i))));
        var floor = isPrompt ? ours.PromptFloor(tokens) / tokens : ours.TokenFloor(tokens + TokensARound / 2);
        return BenchCommand.Report(words,
            $"{(isPrompt ? $"reading a prompt of {tokens} tokens" : $"decoding after {tokens} tokens")}, {Path.GetFileName(path)}, "
                + $"on {backend.Name}", own, "tokens/s", [new Peer("llama.cpp", peer, own.Median / peer.Median)], floor * own.Median);
    }

    private static int Load(ParseResult words, string path, int rounds)
    {
        using var backend = (CpuBackend)CommonOptions.CreateBackend(words);
        int[] prompt = [.. Enumerable.Range(0, LoadBench.PromptTokens)];
        var bytes = 0L;
        var (own, peer) = InTurn(rounds, () =>
        {
            (_, var seconds, bytes) = LoadBench.Once(words, path, backend);
            return seconds;
        }, () => BenchCommand.Seconds(() =>
        {
            using var theirs = new LlamaCppRunner(path, 512, backend.Threads);
            theirs.Read(prompt, 0);
        }));
        return BenchCommand.Report(words, $"from the file to the logits after {prompt.Length} tokens, {Path.GetFileName(path)}, on "
            + backend.Name, own, "s", [new Peer("llama.cpp", peer, peer.Median / own.Median)],
            bytes / MachineFloor.BytesPerSecond(backend.Threads) / own.Median);
    }

    private static (Measurement Ours, Measurement Theirs) InTurn(int rounds, Func<double> ours, Func<double> theirs)
    {
        var (own, peer) = (new List<double>(), new List<double>());
        for (var round = -1; round < rounds; round++)
        {
            Thread.Sleep(PauseMilliseconds);
            var (a, b) = (ours(), theirs());
            if (round < 0)
                continue; // warms up
            own.Add(a);
            peer.Add(b);
        }
        Thread.Sleep(PauseMilliseconds);
        return (Measurement.Of(own), Measurement.Of(peer));
    }
}
