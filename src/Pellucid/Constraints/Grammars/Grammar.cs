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
        foreach (var (term, symbol) in _terms)
            (symbol.IsProductive, symbol.IsNullable) = (Terms.IsAlive(term), term.IsNullable);
        while (Spreads())
        {
        }
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

    private bool Spreads()
    {
        var changed = false;
        void Set(Symbol symbol, bool isProductive, bool isNullable)
        {
            changed |= isProductive && !symbol.IsProductive || isNullable && !symbol.IsNullable;
            (symbol.IsProductive, symbol.IsNullable) = (symbol.IsProductive || isProductive, symbol.IsNullable || isNullable);
        }

        foreach (var repeat in _repeats.Values)
            Set(repeat, repeat.Min == 0 || repeat.Part.IsProductive, repeat.Min == 0 || repeat.Part.IsNullable);
        for (var i = _rules.Count - 1; i >= 0; i--)
            foreach (var alternative in _rules[i].Alternatives)
                if (!_rules[i].IsProductive || !_rules[i].IsNullable)
                    Set(_rules[i], alternative.All(symbol => symbol.IsProductive),
                        alternative.All(symbol => symbol.IsProductive && symbol.IsNullable));
        return changed;
    }

    private T Count<T>(T symbol) where T : Symbol => ++_symbols <= MostSymbols ? symbol
        : throw new ConstraintException($"the constraint is too complex: it needs more than {MostSymbols} symbols");
}
