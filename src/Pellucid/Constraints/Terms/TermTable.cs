namespace Pellucid.Constraints.Terms;

/// <summary>All terms of a constraint, each once. What is made here is simplified as far as that is cheap.</summary>
internal sealed class TermTable
{
    // Of both, real schemas need a few thousand at most.
    private const int MostTerms = 400_000, MostParts = 5_000;

    private readonly Dictionary<Key, Term> _terms = [];
    private readonly Dictionary<(int Term, byte Value), Term> _derivatives = [];

    public TermTable()
    {
        Nothing = Intern(new Key(TermKind.Nothing), false, false);
        Empty = Intern(new Key(TermKind.Empty), true, false);
        Everything = Repeat(Bytes(ByteSet.All), 0, -1);
    }

    /// <summary>No string at all.</summary>
    public Term Nothing { get; }

    /// <summary>The empty string alone.</summary>
    public Term Empty { get; }

    /// <summary>Every string.</summary>
    public Term Everything { get; }

    public Term Bytes(ByteSet set) => set.IsEmpty ? Nothing : Intern(new Key(TermKind.Bytes) { Set = set }, false, false);

    public Term Literal(ReadOnlySpan<byte> text)
    {
        var term = Empty;
        for (var i = text.Length - 1; i >= 0; i--)
            term = Sequence(Bytes(ByteSet.Of(text[i])), term);
        return term;
    }

    public Term Literal(string text) => Literal(System.Text.Encoding.UTF8.GetBytes(text));

    public Term Sequence(params ReadOnlySpan<Term> parts)
    {
        var term = Empty;
        for (var i = parts.Length - 1; i >= 0; i--)
            term = Sequence(parts[i], term);
        return term;
    }

    public Term Sequence(Term first, Term second)
    {
        if (first == Nothing || second == Nothing)
            return Nothing;
        if (first == Empty)
            return second;
        if (second == Empty)
            return first;
        if (first.Kind == TermKind.Sequence)
            return Sequence(first.Parts[0], Sequence(first.Parts[1], second));
        return Intern(new Key(TermKind.Sequence) { Parts = [first, second] }, first.IsNullable && second.IsNullable,
            first.NeedsSearch || second.NeedsSearch);
    }

    public Term Either(params IEnumerable<Term> parts)
    {
        var (all, set) = (new SortedSet<Term>(ById.Instance), default(ByteSet));
        foreach (var part in parts)
            foreach (var one in part.Kind == TermKind.Either ? part.Parts : [part])
                if (one.Kind == TermKind.Bytes)
                    set |= one.Set;
                else if (one == Everything)
                    return Everything;
                else if (one != Nothing)
                    all.Add(one);
        if (!set.IsEmpty)
            all.Add(Bytes(set));
        if (all.Contains(Empty) && all.Any(part => part != Empty && part.IsNullable))
            all.Remove(Empty);
        return all.Count switch
        {
            0 => Nothing,
            1 => all.Min!,
            _ => Intern(new Key(TermKind.Either) { Parts = Parts(all) }, all.Any(part => part.IsNullable), all.Any(part => part.NeedsSearch)),
        };
    }

    public Term Both(params IEnumerable<Term> parts)
    {
        var all = new SortedSet<Term>(ById.Instance);
        foreach (var part in parts)
            foreach (var one in part.Kind == TermKind.Both ? part.Parts : [part])
                if (one == Nothing)
                    return Nothing;
                else if (one != Everything)
                    all.Add(one);
        if (all.Contains(Empty))
            return all.All(part => part.IsNullable) ? Empty : Nothing;
        return all.Count switch
        {
            0 => Everything,
            1 => all.Min!,
            _ => Intern(new Key(TermKind.Both) { Parts = Parts(all) }, all.All(part => part.IsNullable), true),
        };
    }

    /// <summary>Every string that is not in a set.</summary>
    public Term Except(Term term) => term.Kind == TermKind.Except ? term.Parts[0] : term == Nothing ? Everything
        : term == Everything ? Nothing : Intern(new Key(TermKind.Except) { Parts = [term] }, !term.IsNullable, true);

