namespace Pellucid.Constraints.Schemas;

/// <summary>One of the ways in which statements can all be true: facts alone.</summary>
internal sealed record Alternative(JsonTypes Types, IReadOnlyList<Fact> Facts)
{
    public IEnumerable<T> Of<T>() where T : Fact => Facts.OfType<T>();
}

/// <summary>Takes statements apart into alternatives.</summary>
internal sealed class AlternativeReader(JsonTerms json)
{
    private const int MostAlternatives = 2_000, MostSteps = 200_000, DeepestLook = 4;
    private int _steps;

    /// <summary>All ways in which the statements are true. Those that are plainly none are left out.</summary>
    public List<Alternative> Read(IEnumerable<Formula> formulas)
    {
        var all = new List<Alternative>();
        Read(new Branch(formulas), all);
        return all;
    }

    /// <summary>Whether statements can be seen never to be true together, with a look a few values deep.</summary>
    public bool AreContrary(IEnumerable<Formula> formulas, int depth = 0) =>
        depth < DeepestLook && Read(formulas).All(alternative => IsNone(alternative, depth));

    private bool IsNone(Alternative alternative, int depth)
    {
        var types = alternative.Types;
        if (types.HasFlag(JsonTypes.String) && !json.Terms.IsAlive(Texts(alternative)))
            types &= ~JsonTypes.String;
        if ((types & JsonTypes.Number) != 0 && !json.Terms.IsAlive(Numbers(alternative)))
            types &= ~JsonTypes.Number;
        if (types.HasFlag(JsonTypes.Object) && alternative.Of<RequiredFact>().Any(required =>
                AreContrary(alternative.Of<PropertyFact>().Where(property => property.Name == required.Name)
                    .Select(property => property.Value), depth + 1)))
            types &= ~JsonTypes.Object;
        if (types.HasFlag(JsonTypes.Array) && Counts(alternative.Of<ItemCountFact>().Select(fact => (fact.Min, fact.Max)))
                is var (min, max) && (max >= 0 && min > max || Enumerable.Range(0, Math.Min(min, 4)).Any(place =>
                AreContrary(alternative.Of<ItemsFact>().Where(items => items.From <= place && (items.To < 0 || place < items.To))
                    .Select(items => items.Value), depth + 1))))
            types &= ~JsonTypes.Array;
        return types == JsonTypes.None;
    }

    /// <summary>What stands between the quotes of a string.</summary>
    public Terms.Term Texts(Alternative alternative)
    {
        var texts = alternative.Of<TextFact>().Select(fact => fact.Text).ToList();
        return texts.Count == 0 ? json.AnyText : json.Terms.Both(texts);
    }

    /// <summary>Numbers of the alternative's types.</summary>
    public Terms.Term Numbers(Alternative alternative)
    {
        var facts = alternative.Of<NumberFact>().Select(fact => fact.Number).ToList();
        return (alternative.Types & JsonTypes.Number) switch
        {
            JsonTypes.None => json.Terms.Nothing,
            JsonTypes.Number when facts.Count == 0 => json.AnyNumber,
            JsonTypes.Number => json.Terms.Both([json.Plain, .. facts]),
            JsonTypes.Whole => json.Terms.Both([json.Whole, .. facts]),
            _ => json.Terms.Both([json.Fractional, .. facts]),
        };
    }

    /// <summary>The range of counts that meets all of some; −1 is no bound.</summary>
    public static (int Min, int Max) Counts(IEnumerable<(int Min, int Max)> counts)
    {
        var (min, max) = (0, -1);
        foreach (var (least, most) in counts)
            (min, max) = (Math.Max(min, least), max < 0 ? most : most < 0 ? max : Math.Min(max, most));
        return (min, max);
    }

    private void Read(Branch branch, List<Alternative> all)
    {
        Depth.Check();
        if (!branch.Settle(ref _steps))
            return;
        if (_steps > MostSteps || all.Count > MostAlternatives)
            throw new ConstraintException("the schema has too many alternatives (anyOf, oneOf, not, if) that hold together");
        if (branch.TakeChoice() is not { } choice)
        {
            all.Add(new Alternative(branch.Types, branch.Facts));
            return;
        }
        foreach (var part in choice.Parts)
            Read(branch.With(part), all);
    }

    /// <summary>What is known so far, and what is still to be taken apart.</summary>
    private sealed class Branch
    {
        private readonly List<Formula> _open;
        private readonly List<AnyOf> _choices;
        private readonly HashSet<Formula> _seen;
        private readonly HashSet<string> _required, _forbidden;

        public Branch(IEnumerable<Formula> open) =>
            (_open, _choices, _seen, _required, _forbidden, Facts) = ([.. open], [], [], [], [], []);

        private Branch(Branch other, Formula next) => (Types, _open, _choices, _seen, _required, _forbidden, Facts) = (other.Types, [next],
            [.. other._choices], [.. other._seen], [.. other._required], [.. other._forbidden], [.. other.Facts]);

        public JsonTypes Types { get; private set; } = JsonTypes.All;

        public List<Fact> Facts { get; }

        public Branch With(Formula next) => new(this, next);

        /// <summary>Takes everything apart but choices; false if it cannot be true.</summary>
        public bool Settle(ref int steps)
        {
            _open.Reverse();
            while (_open.Count > 0)
            {
                steps++;
                var next = _open[^1];
                _open.RemoveAt(_open.Count - 1);
                if (!_seen.Add(next))
                    continue;
                if (next is AllOf all)
                    _open.AddRange(all.Parts.Reverse());
                else if (next is Reference reference)
                    _open.Add(reference.Target);
                else if (next is AnyOf choice)
                    _choices.Add(choice);
                else if (!Add(((FactFormula)next).Fact))
                    return false;
            }
            return !_choices.Exists(choice => choice.Parts.Length == 0);
        }

        /// <summary>The choice of the fewest parts, unless it has come true already.</summary>
        public AnyOf? TakeChoice()
        {
            _choices.RemoveAll(choice => choice.Parts.Any(_seen.Contains));
            var best = _choices.MinBy(choice => choice.Parts.Length);
            if (best is not null)
                _choices.Remove(best);
            return best;
        }

        private bool Add(Fact fact)
        {
            if (fact is TypeFact type)
                return (Types &= type.Types) != JsonTypes.None;
            Facts.Add(fact);
            if (fact is RequiredFact required)
                _required.Add(required.Name);
            else if (fact is PropertyFact { Value: AnyOf { Parts.Length: 0 } } property)
                _forbidden.Add(property.Name);
            else
                return true;
            if (!_required.Overlaps(_forbidden))
                return true;
            return (Types &= ~JsonTypes.Object) != JsonTypes.None;
        }
    }
}
