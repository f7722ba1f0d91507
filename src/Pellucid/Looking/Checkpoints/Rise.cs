namespace Pellucid.Looking.Checkpoints;

/// <summary>Where a score rises fastest while a model learns: the moment at which what it measures forms.</summary>
/// <param name="From">The checkpoint before, by its step.</param>
/// <param name="To">The one after.</param>
/// <param name="Before">The score then.</param>
/// <param name="After">The score there.</param>
/// <param name="Share">Of the whole way from the lowest score before to the highest one, what lies between the two.</param>
public sealed record Rise(int From, int To, double Before, double After, double Share)
{
    /// <summary>Below this a score of 0 to 1 has not risen: nothing has formed.</summary>
    public const double Least = 0.15;

    /// <summary>The same of a share of so many cases, of which chance makes a range: five standard errors of a difference of two shares.
    /// </summary>
    public static double LeastOfShares(int cases) => Math.Max(Least, 5 * Math.Sqrt(0.5 / Math.Max(1, cases)));

    /// <summary>The steepest rise, by step, between checkpoints that follow each other.</summary>
    /// <param name="scores">In order of steps; those that are no number are passed over.</param>
    /// <param name="least">What a score must have gained from its lowest to its highest thereafter to have risen at all.</param>
    /// <returns>Null where it has not risen so far.</returns>
    public static Rise? Of(IEnumerable<(int Step, double Score)> scores, double least = Least)
    {
        ArgumentNullException.ThrowIfNull(scores);
        var known = scores.Where(one => double.IsFinite(one.Score)).ToArray();
        var (low, whole) = (double.PositiveInfinity, 0.0);
        foreach (var (_, score) in known)
            (low, whole) = (Math.Min(low, score), Math.Max(whole, score - Math.Min(low, score)));
        if (known.Length < 2 || whole < least)
            return null;
        var (before, after) = known.Zip(known.Skip(1)).MaxBy(pair => (pair.Second.Score - pair.First.Score)
            / (pair.Second.Step - pair.First.Step));
        return new Rise(before.Step, after.Step, before.Score, after.Score, (after.Score - before.Score) / whole);
    }
}
