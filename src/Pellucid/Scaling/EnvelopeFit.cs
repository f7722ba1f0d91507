using Pellucid.Tensors;

namespace Pellucid.Scaling;

/// <summary>
/// The first approach of Hoffmann et al. (2022): of each model the losses over its trainings' budgets make a curve; at every budget
/// the lowest curve names the size to take, and a line of its logarithm over that of the budget has the exponent a.
/// </summary>
public sealed class EnvelopeFit
{
    private const int Budgets = 1500, FewestModels = 3;
    private const uint DrawPurpose = 0x656e7665;

    private EnvelopeFit(IReadOnlyList<(double Flop, double Parameters, double Loss)> points, Interval exponent, double scale) =>
        (Points, Exponent, Scale) = (points, exponent, scale);

    /// <summary>Of 1,500 budgets, evenly in the logarithm, those at which the best size lies between others:
    /// that size, and its loss.</summary>
    public IReadOnlyList<(double Flop, double Parameters, double Loss)> Points { get; }

    /// <summary>a in N* = k C^a.</summary>
    public Interval Exponent { get; }

    /// <summary>k.</summary>
    public double Scale { get; }

    /// <summary>Finds the envelope and the line.</summary>
    /// <exception cref="ArgumentException">Fewer than three models were trained for several budgets.</exception>
    public static EnvelopeFit Of(IReadOnlyList<ScalingRun> runs, int bootstrap = 1000, ulong seed = 1)
    {
        ArgumentNullException.ThrowIfNull(runs);
        var curves = runs.GroupBy(run => run.Block).Select(model => model.OrderBy(run => run.Flop).DistinctBy(run => run.Flop).ToArray())
            .Where(curve => curve.Length > 1).ToArray();
        if (curves.Length < FewestModels)
            throw new ArgumentException($"approach 1 needs at least {FewestModels} models with trainings of several lengths; "
                + $"of {runs.Count} runs there are {curves.Length}");
        var points = Envelope(curves);
        if (points.Select(point => point.Parameters).Distinct().Take(2).Count() < 2)
            throw new ArgumentException(
                "no two sizes are the best between smaller and larger ones, so that nothing tells how size should grow");
        var (slope, intercept) = Line(points);
        var resampled = Enumerable.Range(0, bootstrap).Select(draw => Enumerable.Range(0, curves.Length).Select(place =>
                curves[CounterRandom.Bits(seed, DrawPurpose, (ulong)draw, (ulong)place) % (uint)curves.Length]).ToArray())
            .Select(drawn => Envelope(drawn)).Where(drawn => drawn.Select(point => point.Parameters).Distinct().Take(2).Count() == 2)
            .Select(drawn => Line(drawn).Slope);
        return new EnvelopeFit(points, Interval.Of(slope, resampled), Math.Exp(intercept));
    }

    private static List<(double Flop, double Parameters, double Loss)> Envelope(ScalingRun[][] curves)
    {
        var (low, high) = (Math.Log(curves.Min(curve => curve[0].Flop)), Math.Log(curves.Max(curve => curve[^1].Flop)));
        var points = new List<(double, double, double)>();
        for (var i = 0; i < Budgets; i++)
        {
            var flop = Math.Exp(low + (high - low) * i / (Budgets - 1));
            var there = curves.Select(curve => (curve[0].Parameters, Loss: At(curve, flop))).Where(one => one.Loss is not null).ToArray();
            if (there.Length < FewestModels)
                continue;
            // Where the smallest or the largest that was trained is the best, a smaller or larger one may be better.
            var best = there.MinBy(one => one.Loss);
            if (best.Parameters > there.Min(one => one.Parameters) && best.Parameters < there.Max(one => one.Parameters))
                points.Add((flop, best.Parameters, best.Loss!.Value));
        }
        return points;
    }

    // Between two lengths of training, straight in the logarithms; nothing outside.
    private static double? At(ScalingRun[] curve, double flop)
    {
        for (var i = 1; i < curve.Length; i++)
            if (flop >= curve[i - 1].Flop && flop <= curve[i].Flop)
            {
                var share = Math.Log(flop / curve[i - 1].Flop) / Math.Log(curve[i].Flop / curve[i - 1].Flop);
                return Math.Exp(Math.Log(curve[i - 1].Loss) * (1 - share) + Math.Log(curve[i].Loss) * share);
            }
        return null;
    }

    private static (double Slope, double Intercept) Line(IReadOnlyList<(double Flop, double Parameters, double Loss)> points) =>
        LeastSquares.Line([.. points.Select(point => (Math.Log(point.Flop), Math.Log(point.Parameters)))]);
}
