namespace Pellucid.Scaling;

/// <summary>
/// A good place to begin: for exponents on a grid, E, A and B are linear, and are solved for by least squares with none below 0
/// (VPNLS: variable projection with non-negative least squares). Three unknowns have eight sets of those that are above 0: all are tried.
/// </summary>
internal static class SeparableStart
{
    private const double Lowest = 0.02, Highest = 1.2, Step = 0.02;

    public static ScalingLaw Find(IReadOnlyList<ScalingRun> runs)
    {
        var (best, least) = (ScalingLaw.Besiroglu, double.PositiveInfinity);
        var (meanN, meanD) = (GeometricMean(runs, run => run.Parameters), GeometricMean(runs, run => run.Tokens));
        for (var alpha = Lowest; alpha <= Highest; alpha += Step)
        for (var beta = Lowest; beta <= Highest; beta += Step)
        {
            var rows = runs.Select(run =>
                new[] { 1, Math.Pow(run.Parameters / meanN, -alpha), Math.Pow(run.Tokens / meanD, -beta) }).ToArray();
            var (solution, error) = NonNegative(rows, runs);
            if (!(error < least) || !(solution[0] > 0) || !(solution[1] > 0) || !(solution[2] > 0))
                continue;
            least = error;
            best = new ScalingLaw(solution[0], solution[1] * Math.Pow(meanN, alpha), solution[2] * Math.Pow(meanD, beta), alpha, beta);
        }
        return best;
    }

    private static (double[] Solution, double Error) NonNegative(double[][] rows, IReadOnlyList<ScalingRun> runs)
    {
        var (best, least) = (new double[3], double.PositiveInfinity);
        for (var set = 1; set < 8; set++)
        {
            int[] used = [.. Enumerable.Range(0, 3).Where(i => (set >> i & 1) == 1)];
            if (LeastSquares.Solve([.. rows.Select(row => used.Select(i => row[i]).ToArray())], [.. runs.Select(run => run.Loss)])
                is not { } solved || solved.Any(value => value < 0))
                continue;
            var all = new double[3];
            for (var i = 0; i < used.Length; i++)
                all[used[i]] = solved[i];
            var error = rows.Zip(runs, (row, run) => row[0] * all[0] + row[1] * all[1] + row[2] * all[2] - run.Loss).Sum(r => r * r);
            if (error < least)
                (best, least) = (all, error);
        }
        return (best, least);
    }

    private static double GeometricMean(IReadOnlyList<ScalingRun> runs, Func<ScalingRun, double> of) =>
        Math.Exp(runs.Average(run => Math.Log(of(run))));
}
