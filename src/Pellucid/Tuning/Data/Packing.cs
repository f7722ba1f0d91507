namespace Pellucid.Tuning.Data;

/// <summary>
/// Texts of unequal length put into rows of one size. In a row each text has positions from 0 and sees none of the others, and its first
/// token is nobody's target; only <see cref="Wrapped"/> texts run into each other.
/// </summary>
internal static class Packing
{
    /// <summary>All tokens end to end, cut into rows.</summary>
    public static List<TuningExample[]> Wrapped(IReadOnlyList<TuningExample> examples, int size)
    {
        var all = new TuningExample([.. examples.SelectMany(each => each.Tokens)], [.. examples.SelectMany(each => each.Learned)])
        {
            Weights = examples.All(each => each.Weights is null) ? null
                : [.. examples.SelectMany(each => each.Weights ?? [.. Enumerable.Repeat(1f, each.Tokens.Length)])],
        };
        return [.. Split(all, size).Select(part => new[] { part })];
    }

    /// <summary>
    /// Longest first, each into the row with the least room that still fits it, the earliest of equals; what is longer than a row is cut,
    /// and the rest of it dropped, or split into pieces of a row's size that are texts of their own.
    /// </summary>
    public static List<TuningExample[]> BestFit(IReadOnlyList<TuningExample> examples, int size, bool splits)
    {
        var pieces = splits ? examples.SelectMany(each => Split(each, size)) : examples.Select(each => each.Cut(size));
        var rows = new List<(List<TuningExample> Texts, int Room)>();
        foreach (var piece in pieces.OrderByDescending(each => each.Tokens.Length)) // stable
        {
            var (best, room) = (-1, int.MaxValue);
            for (var row = 0; row < rows.Count; row++)
                if (rows[row].Room >= piece.Tokens.Length && rows[row].Room < room)
                    (best, room) = (row, rows[row].Room);
            if (best < 0)
            {
                best = rows.Count;
                rows.Add(([], size));
            }
            rows[best].Texts.Add(piece);
            rows[best] = (rows[best].Texts, rows[best].Room - piece.Tokens.Length);
        }
        return [.. rows.Select(row => row.Texts.ToArray())];
    }

    private static IEnumerable<TuningExample> Split(TuningExample example, int size)
    {
        for (var first = 0; first < example.Tokens.Length; first += size)
            yield return example.Part(first, Math.Min(example.Tokens.Length, first + size));
    }
}
