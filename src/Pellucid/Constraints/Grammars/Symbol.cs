using Pellucid.Constraints.Terms;

namespace Pellucid.Constraints.Grammars;

/// <summary>What a rule is made of.</summary>
internal abstract class Symbol
{
    /// <summary>Whether any text is of it; known once the grammar is closed.</summary>
    public bool IsProductive { get; set; }

    /// <summary>Whether the empty text is of it; known once the grammar is closed.</summary>
    public bool IsNullable { get; set; }
}

/// <summary>Texts of a regular set.</summary>
internal sealed class TermSymbol(Term term) : Symbol
{
    public Term Term => term;
}

/// <summary>One of several sequences of symbols, which may lead back to the rule itself.</summary>
internal sealed class RuleSymbol(string name) : Symbol
{
    public string Name => name;

    public List<Symbol[]> Alternatives { get; } = [];
}

/// <summary>A symbol several times; −1 is no bound.</summary>
internal sealed class RepeatSymbol(Symbol part, int min, int max) : Symbol
{
    public Symbol Part => part;

    public int Min => min;

    public int Max => max;
}
