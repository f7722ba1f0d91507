using System.CommandLine;
using Pellucid.Tensors;

namespace Pellucid.Cli.Bench;

/// <summary>What this machine's matrix products come to, as a plan asks.</summary>
internal static class MatmulRate
{
    private const int Rows = 1024, Inner = 768, Columns = 3072, Rounds = 5; // a feed-forward layer of GPT-2

    /// <summary>10¹² operations a second: the middle of five rounds.</summary>
    public static double Measure(ParseResult words)
    {
        using var backend = CommonOptions.CreateBackend(words);
        using var arena = new Arena(backend);
        var (x, weight) = (arena.Allocate(new Shape(Rows, Inner)), arena.Allocate(new Shape(Inner, Columns)));
        var y = arena.Allocate(new Shape(Rows, Columns));
        backend.Fill(x, 0.5f);
        backend.Fill(weight, 0.25f);
        var rates = new List<double>();
        for (var round = -1; round < Rounds; round++)
        {
            var seconds = BenchCommand.Seconds(() => backend.Linear(x, weight, transposed: false, bias: default, y));
            if (round >= 0)
                rates.Add(2.0 * Rows * Inner * Columns / seconds / 1e12);
        }
        return Measurement.Of(rates).Median;
    }
}
