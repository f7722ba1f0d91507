using Pellucid.Tensors;

namespace Pellucid.Scaling;

/// <summary>Runs of one budget and the parabola of their losses over ln N.</summary>
/// <param name="Flop">The budget: the mean of theirs.</param>
/// <param name="Runs">In order of size.</param>
/// <param name="Parameters">N* at its lowest point.</param>
/// <param name="Loss">The loss there.</param>
/// <param name="Curvature">How fast it rises, over the square of ln (N / N*).</param>
public sealed record IsoFlopBudget(double Flop, IReadOnlyList<ScalingRun> Runs, double Parameters, double Loss, double Curvature)
{
    /// <summary>The parabola.</summary>
    public double At(double parameters) => Loss + Curvature * Math.Pow(Math.Log(parameters / Parameters), 2);
}

/// <summary>
/// The second approach of Hoffmann et al. (2022): runs of one budget lie on a parabola over ln N; a line through its lowest points
/// over ln C has the exponent a. Where α and β differ, the lowest points lie beside the law's own, by a factor that hardly depends on
/// the budget: the exponent is right where the intercept is not.
/// </summary>
public sealed class IsoFlopFit
{
    private const uint DrawPurpose = 0x69736f66;
    private const int FewestRuns = 4, FewestBudgets = 3;
    private const double SameBudget = 1.25;

    private IsoFlopFit(IReadOnlyList<IsoFlopBudget> budgets, Interval exponent, double scale, int leftOut) =>
        (Budgets, Exponent, Scale, LeftOut) = (budgets, exponent, scale, leftOut);

    /// <summary>Budgets whose runs make a valley, in order.</summary>
    public IReadOnlyList<IsoFlopBudget> Budgets { get; }

    /// <summary>a in N* = k C^a.</summary>
    public Interval Exponent { get; }

    /// <summary>k.</summary>
    public double Scale { get; }

    /// <summary>Budgets left out: of fewer than four runs, or without a lowest point.</summary>
    public int LeftOut { get; }

    /// <summary>N* of a budget.</summary>
    public double Optimum(double flop) => Scale * Math.Pow(flop, Exponent.Value);

    /// <summary>Fits parabolas and the line.</summary>
    /// <exception cref="ArgumentException">Fewer than three budgets have a lowest point.</exception>
    public static IsoFlopFit Of(IReadOnlyList<ScalingRun> runs, int bootstrap = 1000, ulong seed = 1)
    {
        ArgumentNullException.ThrowIfNull(runs);
        var groups = Groups(runs);
        var budgets = groups.Select(Parabola).OfType<IsoFlopBudget>().ToList();
        if (budgets.Count < FewestBudgets)
            throw new ArgumentException(
                $"approach 2 needs {FewestBudgets} budgets of at least {FewestRuns} runs with a lowest point between; "
                    + $"{runs.Count} runs of {groups.Count} budgets have {budgets.Count}");
        var (slope, intercept) = Line(budgets);
        var resampled = Enumerable.Range(0, bootstrap).Select(draw => Redrawn(groups, seed, draw)).OfType<double>();
        return new IsoFlopFit(budgets, Interval.Of(slope, resampled), Math.Exp(intercept), groups.Count - budgets.Count);
    }

    // Runs whose budgets are the same; nearly so where they are not told but follow from N and D.
    private static List<List<ScalingRun>> Groups(IReadOnlyList<ScalingRun> runs)
    {
        var groups = new List<List<ScalingRun>>();
        foreach (var run in runs.OrderBy(run => run.Flop))
            if (groups.Count > 0 && run.Flop <= (run.Budget is null ? SameBudget : 1 + 1e-6) * groups[^1][0].Flop)
                groups[^1].Add(run);
            else
                groups.Add([run]);
        return groups;
    }

    private static IsoFlopBudget? Parabola(IReadOnlyList<ScalingRun> runs)
    {
        if (runs.Count < FewestRuns)
            return null;
        var mean = runs.Average(run => Math.Log(run.Parameters));
        var rows = runs.Select(run => Math.Log(run.Parameters) - mean).Select(x => new[] { 1, x, x * x }).ToArray();
        if (LeastSquares.Solve(rows, [.. runs.Select(run => run.Loss)]) is not [var constant, var slope, > 0 and var curvature])
            return null;
        var lowest = -slope / 2 / curvature;
        return new IsoFlopBudget(Math.Exp(runs.Average(run => Math.Log(run.Flop))), [.. runs.OrderBy(run => run.Parameters)],
            Math.Exp(mean + lowest), constant + slope * lowest + curvature * lowest * lowest, curvature);
    }

    private static (double Slope, double Intercept) Line(IReadOnlyList<IsoFlopBudget> budgets) =>
        LeastSquares.Line([.. budgets.Select(budget => (Math.Log(budget.Flop), Math.Log(budget.Parameters)))]);

    private static double? Redrawn(List<List<ScalingRun>> groups, ulong seed, int draw)
    {
        var place = 0UL;
        var budgets = groups.Select(group => Parabola([.. group.Select(_ =>
            group[(int)(CounterRandom.Bits(seed, DrawPurpose, (ulong)draw, place++) % (uint)group.Count)])]))
            .OfType<IsoFlopBudget>().ToList();
        return budgets.Count < FewestBudgets ? null : Line(budgets).Slope;
    }
}
