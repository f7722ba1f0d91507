namespace Pellucid.Cli.Bench;

/// <summary>What several rounds of one job gave.</summary>
/// <param name="Median">The middle round.</param>
/// <param name="Lowest">The lowest round.</param>
/// <param name="Highest">The highest round.</param>
internal readonly record struct Measurement(double Median, double Lowest, double Highest)
{
    /// <summary>Of rounds in any order.</summary>
    public static Measurement Of(IEnumerable<double> rounds)
    {
        var sorted = rounds.Order().ToArray();
        return new(sorted[sorted.Length / 2], sorted[0], sorted[^1]);
    }

    /// <summary>In another unit; one that falls as this one rises turns lowest and highest about.</summary>
    public Measurement To(Func<double, double> unit)
    {
        var (a, b) = (unit(Lowest), unit(Highest));
        return new(unit(Median), Math.Min(a, b), Math.Max(a, b));
    }
}

/// <summary>A peer that did the same job in the same run, in turn with us.</summary>
/// <param name="Name">Whose.</param>
/// <param name="Measured">In the unit of the benchmark.</param>
/// <param name="Ratio">Ours over theirs, above 1 where we are better.</param>
internal readonly record struct Peer(string Name, Measurement Measured, double Ratio);
