using Pellucid.Tensors;

namespace Pellucid.Scaling;

/// <summary>A number and the interval that holds its true value in 95 of 100 experiments.</summary>
/// <param name="Value">The number.</param>
/// <param name="Low">Where the interval begins.</param>
/// <param name="High">Where it ends.</param>
public readonly record struct Interval(double Value, double Low, double High)
{
    /// <summary>From the 2.5th to the 97.5th percentile of what resamples gave.</summary>
    internal static Interval Of(double value, IEnumerable<double> resampled)
    {
        double[] sorted = [.. resampled.Order()];
        return sorted.Length == 0 ? new(value, double.NaN, double.NaN) : new(value, At(sorted, 0.025), At(sorted, 0.975));
    }

    private static double At(double[] sorted, double share)
    {
        var place = share * (sorted.Length - 1);
        var below = (int)place;
        return below + 1 < sorted.Length ? sorted[below] + (place - below) * (sorted[below + 1] - sorted[below]) : sorted[below];
    }
}

/// <summary>
/// The third approach of Hoffmann et al. (2022): L(N, D) = E + A N^−α + B D^−β fit to the losses of runs, as Besiroglu et al.
/// (2024) do it: the Huber loss of ln L with δ = 0.001, summed, brought to its minimum by BFGS with exact gradients from many starts.
/// </summary>
public sealed class LawFit
{
    private const uint DrawPurpose = 0x6c617773, ResidualPurpose = 0x72657369;
    private const double Tolerance = 1e-9, StartTolerance = 1e-4;
    private const int BestStarts = 64;

    private readonly double[] _residuals;
    private readonly ulong _seed;

    private LawFit(IReadOnlyList<ScalingRun> runs, ScalingLaw law, double objective, IReadOnlyList<ScalingLaw> resampled, ulong seed)
    {
        (Runs, Law, Objective, Resampled, _seed) = (runs, law, objective, resampled, seed);
        _residuals = LawObjective.Residuals(law, runs);
    }

    /// <summary>What was fit.</summary>
    public IReadOnlyList<ScalingRun> Runs { get; }

    /// <summary>The law that fits best.</summary>
    public ScalingLaw Law { get; }

    /// <summary>The sum of Huber losses there.</summary>
    public double Objective { get; }

    /// <summary>The laws of runs drawn anew, with replacement: models with all of their runs.</summary>
    public IReadOnlyList<ScalingLaw> Resampled { get; }

    /// <summary>The least that can be fit: five numbers, with one run to spare.</summary>
    public const int FewestRuns = LawObjective.Count + 1;

    /// <summary>Fits a law.</summary>
    /// <param name="runs">At least six, of two or more sizes and numbers of tokens.</param>
    /// <param name="bootstrap">How often runs are drawn anew for intervals.</param>
    /// <param name="seed">Where chance comes from: the same seed gives the same intervals.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="ArgumentException">The runs cannot tell a law; the message says why.</exception>
    public static LawFit Of(IReadOnlyList<ScalingRun> runs, int bootstrap = 1000, ulong seed = 1, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(runs);
        ArgumentOutOfRangeException.ThrowIfNegative(bootstrap);
        Require(runs);
        var objective = new LawObjective(runs);
        var point = Best(objective, runs, cancellation);
        var value = QuasiNewton.Minimise(objective.Value, point, Tolerance) / LawObjective.Scale;
        var law = objective.Law(point);
        return new LawFit(runs, law, value, Resample(runs, law, bootstrap, seed, cancellation), seed);
    }

    /// <summary>a in N* ∝ C^a, and its interval.</summary>
    public Interval Exponent => Of(law => law.Exponent);

    /// <summary>Something that follows from a law, with the interval that the runs leave it.</summary>
    public Interval Of(Func<ScalingLaw, double> what)
    {
        ArgumentNullException.ThrowIfNull(what);
        return Interval.Of(what(Law), Resampled.Select(what));
    }

