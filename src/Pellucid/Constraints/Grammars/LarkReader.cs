using System.Globalization;
using System.Text;
using Pellucid.Constraints.Expressions;
using Pellucid.Constraints.Terms;

namespace Pellucid.Constraints.Grammars;

/// <summary>
/// Reads a grammar in the notation of Lark, the parser for Python, as clients of other servers write it:
/// <c>start: "yes" | "no" DIGIT+</c>. Its texts are those that rules and terminals spell, character by character; which of several
/// terminals a text is cut into does not matter. What is ignored may stand before and after every terminal of a rule.
/// </summary>
internal sealed class LarkReader : GrammarReader
{
    private readonly RuleSymbol? _ignored;
    private bool _isTerminal;

    private LarkReader(string text) : base(text) =>
        _ignored = text.Contains("%ignore", StringComparison.Ordinal) ? Grammar.Rule("(ignored)") : null;

    /// <summary>The grammar, closed.</summary>
    /// <exception cref="ConstraintException">It is damaged, or more than this; the message names line and rule.</exception>
    public static Grammar Read(string text) => new LarkReader(text).Rules();

    /// <summary>Whether a text is in this notation, in which one colon stands behind a rule's name.</summary>
    public static bool Understands(string text)
    {
        var first = text.Split('\n').Select(line => line.Trim())
            .FirstOrDefault(line => line is not ("" or ['#', ..] or ['/', '/', ..])) ?? "";
        var colon = first.IndexOf(':', StringComparison.Ordinal);
        return first.StartsWith('%') || colon > 0 && !first.AsSpan(colon).StartsWith("::") && first[..colon].All(IsOfAHead);
    }

    private static bool IsOfAHead(char letter) => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '?' or '!' or '.' or ' ' or '-';

    protected override string[] Comments { get; } = ["//", "#"];

    private Grammar Rules()
    {
        for (Skip(lines: true); At < Text.Length; Skip(lines: true))
            if (Takes("%"))
                Instruction();
            else
                Definition();
        return Close("start", start => _ignored is null ? start : Grammar.Rule("(text)", [Ignored(), start]));
    }

    private Symbol Ignored() => Grammar.Repeat(_ignored!, 0, -1);

    private void Definition()
    {
        _ = Takes("?") || Takes("!"); // how a tree is made of it
        var name = Name("_");
        Define(name);
        if (Takes(".")) // which one wins
            _ = Name("-");
        Skip(lines: false);
        if (!Takes(":"))
            throw Refused($"no : after {name}");
        _isTerminal = IsTerminal(name);
        var rule = Rule(name);
        rule.Alternatives.AddRange(Alternatives(isNested: false));
        if (At < Text.Length && Text[At] is not ('\n' or '\r'))
            throw Refused($"'{Text[At]}'");
    }

    private static bool IsTerminal(string name) => name.TrimStart('_') is [var first, ..] && char.IsAsciiLetterUpper(first);

    private void Instruction()
    {
        var what = Name("_");
        Skip(lines: false);
        if (what == "ignore")
        {
            _isTerminal = true;
            _ignored!.Alternatives.AddRange(Alternatives(isNested: false));
        }
        else if (what == "import" && Takes("common"))
            Import();
        else
            throw Refused($"%{what}, which is not supported" + (what == "import" ? " but of common" : ""));
    }

    // One as .NAME, with -> another name for it, or several as (NAME, NAME).
    private void Import()
    {
        if (Takes("."))
        {
            var name = Name("_");
            Skip(lines: false);
            var alias = name;
            if (Takes("->"))
            {
                Skip(lines: false);
                alias = Name("_");
            }
            Import(name, alias);
            return;
        }
        Skip(lines: false);
        if (!Takes("("))
            throw Refused("%import without a name");
        do
        {
            Skip(lines: true);
            var name = Name("_");
            Import(name, name);
            Skip(lines: true);
        }
        while (Takes(","));
        if (!Takes(")"))
            throw Refused("'(' without ')'");
    }

    private void Import(string name, string alias)
    {
        Define(alias);
        Rule(alias).Alternatives.Add([Expression(LarkTerminals.Expression(name) ?? throw Refused($"common.{name}, which is not known"))]);
    }

    protected override Symbol Part()
    {
        if (Takes("->")) // what a tree calls it
        {
            Skip(lines: false);
            _ = Name("_");
            return Grammar.Text(Grammar.Terms.Empty);
        }
        if (Takes("("))
            return Group("(", ")");
        if (Takes("["))
            return Grammar.Repeat(Group("[", "]"), 0, 1);
        if (Takes("\""))
            return Token(Grammar.Text(Literal()));
        if (Takes("/"))
            return Token(Expression(Pattern()));
        var name = Name("_");
        if (At < Text.Length && Text[At] == '{')
            throw Refused($"the template {name}, which is not supported");
        return IsTerminal(name) ? Token(Rule(name)) : !_isTerminal ? Rule(name)
            : throw Refused($"the rule {name} within a terminal");
    }

    // Of a rule, with what is ignored after it.
    private Symbol Token(Symbol symbol) => _ignored is null || _isTerminal ? symbol : Grammar.Rule("(token)", [symbol, Ignored()]);

    protected override (int Min, int Max)? Counted()
    {
        if (!Takes("~"))
            return null;
        Skip(lines: false);
        var min = Number();
        return (min, Takes("..") ? Number() : min);
    }

    private int Number() => int.TryParse(Name(""), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw Refused("a repetition that is not ~ n or ~ n..m");

    private Term Literal()
    {
        var text = Quoted();
        if (Takes(".."))
        {
            if (!Takes("\"") || Quoted() is not [var last] || text is not [var first] || first > last)
                throw Refused("a range that is not from one character to a later one");
            return Characters.Plain(new CodePoints((first, last)));
        }
        if (!Takes("i"))
            return Grammar.Terms.Literal(string.Concat(text.Select(one => new Rune(one))));
        return Grammar.Terms.Sequence([.. text.Select(one => Characters.Plain(
            new CodePoints((one, one), Same(Rune.ToLowerInvariant(new Rune(one))), Same(Rune.ToUpperInvariant(new Rune(one))))))]);
    }

    private static (int, int) Same(Rune rune) => (rune.Value, rune.Value);

    private List<int> Quoted()
    {
        var characters = new List<int>();
        while (!Takes("\""))
            characters.Add(Takes("\\") ? Escape() : Character("'\"' without end"));
        return characters;
    }

    private int Escape()
    {
        var letter = Character("'\"' without end");
        return letter switch
        {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'f' => '\f',
            'v' => '\v',
            '\\' or '"' or '\'' or '/' => letter,
            'x' => Hexadecimal(2),
            'u' => Hexadecimal(4),
            'U' => Hexadecimal(8),
            _ => throw Refused($"the escape \\{new Rune(letter)}"),
        };
    }

    // Up to a slash that no backslash stands before.
    private string Pattern()
    {
        var start = At;
        while (!Takes("/"))
            if (!Takes("\\/") && !Takes("\\\\"))
                Character("'/' without end");
        var pattern = Text[start..(At - 1)];
        return At < Text.Length && char.IsAsciiLetterLower(Text[At]) ? throw Refused($"the flag {Text[At]} of an expression") : pattern;
    }

    private TermSymbol Expression(string expression) =>
        Grammar.Text(new ExpressionTerms(Grammar.Terms, Characters.Plain).Whole(expression));
}