    public Term Repeat(Term term, int min, int max)
    {
        if (max == 0 || term == Empty)
            return Empty;
        if (term == Nothing)
            return min == 0 ? Empty : Nothing;
        if (term.IsNullable)
            min = 0;
        if ((min, max) == (1, 1) || term.Kind == TermKind.Repeat && term.Times == (0, -1))
            return term;
        return Intern(new Key(TermKind.Repeat) { Parts = [term], Times = (min, max) }, min == 0, term.NeedsSearch);
    }

    public Term Optional(Term term) => Either(Empty, term);

    public Term Number(NumberTest? test) => test is null ? Nothing : Intern(new Key(TermKind.Number) { Number = test }, test.IsMet, true);

    /// <summary>What may follow after a byte.</summary>
    public Term Derivative(Term term, byte value)
    {
        if (term.Kind is TermKind.Nothing or TermKind.Empty)
            return Nothing;
        if (term.Kind == TermKind.Bytes)
            return term.Set.Contains(value) ? Empty : Nothing;
        if (_derivatives.TryGetValue((term.Id, value), out var known))
            return known;
        var parts = term.Parts;
        var derivative = term.Kind switch
        {
            TermKind.Sequence when parts[0].IsNullable =>
                Either(Sequence(Derivative(parts[0], value), parts[1]), Derivative(parts[1], value)),
            TermKind.Sequence => Sequence(Derivative(parts[0], value), parts[1]),
            TermKind.Either => Either(parts.Select(part => Derivative(part, value))),
            TermKind.Both => Both(parts.Select(part => Derivative(part, value))),
            TermKind.Except => Except(Derivative(parts[0], value)),
            TermKind.Number => Number(term.Number!.After(value)),
            _ => Sequence(Derivative(parts[0], value),
                Repeat(parts[0], Math.Max(0, term.Times.Min - 1), term.Times.Max < 0 ? -1 : term.Times.Max - 1)),
        };
        return _derivatives[(term.Id, value)] = derivative;
    }

    /// <summary>Whether any string is in the set.</summary>
    public bool IsAlive(Term term) => term.IsAlive ??= term.Kind switch
    {
        TermKind.Sequence => IsAlive(term.Parts[0]) && IsAlive(term.Parts[1]),
        TermKind.Either => term.Parts.Any(IsAlive),
        TermKind.Repeat => term.Times.Min == 0 || IsAlive(term.Parts[0]),
        _ => new TermSearch(this).Finds(term),
    };

    private static Term[] Parts(SortedSet<Term> parts) => parts.Count <= MostParts ? [.. parts]
        : throw new ConstraintException($"the constraint is too complex: a choice among more than {MostParts}");

    private Term Intern(Key key, bool isNullable, bool needsSearch)
    {
        if (_terms.TryGetValue(key, out var term))
            return term;
        if (_terms.Count == MostTerms)
            throw new ConstraintException($"the constraint is too complex: it needs more than {MostTerms} terms");
        return _terms[key] = new Term(_terms.Count, key.Kind, isNullable, needsSearch)
        {
            Set = key.Set,
            Parts = key.Parts,
            Times = key.Times,
            Number = key.Number,
        };
    }

    private sealed class ById : IComparer<Term>
    {
        public static readonly ById Instance = new();

        public int Compare(Term? left, Term? right) => left!.Id.CompareTo(right!.Id);
    }

    private readonly record struct Key(TermKind Kind)
    {
        public ByteSet Set { get; init; }

        public Term[] Parts { get; init; } = [];

        public (int Min, int Max) Times { get; init; }

        public NumberTest? Number { get; init; }

        public bool Equals(Key other) => Kind == other.Kind && Set == other.Set && Times == other.Times
            && Parts.AsSpan().SequenceEqual(other.Parts) && Equals(Number, other.Number);

        public override int GetHashCode()
        {
            var hash = new HashCode();
            hash.Add(Kind);
            hash.Add(Set);
            hash.Add(Times);
            foreach (var part in Parts)
                hash.Add(part.Id);
            hash.Add(Number);
            return hash.ToHashCode();
        }
    }
}
