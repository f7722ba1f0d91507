using Pellucid.Models;

namespace Pellucid.Scaling;

/// <summary>
/// The trainings of a sweep: a few sizes, each for several lengths, to which a law is fit, and one of a larger size that the law is
/// to predict.
/// </summary>
/// <param name="Runs">What is fit.</param>
/// <param name="HeldOut">What is predicted.</param>
public sealed record SweepPlan(IReadOnlyList<SweepRun> Runs, SweepRun HeldOut)
{
    private const int FewestSteps = 10;

    /// <summary>All of them, the largest first.</summary>
    public IReadOnlyList<SweepRun> All =>
        [.. Runs.Append(HeldOut).OrderByDescending(run => run.Flop).ThenBy(run => run.Name, StringComparer.Ordinal)];

    /// <summary>Every size for every length; the larger one for the longest.</summary>
    /// <exception cref="ArgumentException">There are too few to fit, or a length is less than some steps.</exception>
    public static SweepPlan Of(IReadOnlyList<GptConfig> shapes, GptConfig heldOut, IReadOnlyList<double> tokens, int batch)
    {
        ArgumentNullException.ThrowIfNull(shapes);
        ArgumentNullException.ThrowIfNull(heldOut);
        ArgumentNullException.ThrowIfNull(tokens);
        if (shapes.Count < 2 || tokens.Count < 2 || shapes.Count * tokens.Count < LawFit.FewestRuns)
            throw new ArgumentException($"{shapes.Count} sizes of {tokens.Count} lengths are too few: a law needs two of each, and "
                + $"{LawFit.FewestRuns} runs");
        if (heldOut.Parameters <= shapes.Max(shape => shape.Parameters))
            throw new ArgumentException("the model that is to be predicted is to be larger than those of the sweep");
        SweepRun Run(GptConfig shape, double length)
        {
            var steps = (int)Math.Round(length / ((double)batch * shape.Context));
            return steps >= FewestSteps ? new SweepRun(shape, steps, batch) : throw new ArgumentException(
                $"{length:N0} tokens are {steps} steps of {batch} sequences: at least {FewestSteps} are needed; give more time or tokens");
        }
        return new SweepPlan([.. shapes.SelectMany(shape => tokens.Select(length => Run(shape, length)))], Run(heldOut, tokens.Max()));
    }

    /// <summary>
    /// Lengths, each twice the one before, such that all trainings together take so many seconds on so many ranks.
    /// </summary>
    /// <param name="rates">Tokens a second of each size.</param>
    /// <param name="heldOut">That of the larger one.</param>
    /// <param name="lengths">How many.</param>
    /// <param name="seconds">The budget.</param>
    /// <param name="ranks">How many train side by side.</param>
    public static IReadOnlyList<double> Within(IReadOnlyList<double> rates, double heldOut, int lengths, double seconds, int ranks)
    {
        ArgumentNullException.ThrowIfNull(rates);
        var longest = seconds * ranks / (rates.Sum(rate => (2 - Math.Pow(2, 1 - lengths)) / rate) + 1 / heldOut);
        return [.. Enumerable.Range(0, lengths).Select(i => longest / Math.Pow(2, lengths - 1 - i))];
    }

    /// <summary>What each of so many ranks is to train: always the next to whoever has least to do.</summary>
    public static IReadOnlyList<IReadOnlyList<SweepRun>> Share(IEnumerable<SweepRun> runs, int ranks)
    {
        var (shares, costs) = (Enumerable.Range(0, ranks).Select(_ => new List<SweepRun>()).ToArray(), new double[ranks]);
        foreach (var run in runs.OrderByDescending(run => run.Flop))
        {
            var least = Array.IndexOf(costs, costs.Min());
            shares[least].Add(run);
            costs[least] += run.Flop;
        }
        return shares;
    }
}
