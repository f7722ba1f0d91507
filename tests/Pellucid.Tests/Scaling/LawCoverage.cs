using Pellucid.Scaling;
using Pellucid.Tensors;

namespace Pellucid.Tests.Scaling;

/// <summary>
/// How often the intervals of a fit hold the truth: runs of ten sizes and five lengths whose losses are a law's, with a log-normal
/// deviation of 0.5 %, drawn and fit anew.
/// </summary>
internal static class LawCoverage
{
    private const int Sizes = 10, Lengths = 5, Draws = 200;
    private const double Deviation = 0.005;
    private const uint NoisePurpose = 0x6e6f6973;

    private static readonly (string Name, Func<ScalingLaw, double> Of)[] Numbers =
        [("E", law => law.E), ("alpha", law => law.Alpha), ("beta", law => law.Beta), ("a", law => law.Exponent)];

    /// <summary>The share of data sets whose interval of 95 % holds the truth, for each number of the law.</summary>
    public static IReadOnlyList<(string Name, double Share)> Of(int sets, ulong seed, CancellationToken cancellation)
    {
        var (truth, held) = (ScalingLaw.Besiroglu, new int[Numbers.Length]);
        for (var set = 0; set < sets; set++)
        {
            var fit = LawFit.Of(Runs(truth, seed, set), Draws, seed + (ulong)set, cancellation);
            for (var i = 0; i < Numbers.Length; i++)
                if (fit.Of(Numbers[i].Of) is var interval && interval.Low <= Numbers[i].Of(truth) && Numbers[i].Of(truth) <= interval.High)
                    held[i]++;
        }
        return [.. Numbers.Select((number, i) => (number.Name, (double)held[i] / sets))];
    }

    // Each a model of its own: their deviations have nothing in common.
    private static ScalingRun[] Runs(ScalingLaw truth, ulong seed, int set) =>
    [
        .. Enumerable.Range(0, Sizes * Lengths).Select(run =>
        {
            var parameters = 1e7 * Math.Pow(1000, run / Lengths / (Sizes - 1.0));
            var tokens = parameters * 5 * Math.Pow(2, run % Lengths);
            return new ScalingRun(parameters, tokens, truth.Loss(parameters, tokens)
                * Math.Exp(Deviation * CounterRandom.Normal(seed, NoisePurpose, (ulong)set, (ulong)run)), $"{run}");
        }),
    ];
}
