namespace Pellucid.Constraints.Terms;

/// <summary>Looks for a string of a set by walking through derivatives, one byte of each class that cannot be told apart.</summary>
internal sealed class TermSearch(TermTable table)
{
    // Enough to know numbers by divisors of some thousands; what takes longer would make the mean of compiling longer than 5 ms.
    private const int MostVisited = 1_500;

    private readonly ByteClasses _classes = new();

    /// <summary>Whether there is one. Where a search would take too long, there is taken to be.</summary>
    public bool Finds(Term start)
    {
        var (parents, open) = (new Dictionary<(Term, int), (Term, int)?> { [(start, 0)] = null }, new Stack<(Term, int)>([(start, 0)]));
        var begun = new Dictionary<(Term, int), int>();
        while (open.TryPop(out var place))
        {
            var (term, escaping) = place;
            begun[place] = parents.Count;
            if (term.IsAlive == true || parents.Count > MostVisited)
            {
                // of a search that was given up, only those behind which much was looked at: others are looked at when they are met
                var last = term.IsAlive == true ? int.MaxValue : MostVisited / 2;
                for ((Term Term, int)? alive = place; alive is { } one; alive = parents[one])
                    if (begun[one] <= last)
                        one.Term.IsAlive = true;
                return true;
            }
            if (term.IsAlive == false)
                continue;
            foreach (var value in escaping >= 2 ? (List<byte>)[48, 49] : Representatives(term))
                if (Escaping(escaping, value) is var next and >= 0 && table.Derivative(term, value) is var after && after != table.Nothing
                    && parents.TryAdd((after, next), place))
                    open.Push((after, next));
        }
        foreach (var (dead, escaping) in parents.Keys)
            if (escaping == 0)
                dead.IsAlive = false;
        return false;
    }

    // Within strings of JSON a character need not be escaped by its number where it may be written otherwise. So only \u00 followed by
    // 0 or 1 is looked at: 1 is after the backslash, 2 after u, and so on; −1 is not looked at.
    private int Escaping(int escaping, byte value) => table.Character is null ? 0 : escaping switch
    {
        0 => value == '\\' ? 1 : 0,
        1 => value == 'u' ? 2 : 0,
        2 or 3 => value == '0' ? escaping + 1 : -1,
        4 => value is (byte)'0' or (byte)'1' ? 5 : -1,
        _ => 0,
    };

    // The last is looked at first: a quote, which ends a string of JSON.
    private List<byte> Representatives(Term term)
    {
        var (map, chosen) = (_classes.Of(term), new List<byte>());
        Span<bool> has = stackalloc bool[256];
        has.Clear();
        for (var i = 0; i < 256; i++)
            if ((byte)(0x22 - i) is var value && !has[map[value]])
            {
                has[map[value]] = true;
                chosen.Add(value);
            }
        chosen.Reverse();
        return chosen;
    }
}
