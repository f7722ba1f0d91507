using System.Globalization;
using System.Text;
using Pellucid.Constraints.Terms;

namespace Pellucid.Constraints.Grammars;

/// <summary>Reads a grammar in GBNF, llama.cpp's notation: <c>root ::= "yes" | "no" [0-9]+ other?</c>.</summary>
internal sealed class GbnfReader : GrammarReader
{
    private GbnfReader(string text) : base(text)
    {
    }

    /// <summary>The grammar, closed.</summary>
    /// <exception cref="ConstraintException">It is damaged; the message names line and rule.</exception>
    public static Grammar Read(string text) => new GbnfReader(text).Rules();

    protected override string[] Comments { get; } = ["#"];

    private Grammar Rules()
    {
        for (Skip(lines: true); At < Text.Length; Skip(lines: true))
        {
            var name = Name("-_");
            Define(name);
            Skip(lines: true);
            if (!Takes("::="))
                throw Refused($"no ::= after {name}");
            Skip(lines: true);
            Rule(name).Alternatives.AddRange(Alternatives(isNested: false));
        }
        return Close("root");
    }

    protected override Symbol Part()
    {
        if (Takes("\""))
            return Grammar.Text(Literal());
        if (Takes("["))
            return Grammar.Text(Characters.Plain(Class()));
        if (Takes("."))
            return Grammar.Text(Characters.Plain(CodePoints.All));
        return Takes("(") ? Group("(", ")") : Rule(Name("-_"));
    }

    protected override (int Min, int Max)? Counted()
    {
        if (!Takes("{"))
            return null;
        var end = Text.IndexOf('}', At);
        var numbers = end < 0 ? [] : Text[At..end].Split(',');
        var (min, max) = (0, -1);
        if (numbers.Length is not (1 or 2) || !int.TryParse(numbers[0], NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite,
                CultureInfo.InvariantCulture, out min)
            || numbers.Length == 2 && !string.IsNullOrWhiteSpace(numbers[1])
                && !int.TryParse(numbers[1], NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite,
                    CultureInfo.InvariantCulture, out max))
            throw Refused("a repetition that is not {n}, {n,} or {n,m}");
        At = end + 1;
        return (min, numbers.Length == 1 ? min : max);
    }

    private Term Literal()
    {
        var bytes = new List<byte>();
        while (!Takes("\""))
            bytes.AddRange(Encoding.UTF8.GetBytes(new Rune(Escaped("'\"' without end")).ToString()));
        return Grammar.Terms.Literal([.. bytes]);
    }

    private CodePoints Class()
    {
        var (isNegated, ranges) = (Takes("^"), new List<(int, int)>());
        while (!Takes("]"))
        {
            var first = Escaped("'[' without ']'");
            var last = first;
            if (At + 1 < Text.Length && Text[At] == '-' && Text[At + 1] != ']')
            {
                At++;
                last = Escaped("'[' without ']'");
            }
            ranges.Add(first <= last ? (first, last) : throw Refused("a range that ends before it begins"));
        }
        return isNegated ? new CodePoints(ranges).Complement() : new CodePoints(ranges);
    }

    private int Escaped(string missing)
    {
        if (!Takes("\\"))
            return Character(missing);
        var letter = Character(missing);
        return letter switch
        {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            '\\' or '"' or '[' or ']' or '-' or '^' or '/' => letter,
            'x' => Hexadecimal(2),
            'u' => Hexadecimal(4),
            'U' => Hexadecimal(8),
            _ => throw Refused($"the escape \\{new Rune(letter)}"),
        };
    }
}