    /// <summary>The loss that a run of N parameters and D tokens would have:
    /// the law's uncertainty and the spread of runs around it.</summary>
    public Interval Predict(double parameters, double tokens) => Interval.Of(Law.Loss(parameters, tokens), Resampled.Select((law, i) =>
        law.Loss(parameters, tokens)
            * Math.Exp(-_residuals[(int)(CounterRandom.Bits(_seed, ResidualPurpose, 0, (ulong)i) % (uint)_residuals.Length)])));

    /// <summary>How many times the largest budget that was fit a budget is; at most 1 within it.</summary>
    public double Beyond(double flop) => flop / Runs.Max(run => run.Flop);

    private static void Require(IReadOnlyList<ScalingRun> runs)
    {
        if (runs.Count < FewestRuns)
            throw new ArgumentException($"a law of five numbers needs at least {FewestRuns} runs; there are {runs.Count}");
        foreach (var run in runs)
            if (!(run.Parameters > 0) || !(run.Tokens > 0) || !(run.Loss > 0) || !double.IsFinite(run.Flop) || !double.IsFinite(run.Loss))
                throw new ArgumentException($"a run of {run.Parameters} parameters, {run.Tokens} tokens and loss {run.Loss} is none");
        foreach (var (name, values) in (ReadOnlySpan<(string, IEnumerable<double>)>)[("parameters", runs.Select(run => run.Parameters)),
            ("tokens", runs.Select(run => run.Tokens))])
            if (values.Distinct().Take(2).Count() < 2)
                throw new ArgumentException($"all runs have the same number of {name}, so that nothing tells what {name} do");
    }

    // The grid of Besiroglu et al., and the start that least squares give; of all, the best few are followed to the end.
    private static double[] Best(LawObjective objective, IReadOnlyList<ScalingRun> runs, CancellationToken cancellation)
    {
        var starts = new List<double[]> { objective.Point(SeparableStart.Find(runs)) };
        foreach (var alpha in Range(0, 2, 0.5))
        foreach (var beta in Range(0, 2, 0.5))
        foreach (var e in Range(-1, 1, 0.5))
        foreach (var a in Range(0, 25, 5))
        foreach (var b in Range(0, 25, 5))
            starts.Add(objective.Point(new ScalingLaw(Math.Exp(e), Math.Exp(a), Math.Exp(b), alpha, beta)));
        var unused = new double[LawObjective.Count];
        var followed = starts.Skip(1).OrderBy(start => objective.Value(start, unused)).Take(BestStarts)
            .Prepend(starts[0]).Select(start =>
            {
                cancellation.ThrowIfCancellationRequested();
                return (Value: QuasiNewton.Minimise(objective.Value, start, StartTolerance), Start: start);
            });
        return followed.MinBy(one => one.Value).Start;
    }

    private static IEnumerable<double> Range(double first, double last, double step) =>
        Enumerable.Range(0, (int)Math.Round((last - first) / step) + 1).Select(i => first + i * step);

    private static ScalingLaw[] Resample(IReadOnlyList<ScalingRun> runs, ScalingLaw law, int count, ulong seed,
        CancellationToken cancellation)
    {
        var blocks = runs.Select((run, i) => (run.Block, i))
            .GroupBy(one => one.Block, one => one.i)
            .Select(block => block.ToArray()).ToArray();
        var laws = new ScalingLaw[count];
        Parallel.For(0, count, new ParallelOptions { CancellationToken = cancellation },
            () => new LawObjective(runs), (draw, _, objective) =>
        {
            objective.Weights.Clear();
            for (var i = 0; i < blocks.Length; i++)
                foreach (var run in blocks[CounterRandom.Bits(seed, DrawPurpose, (ulong)draw, (ulong)i) % (uint)blocks.Length])
                    objective.Weights[run]++;
            var point = objective.Point(law);
            QuasiNewton.Minimise(objective.Value, point, 1e-6);
            laws[draw] = objective.Law(point);
            return objective;
        }, _ => { });
        return laws;
    }
}
