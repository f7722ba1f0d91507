namespace Pellucid.Constraints.Terms;

/// <summary>A set of Unicode's scalar values, as ranges in ascending order that do not touch.</summary>
internal sealed class CodePoints
{
    private const int Last = 0x10FFFF, FirstSurrogate = 0xD800, LastSurrogate = 0xDFFF;

    /// <summary>A set of those ranges, less surrogates, which stand for nothing alone.</summary>
    public CodePoints(params IEnumerable<(int First, int Last)> ranges)
    {
        var all = new List<(int First, int Last)>();
        foreach (var (first, last) in ranges.SelectMany(Split).OrderBy(range => range.First))
            if (all.Count > 0 && first <= all[^1].Last + 1)
                all[^1] = (all[^1].First, Math.Max(all[^1].Last, last));
            else
                all.Add((first, last));
        Ranges = all;
    }

    public IReadOnlyList<(int First, int Last)> Ranges { get; }

    public static CodePoints All { get; } = new((0, Last));

    public static CodePoints Of(int value) => new((value, value));

    public CodePoints Union(CodePoints other) => new(Ranges.Concat(other.Ranges));

    public CodePoints Complement()
    {
        var (gaps, next) = (new List<(int, int)>(), 0);
        foreach (var (first, last) in Ranges)
        {
            if (first > next)
                gaps.Add((next, first - 1));
            next = last + 1;
        }
        gaps.Add((next, Last));
        return new CodePoints(gaps);
    }

    public CodePoints Without(CodePoints other) => Complement().Union(other).Complement();

    private static IEnumerable<(int First, int Last)> Split((int First, int Last) range)
    {
        if (range.First < FirstSurrogate && range.First <= range.Last)
            yield return (range.First, Math.Min(range.Last, FirstSurrogate - 1));
        if (range.Last > LastSurrogate && range.First <= range.Last)
            yield return (Math.Max(range.First, LastSurrogate + 1), Math.Min(range.Last, Last));
    }
}
