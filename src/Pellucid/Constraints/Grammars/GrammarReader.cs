using System.Globalization;
using System.Text;
using Pellucid.Constraints.Terms;

namespace Pellucid.Constraints.Grammars;

/// <summary>Reads a grammar: what notations have in common, which is rules of alternatives, with groups and repetitions.</summary>
internal abstract class GrammarReader
{
    private const int LongestGrammar = 1_000_000, DeepestGroup = 100, MostTimes = 100_000;

    private readonly Dictionary<string, (RuleSymbol Rule, int At)> _rules = [];
    private readonly HashSet<string> _defined = [];
    private int _depth;

    protected GrammarReader(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length > LongestGrammar)
            throw new ConstraintException($"a grammar of {text.Length} characters is longer than {LongestGrammar}");
        (Text, Characters) = (text, new TextTerms(Grammar.Terms));
    }

    protected string Text { get; }

    /// <summary>Where in it reading stands.</summary>
    protected int At { get; set; }

    protected Grammar Grammar { get; } = new();

    protected TextTerms Characters { get; }

    /// <summary>What comments begin with; they end with the line.</summary>
    protected abstract string[] Comments { get; }

    /// <summary>The next part of an alternative, without its repetition.</summary>
    protected abstract Symbol Part();

    /// <summary>How often it comes, where numbers say it; null where they do not.</summary>
    protected abstract (int Min, int Max)? Counted();

    /// <summary>The grammar, closed, whose texts are those of a rule.</summary>
    protected Grammar Close(string root, Func<Symbol, Symbol>? around = null)
    {
        foreach (var (name, (_, at)) in _rules)
            if (!_defined.Contains(name))
                throw Refused($"the rule {name}, which is not defined", at);
        return _rules.TryGetValue(root, out var first) ? Grammar.Close(around is null ? first.Rule : around(first.Rule))
            : throw new ConstraintException($"the grammar has no rule called {root}");
    }

    protected void Define(string name)
    {
        if (!_defined.Add(name))
            throw Refused($"the rule {name} a second time");
    }

    protected RuleSymbol Rule(string name)
    {
        if (!_rules.TryGetValue(name, out var known))
            _rules[name] = known = (Grammar.Rule(name), At);
        return known.Rule;
    }

    protected List<Symbol[]> Alternatives(bool isNested)
    {
        if (++_depth > DeepestGroup)
            throw Refused($"groups nested deeper than {DeepestGroup}");
        var all = new List<Symbol[]> { Sequence(isNested) };
        while (TakesBar())
        {
            Skip(lines: true);
            all.Add(Sequence(isNested));
        }
        _depth--;
        return all;
    }

    // It may stand at the start of the next line.
    private bool TakesBar()
    {
        var start = At;
        Skip(lines: true);
        if (Takes("|"))
            return true;
        At = start;
        return false;
    }

    private Symbol[] Sequence(bool isNested)
    {
        var parts = new List<Symbol>();
        for (Skip(isNested); At < Text.Length && Text[At] is not ('|' or ')' or ']' or '\n' or '\r'); Skip(isNested))
        {
            var part = Part();
            for (Skip(isNested); Times() is var (min, max); Skip(isNested))
            {
                if (max >= 0 && min > max || Math.Max(min, max) > MostTimes)
                    throw Refused($"repetition from {min} to {max} times");
                part = part is TermSymbol { Term: var term } ? Grammar.Text(Grammar.Terms.Repeat(term, min, max))
                    : Grammar.Repeat(part, min, max);
            }
            parts.Add(part);
        }
        return [.. Joined(parts)];
    }

    private (int Min, int Max)? Times() =>
        Takes("*") ? (0, -1) : Takes("+") ? (1, -1) : Takes("?") ? (0, 1) : Counted();

    // Regular sets that follow one another are one.
    private List<Symbol> Joined(List<Symbol> parts)
    {
        var joined = new List<Symbol>();
        foreach (var part in parts)
            if (part is TermSymbol { Term: var next } && joined is [.., TermSymbol { Term: var before }])
                joined[^1] = Grammar.Text(Grammar.Terms.Sequence(before, next));
            else
                joined.Add(part);
        return joined;
    }

    /// <summary>What stands in brackets, behind the first of them.</summary>
    protected Symbol Group(string open, string close)
    {
        Skip(lines: true);
        var inside = Alternatives(isNested: true);
        if (!Takes(close))
            throw Refused($"'{open}' without '{close}'");
        return inside.All(one => one is [TermSymbol])
            ? Grammar.Text(Grammar.Terms.Either(inside.Select(one => ((TermSymbol)one[0]).Term)))
            : Grammar.Rule("(group)", [.. inside]);
    }

    /// <summary>A character that stands for itself.</summary>
    protected int Character(string missing)
    {
        if (At >= Text.Length || Text[At] is '\n' or '\r')
            throw Refused(missing);
        if (!Rune.TryGetRuneAt(Text, At, out var rune))
            throw Refused("half of a pair of surrogates");
        At += rune.Utf16SequenceLength;
        return rune.Value;
    }

    /// <summary>The character whose number stands there.</summary>
    protected int Hexadecimal(int digits)
    {
        if (At + digits > Text.Length || !int.TryParse(Text.AsSpan(At, digits), NumberStyles.AllowHexSpecifier,
                CultureInfo.InvariantCulture, out var value) || !Rune.IsValid(value))
            throw Refused($"an escape that needs {digits} hexadecimal digits of a character");
        At += digits;
        return value;
    }

    protected string Name(string alsoIn)
    {
        var start = At;
        while (At < Text.Length && (char.IsAsciiLetterOrDigit(Text[At]) || alsoIn.Contains(Text[At], StringComparison.Ordinal)))
            At++;
        return At > start ? Text[start..At] : throw Refused($"'{(At < Text.Length ? Text[At] : ' ')}'");
    }

    protected void Skip(bool lines)
    {
        while (At < Text.Length)
            if (Text[At] is ' ' or '\t' || lines && Text[At] is '\n' or '\r')
                At++;
            else if (Array.Exists(Comments, comment => Text.AsSpan(At).StartsWith(comment, StringComparison.Ordinal)))
                while (At < Text.Length && Text[At] is not ('\n' or '\r'))
                    At++;
            else
                break;
    }

    protected bool Takes(string text)
    {
        var takes = string.CompareOrdinal(Text, At, text, 0, text.Length) == 0;
        At += takes ? text.Length : 0;
        return takes;
    }

    protected ConstraintException Refused(string what, int? at = null) =>
        new($"the grammar has {what} in line {Text.AsSpan(0, Math.Min(at ?? At, Text.Length)).Count('\n') + 1}");
}
