namespace Pellucid.Constraints.Grammars;

/// <summary>Refuses rules that begin with themselves.</summary>
internal sealed class LeftRecursion
{
    private readonly Dictionary<Symbol, bool> _isDone = [];

    /// <exception cref="ConstraintException">A rule does; the message names it.</exception>
    public void Check(IEnumerable<Symbol> symbols)
    {
        var open = new Stack<(Symbol Symbol, IEnumerator<Symbol> Heads)>();
        foreach (var symbol in symbols)
        {
            Enter(symbol);
            while (open.TryPeek(out var top))
                if (top.Heads.MoveNext())
                    Enter(top.Heads.Current);
                else
                    _isDone[open.Pop().Symbol] = true;
        }

        void Enter(Symbol symbol)
        {
            if (!_isDone.TryGetValue(symbol, out var isDone))
            {
                _isDone[symbol] = false;
                open.Push((symbol, Heads(symbol).GetEnumerator()));
            }
            else if (!isDone)
                throw new ConstraintException($"the rule {Name(symbol, open)} begins with itself (left recursion)");
        }
    }

    private static string Name(Symbol symbol, IEnumerable<(Symbol Symbol, IEnumerator<Symbol>)> open) =>
        (symbol as RuleSymbol ?? open.Select(one => one.Symbol).OfType<RuleSymbol>().FirstOrDefault())?.Name ?? "";

    // What may come first.
    private static IEnumerable<Symbol> Heads(Symbol symbol)
    {
        if (symbol is RepeatSymbol repeat)
            yield return repeat.Part;
        foreach (var alternative in (symbol as RuleSymbol)?.Alternatives ?? [])
            foreach (var part in alternative)
            {
                yield return part;
                if (!part.IsNullable)
                    break;
            }
    }
}
