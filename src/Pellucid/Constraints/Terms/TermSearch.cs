namespace Pellucid.Constraints.Terms;

/// <summary>Looks for a string of a set by walking through derivatives, one byte of each class that cannot be told apart.</summary>
internal sealed class TermSearch(TermTable table)
{
    private const int MostVisited = 20_000;

    private readonly List<ByteSet> _sets = [];
    private readonly HashSet<ulong> _signatures = [];
    private bool _tellsDigits;

    /// <summary>Whether there is one. Where a search would take too long, there is taken to be.</summary>
    public bool Finds(Term start)
    {
        var (parents, open) = (new Dictionary<Term, Term?> { [start] = null }, new Stack<Term>([start]));
        while (open.TryPop(out var term))
        {
            if (term.IsAlive == true || parents.Count > MostVisited)
            {
                for (var alive = term; alive is not null; alive = parents[alive])
                    alive.IsAlive = true;
                return true;
            }
            if (term.IsAlive == false)
                continue;
            foreach (var value in Representatives(term))
                if (table.Derivative(term, value) is var next && next != table.Nothing && parents.TryAdd(next, term))
                    open.Push(next);
        }
        foreach (var dead in parents.Keys)
            dead.IsAlive = false;
        return false;
    }

    // The last is looked at first: a quote, which ends a string of JSON.
    private List<byte> Representatives(Term term)
    {
        (_tellsDigits, var chosen) = (false, new List<byte>());
        _sets.Clear();
        _signatures.Clear();
        Collect(term);
        for (var i = 0; i < 256; i++)
        {
            var value = (byte)(0x22 - i);
            var signature = Signature(value);
            if (_sets.Count > 56 || _signatures.Add(signature))
                chosen.Add(value);
        }
        chosen.Reverse();
        return chosen;
    }

    private ulong Signature(byte value)
    {
        var signature = 0ul;
        for (var i = 0; i < Math.Min(56, _sets.Count); i++)
            signature |= _sets[i].Contains(value) ? 1ul << i : 0;
        return !_tellsDigits ? signature : signature | (value is >= (byte)'0' and <= (byte)'9' ? value - 47ul : value == '.' ? 11ul : 0) << 56;
    }

    // The sets that decide about a first byte.
    private void Collect(Term term)
    {
        if (term.Kind == TermKind.Bytes && !_sets.Contains(term.Set))
            _sets.Add(term.Set);
        _tellsDigits |= term.Kind == TermKind.Number;
        if (term.Kind == TermKind.Sequence)
        {
            Collect(term.Parts[0]);
            if (term.Parts[0].IsNullable)
                Collect(term.Parts[1]);
            return;
        }
        foreach (var part in term.Parts)
            Collect(part);
    }
}
