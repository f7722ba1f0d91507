using Pellucid.Constraints.Terms;

namespace Pellucid.Constraints.Grammars;

/// <summary>
/// A language of byte strings: rules over regular sets. Rules may lead back to themselves, so what is nested in one another may be so
/// to any depth; but not before a byte has been read, since it is read from the left.
/// </summary>
internal sealed class Grammar
{
    private const int MostSymbols = 200_000;

    private readonly Dictionary<Term, TermSymbol> _terms = [];
    private readonly Dictionary<(Symbol, int, int), RepeatSymbol> _repeats = [];
    private readonly List<RuleSymbol> _rules = [];
    private int _symbols;

    public TermTable Terms { get; } = new();

    /// <summary>What a whole text is.</summary>
    public Symbol Root { get; private set; } = new RuleSymbol("root");

    public TermSymbol Text(Term term) => _terms.TryGetValue(term, out var known) ? known : _terms[term] = Count(new TermSymbol(term));

    public TermSymbol Text(string literal) => Text(Terms.Literal(literal));

    public RuleSymbol Rule(string name, params Symbol[][] alternatives)
    {
        var rule = Count(new RuleSymbol(name));
        rule.Alternatives.AddRange(alternatives);
        _rules.Add(rule);
        return rule;
    }

    public RepeatSymbol Repeat(Symbol part, int min, int max) => _repeats.TryGetValue((part, min, max), out var known) ? known
        : _repeats[(part, min, max)] = Count(new RepeatSymbol(part, min, max));

    /// <summary>Ends the grammar: what leads to no text is left out of it.</summary>
    /// <exception cref="ConstraintException">There is no text at all, or a rule begins with itself.</exception>
    public Grammar Close(Symbol root)
    {
        Root = root;
        FindProductive();
        if (!Root.IsProductive)
            throw new ConstraintException("no text at all meets the constraint");
        foreach (var rule in _rules)
            rule.Alternatives.RemoveAll(alternative => !alternative.All(symbol => symbol.IsProductive));
        new LeftRecursion().Check(_rules);
        return this;
    }

    /// <summary>A repetition with other bounds, made while texts are read.</summary>
    public RepeatSymbol Rest(RepeatSymbol repeat)
    {
        var rest = Repeat(repeat.Part, Math.Max(0, repeat.Min - 1), repeat.Max < 0 ? -1 : repeat.Max - 1);
        (rest.IsProductive, rest.IsNullable) = (repeat.Part.IsProductive || rest.Min == 0, repeat.Part.IsNullable || rest.Min == 0);
        return rest;
    }

    // From terms upwards: each symbol is told once to all in which it stands, so that long chains of rules take no longer than others.
    private void FindProductive()
    {
        var (parts, found) = (new Dictionary<Symbol, List<Whole>>(), new Stack<(Symbol Symbol, bool IsNullable)>());
        foreach (var rule in _rules)
            foreach (var alternative in rule.Alternatives)
                Await(new Whole(rule, alternative.Length), alternative);
        foreach (var repeat in _repeats.Values)
            Await(new Whole(repeat, repeat.Min == 0 ? 0 : 1), repeat.Part);
        foreach (var (term, symbol) in _terms)
            Find(symbol, Terms.IsAlive(term), term.IsNullable);
        while (found.TryPop(out var part))
            foreach (var whole in parts.GetValueOrDefault(part.Symbol) ?? [])
                if (part.IsNullable)
                    Find(whole.Symbol, isProductive: false, --whole.NotNullable == 0);
                else
                    Find(whole.Symbol, --whole.Unproductive == 0, isNullable: false);

        void Await(Whole whole, params Symbol[] all)
        {
            Find(whole.Symbol, whole.Unproductive == 0, whole.NotNullable == 0);
            foreach (var part in all)
                if (parts.TryGetValue(part, out var wholes))
                    wholes.Add(whole);
                else
                    parts.Add(part, [whole]);
        }

        void Find(Symbol symbol, bool isProductive, bool isNullable)
        {
            if (isProductive && !symbol.IsProductive)
                found.Push((symbol, false));
            if (isNullable && !symbol.IsNullable)
                found.Push((symbol, true));
            (symbol.IsProductive, symbol.IsNullable) = (symbol.IsProductive || isProductive, symbol.IsNullable || isNullable);
        }
    }

    private T Count<T>(T symbol) where T : Symbol => ++_symbols <= MostSymbols ? symbol
        : throw new ConstraintException($"the constraint is too complex: it needs more than {MostSymbols} symbols");

    // An alternative of a rule, or a repetition, and of how many of its parts it is not known yet that they lead to a text, or to none.
    private sealed class Whole(Symbol symbol, int parts)
    {
        public Symbol Symbol => symbol;

        public int Unproductive { get; set; } = parts;

        public int NotNullable { get; set; } = parts;
    }
}
