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

    /// <summary>One character between the quotes of a string of JSON, where there are such.</summary>
    public Term? Character { get; set; }

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
            return Joined(first, second);
        return Intern(new Key(TermKind.Sequence) { Parts = [first, second] }, first.IsNullable && second.IsNullable,
            first.NeedsSearch || second.NeedsSearch);
    }

    // The parts of a sequence hang behind one another.
    private Term Joined(Term first, Term second)
    {
        var parts = new List<Term>();
        for (; first.Kind == TermKind.Sequence; first = first.Parts[1])
            parts.Add(first.Parts[0]);
        parts.Add(first);
        for (var i = parts.Count - 1; i >= 0; i--)
            second = Sequence(parts[i], second);
        return second;
    }

    public Term Either(params IEnumerable<Term> parts)
    {
        var (all, set) = (new List<Term>(), default(ByteSet));
        foreach (var part in parts)
        {
            if (part == Everything)
                return Everything;
            if (part.Kind == TermKind.Bytes)
                set |= part.Set;
            else if (part.Kind != TermKind.Either)
                all.Add(part);
            else
                foreach (var one in part.Parts)
                    if (one.Kind == TermKind.Bytes)
                        set |= one.Set;
                    else
                        all.Add(one);
        }
        if (!set.IsEmpty)
            all.Add(Bytes(set));
        var others = Distinct(all, Nothing);
        if (others.Length > 1 && Array.IndexOf(others, Empty) >= 0 && others.Count(part => part.IsNullable) > 1)
            others = Array.FindAll(others, part => part != Empty);
        return others.Length switch
        {
            0 => Nothing,
            1 => others[0],
            _ => Intern(new Key(TermKind.Either) { Parts = others }, Array.Exists(others, part => part.IsNullable),
                Array.Exists(others, part => part.NeedsSearch)),
        };
    }

    public Term Both(params IEnumerable<Term> parts)
    {
        var all = new List<Term>();
        foreach (var part in parts)
        {
            if (part == Nothing)
                return Nothing;
            if (part.Kind == TermKind.Both)
                all.AddRange(part.Parts);
            else
                all.Add(part);
        }
        var others = Distinct(all, Everything);
        if (Array.IndexOf(others, Empty) >= 0)
            return Array.TrueForAll(others, part => part.IsNullable) ? Empty : Nothing;
        if (Array.Exists(others, part => part.Kind == TermKind.Except && Array.IndexOf(others, part.Parts[0]) >= 0))
            return Nothing;
        return others.Length switch
        {
            0 => Everything,
            1 => others[0],
            _ => Intern(new Key(TermKind.Both) { Parts = others }, Array.TrueForAll(others, part => part.IsNullable), true),
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

    /// <summary>Texts of a set between the quotes of JSON that are none of some names, however they are written. There must be others
    /// in the set, whatever they begin with.</summary>
    public Term Names(Term text, NamePlace? place) => place is null || text == Nothing ? text
        : Intern(new Key(TermKind.Names) { Parts = [text], Place = place }, text.IsNullable && place.IsOther, false);

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
        Depth.Check();
        var parts = term.Parts;
        var derivative = term.Kind switch
        {
            TermKind.Sequence when parts[0].IsNullable =>
                Either(Sequence(Derivative(parts[0], value), parts[1]), Derivative(parts[1], value)),
            TermKind.Sequence => Sequence(Derivative(parts[0], value), parts[1]),
            TermKind.Either => Either(Derivatives(parts, value)),
            TermKind.Both => Both(Derivatives(parts, value)),
            TermKind.Except => Except(Derivative(parts[0], value)),
            TermKind.Number => Number(term.Number!.After(value)),
            TermKind.Names => Names(Derivative(parts[0], value), term.Place!.After(value)),
            _ => Sequence(Derivative(parts[0], value),
                Repeat(parts[0], Math.Max(0, term.Times.Min - 1), term.Times.Max < 0 ? -1 : term.Times.Max - 1)),
        };
        return _derivatives[(term.Id, value)] = derivative;
    }

    /// <summary>
    /// A term that goes on in the same ways for so many bytes: repetitions with bounds beyond that have none. So the many places within
    /// a long string with a greatest length are one.
    /// </summary>
    public Term Widened(Term term, int bytes) => term.NeedsSearch ? term : term.Kind switch
    {
        TermKind.Sequence => Sequence(Widened(term.Parts[0], bytes), term.Parts[1]),
        TermKind.Either => Either(term.Parts.Select(part => Widened(part, bytes))),
        TermKind.Repeat when term.Times.Max > bytes || term.Times.Min > bytes => Repeat(term.Parts[0], Math.Min(term.Times.Min, bytes + 1),
            term.Times.Max > bytes ? -1 : term.Times.Max),
        _ => term,
    };

    private List<Term> Derivatives(Term[] parts, byte value)
    {
        var all = new List<Term>(parts.Length);
        foreach (var part in parts)
            if (Derivative(part, value) is var derivative && (derivative != Nothing || all.Count == 0 || all[^1] != Nothing))
                all.Add(derivative);
        return all;
    }

    /// <summary>Whether any string is in the set.</summary>
    public bool IsAlive(Term term)
    {
        if (term.IsAlive is { } known)
            return known;
        Depth.Check();
        var isAlive = term.Kind switch
        {
            TermKind.Sequence => IsAlive(term.Parts[0]) && IsAlive(term.Parts[1]),
            TermKind.Either => term.Parts.Any(IsAlive),
            TermKind.Repeat => term.Times.Min == 0 || IsAlive(term.Parts[0]),
            _ => new TermSearch(this).Finds(term),
        };
        term.IsAlive = isAlive;
        return isAlive;
    }

    // In the order of their numbers, each once.
    private static Term[] Distinct(List<Term> parts, Term without)
    {
        parts.Sort(static (left, right) => left.Id.CompareTo(right.Id));
        var count = 0;
        for (var i = 0; i < parts.Count; i++)
            if (parts[i] != without && (count == 0 || parts[i] != parts[count - 1]))
                parts[count++] = parts[i];
        return count <= MostParts ? [.. parts[..count]]
            : throw new ConstraintException($"the constraint is too complex: a choice among more than {MostParts}");
    }

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
            Place = key.Place,
        };
    }

    private readonly record struct Key(TermKind Kind)
    {
        public ByteSet Set { get; init; }

        public Term[] Parts { get; init; } = [];

        public (int Min, int Max) Times { get; init; }

        public NumberTest? Number { get; init; }

        public NamePlace? Place { get; init; }

        public bool Equals(Key other) => Kind == other.Kind && Set == other.Set && Times == other.Times
            && Parts.AsSpan().SequenceEqual(other.Parts) && Equals(Number, other.Number) && Equals(Place, other.Place);

        public override int GetHashCode()
        {
            var hash = new HashCode();
            hash.Add(Kind);
            hash.Add(Set);
            hash.Add(Times);
            foreach (var part in Parts)
                hash.Add(part.Id);
            hash.Add(Number);
            hash.Add(Place);
            return hash.ToHashCode();
        }
    }
}
