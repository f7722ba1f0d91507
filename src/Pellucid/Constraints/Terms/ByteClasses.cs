namespace Pellucid.Constraints.Terms;

/// <summary>Which bytes some terms cannot tell apart as the first one: they lead to the same derivatives.</summary>
internal sealed class ByteClasses
{
    private const int MostSets = 200;

    private readonly List<ByteSet> _sets = [];
    private readonly HashSet<ByteSet> _known = [];
    private readonly HashSet<Term> _seen = [];
    private bool _tellsDigits;

    /// <summary>The class of every byte, counted from 0.</summary>
    public byte[] Of(params ReadOnlySpan<Term> terms)
    {
        _sets.Clear();
        _known.Clear();
        _seen.Clear();
        _tellsDigits = false;
        foreach (var term in terms)
            Collect(term);
        var map = new byte[256];
        if (_tellsDigits)
            for (var value = (int)'.'; value <= '9'; value++)
                Add(ByteSet.Of((byte)value));
        var classes = 1;
        foreach (var set in _sets.Count <= MostSets ? _sets : [])
            classes = Part(map, set, classes);
        if (_sets.Count > MostSets)
            for (var value = 0; value < 256; value++)
                map[value] = (byte)value;
        return map;
    }

    // Every class that lies partly in the set falls in two.
    private static int Part(byte[] map, ByteSet set, int classes)
    {
        Span<int> inside = stackalloc int[256];
        Span<bool> outside = stackalloc bool[256];
        inside.Fill(-1);
        outside.Clear();
        for (var value = 0; value < 256; value++)
            if (!set.Contains(value))
                outside[map[value]] = true;
        for (var value = 0; value < 256; value++)
            if (set.Contains(value) && outside[map[value]])
                map[value] = (byte)(inside[map[value]] >= 0 ? inside[map[value]] : inside[map[value]] = classes++);
        return classes;
    }

    private void Add(ByteSet set)
    {
        if (_known.Add(set))
            _sets.Add(set);
    }

    // The sets that decide about a first byte.
    private void Collect(Term term)
    {
        if (term.Kind == TermKind.Bytes)
            Add(term.Set);
        if (!_seen.Add(term))
            return;
        Depth.Check();
        _tellsDigits |= term.Kind == TermKind.Number;
        foreach (var value in term.Place?.Told() ?? [])
            Add(ByteSet.Of(value));
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
