using System.CommandLine;
using Pellucid.Models;
using Pellucid.Models.Adapters;
using Pellucid.Tensors;
using Pellucid.Tuning.Policies;

namespace Pellucid.Cli.Bench;

/// <summary>Times answers of a policy to one prompt, each token with the log-probability that training needs, in turn with plain writing
/// of as many sequences after as many tokens.</summary>
internal static class RolloutBench
{
    private const int Tokens = 64;

    public static int Run(ParseResult words, GptConfig config, int answers, int context, int rank, int rounds)
    {
        using var bench = new InferenceBench(words, new BenchedModel(config, ElementType.Float32), answers,
            context + Tokens, profile: false);
        using var adapter = new Adapter(bench.Gpt, new AdapterConfig { Rank = rank, Alpha = 2 * rank });
        adapter.Initialize(1);
        using var rollouts = new Rollouts(bench.Gpt, adapter, new RolloutOptions { MaxTokens = Tokens, MostRunning = answers });
        int[] prompt = [.. Enumerable.Range(0, context).Select(i => i % config.VocabularySize)];
        bench.Step(prompt, 0);
        var (policy, plain) = (new double[rounds], new double[rounds]);
        for (var round = -1; round < rounds; round++)
        {
            var (written, stepped) = (BenchCommand.Seconds(() =>
                rollouts.Write([.. Enumerable.Repeat(prompt, answers)], round + 1, CancellationToken.None)), BenchCommand.Seconds(() =>
            {
                for (var i = 0; i < Tokens; i++)
                    bench.Step([i], context + i);
            }));
            if (round >= 0) // the first one warms up
                (policy[round], plain[round]) = (answers * Tokens / written, answers * Tokens / stepped);
        }
        var (ours, decoded) = (Measurement.Of(policy), Measurement.Of(plain));
        return BenchCommand.Report(words,
            $"rollouts, {answers} answers of {Tokens} tokens to a prompt of {context}, adapter of rank {rank}, "
                + $"{config.Parameters} parameters, "
            + $"on {bench.Gpt.Backend.Name}", ours, "tokens/s", [new Peer("plain decoding", decoded, ours.Median / decoded.Median)],
            ours.Median * bench.TokenFloor(context + Tokens / 2) / answers);
    }
}
