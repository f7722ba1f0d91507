using Pellucid.Pictures;
using Pellucid.Scaling;

namespace Pellucid.Cli.Scale;

/// <summary>Laws as curves over logarithms.</summary>
internal static class ScalePictures
{
    private const int Steps = 60, MostSeries = 5;

    /// <summary>Loss against compute, with the law's lowest, and how size grows.</summary>
    public static IReadOnlyList<Picture> Law(LawFit fit)
    {
        var (low, high) = (fit.Runs.Min(run => run.Flop), fit.Runs.Max(run => run.Flop));
        var budgets = Range(low, high).ToList();
        Series[] measured = [.. Sizes(fit.Runs).Select(size => new Series(ScaleCommand.Short(size.Key),
            [.. size.OrderBy(run => run.Flop).Select(run => (Log(run.Flop), run.Loss))], Faint: true))];
        return
        [
            Curves.Draw("Loss against compute: some sizes, and the lowest of the law", "log10 FLOP", "loss, nats a token",
                [.. measured, new Series("the law's best size", [.. budgets.Select(flop => (Log(flop), fit.Law.Optimum(flop).Loss))])]),
            Curves.Draw("The best size", "log10 FLOP", "log10 parameters",
            [
                new Series("N*", [.. budgets.Select(flop => (Log(flop), Log(fit.Law.Optimum(flop).Parameters)))]),
                .. (Series[])(fit.Resampled.Count == 0 ? [] :
                [
                    new Series("95 % from",
                        [.. budgets.Select(flop => (Log(flop), Log(fit.Of(law => law.Optimum(flop).Parameters).Low)))], true),
                    new Series("to", [.. budgets.Select(flop => (Log(flop), Log(fit.Of(law => law.Optimum(flop).Parameters).High)))], true),
                ]),
            ]),
            Contours(fit),
        ];
    }

    /// <summary>Sizes and numbers of tokens that the law gives the same loss, and the best of them.</summary>
    public static Picture Contours(LawFit fit)
    {
        const int levels = 4;
        var (law, runs) = (fit.Law, fit.Runs);
        var (least, most) = (runs.Min(run => run.Parameters), runs.Max(run => run.Parameters));
        var (fewest, longest) = (runs.Min(run => run.Tokens), runs.Max(run => run.Tokens));
        // From the loss of the largest and longest to that of the smallest and shortest, evenly above what no model gets below.
        var (low, high) = (law.Loss(most, longest) - law.E, law.Loss(least, fewest) - law.E);
        var contours = Enumerable.Range(1, levels).Select(i => law.E + low * Math.Pow(high / low, i / (levels + 1.0))).Select(loss =>
            new Series($"{loss:0.00} nats", [.. Range(least, most)
                .Select(size => (Size: size, Left: loss - law.Loss(size, double.PositiveInfinity)))
                .Where(one => one.Left > 0).Select(one => (one.Size, Tokens: Math.Pow(one.Left / law.B, -1 / law.Beta)))
                .Where(one => one.Tokens >= fewest && one.Tokens <= longest).Select(one => (Log(one.Size), Log(one.Tokens)))]));
        var best = Range(runs.Min(run => run.Flop), runs.Max(run => run.Flop)).Select(law.Optimum)
            .Where(one => one.Parameters >= least && one.Parameters <= most && one.Tokens >= fewest && one.Tokens <= longest);
        return Curves.Draw("Sizes and lengths of the same loss", "log10 parameters", "log10 tokens",
            [.. contours.Where(line => line.Points.Count > 1),
                new Series("the best at each budget", [.. best.Select(one => (Log(one.Parameters), Log(one.Tokens)))], Faint: true)]);
    }

    /// <summary>What share of nodes' time computes, over how many there are.</summary>
    public static Picture Efficiency(IReadOnlyList<(int Nodes, double Step, double Calendar)> points) =>
        Curves.Draw("The share of machines' time that one alone would need", "log2 nodes", "share",
        [
            new Series("of steps", [.. points.Select(point => (Math.Log2(point.Nodes), point.Step))]),
            new Series("with failures and saves", [.. points.Select(point => (Math.Log2(point.Nodes), point.Calendar))]),
        ]);

    /// <summary>Runs of one budget, and their parabolas.</summary>
    public static Picture Parabolas(IsoFlopFit fit) => Curves.Draw("Runs of one budget", "log10 parameters", "loss, nats a token",
        [.. Spread(fit.Budgets).Select(budget => new Series($"{ScaleCommand.Short(budget.Flop)} FLOP",
            [.. Range(budget.Runs[0].Parameters, budget.Runs[^1].Parameters).Select(size => (Log(size), budget.At(size)))]))]);

    /// <summary>The size of the lowest curve at each budget.</summary>
    public static Picture Envelope(EnvelopeFit fit) => Curves.Draw("The size that is best at a budget", "log10 FLOP", "log10 parameters",
    [
        new Series("of the models", [.. fit.Points.Select(point => (Log(point.Flop), Log(point.Parameters)))], Faint: true),
        new Series("the line", [.. new[] { fit.Points[0].Flop, fit.Points[^1].Flop }
            .Select(flop => (Log(flop), Log(fit.Scale * Math.Pow(flop, fit.Exponent.Value))))]),
    ]);

    private static IEnumerable<IGrouping<double, ScalingRun>> Sizes(IReadOnlyList<ScalingRun> runs) =>
        Spread([.. runs.GroupBy(run => run.Parameters).Where(size => size.Count() > 1).OrderBy(size => size.Key)]);

    // As many as can be told apart, from the first to the last.
    private static IEnumerable<T> Spread<T>(IReadOnlyList<T> all) => all.Count <= MostSeries ? all
        : Enumerable.Range(0, MostSeries).Select(i => all[i * (all.Count - 1) / (MostSeries - 1)]);

    private static IEnumerable<double> Range(double low, double high) =>
        Enumerable.Range(0, Steps).Select(i => low * Math.Pow(high / low, i / (Steps - 1.0)));

    private static double Log(double value) => Math.Log10(value);
}
