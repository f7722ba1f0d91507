using System.Globalization;
using System.Text;
using Pellucid.Constraints.Terms;

namespace Pellucid.Constraints.Grammars;

/// <summary>Reads a grammar in GBNF, llama.cpp's notation: <c>root ::= "yes" | "no" [0-9]+ other?</c>.</summary>
internal sealed class GbnfReader
{
    private const int LongestGrammar = 1_000_000, DeepestGroup = 100, MostTimes = 100_000;

    private readonly string _text;
    private readonly Grammar _grammar = new();
    private readonly TextTerms _characters;
    private readonly Dictionary<string, (RuleSymbol Rule, int At)> _rules = [];
    private readonly HashSet<string> _defined = [];
    private int _at, _depth;

    private GbnfReader(string text) => (_text, _characters) = (text, new TextTerms(_grammar.Terms));

    /// <summary>The grammar, closed.</summary>
    /// <exception cref="ConstraintException">It is damaged; the message names line and rule.</exception>
    public static Grammar Read(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length > LongestGrammar)
            throw new ConstraintException($"a grammar of {text.Length} characters is longer than {LongestGrammar}");
        return new GbnfReader(text).Rules();
    }

    private Grammar Rules()
    {
        for (Skip(lines: true); _at < _text.Length; Skip(lines: true))
        {
            var name = Name();
            if (!_defined.Add(name))
                throw Refused($"the rule {name} a second time");
            Skip(lines: true);
            if (!Takes("::="))
                throw Refused($"no ::= after {name}");
            Skip(lines: true);
            Rule(name).Alternatives.AddRange(Alternatives(isNested: false));
        }
        foreach (var (name, (_, at)) in _rules)
            if (!_defined.Contains(name))
                throw Refused($"the rule {name}, which is not defined", at);
        return _rules.TryGetValue("root", out var root) ? _grammar.Close(root.Rule)
            : throw new ConstraintException("the grammar has no rule called root");
    }

    private List<Symbol[]> Alternatives(bool isNested)
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
        var start = _at;
        Skip(lines: true);
        if (Takes("|"))
            return true;
        _at = start;
        return false;
    }

    private Symbol[] Sequence(bool isNested)
    {
        var parts = new List<Symbol>();
        while (_at < _text.Length && _text[_at] is not ('|' or ')' or '\n' or '\r'))
        {
            var part = Part();
            for (Skip(isNested); Times() is var (min, max); Skip(isNested))
                part = part is TermSymbol { Term: var term } ? _grammar.Text(_grammar.Terms.Repeat(term, min, max))
                    : _grammar.Repeat(part, min, max);
            parts.Add(part);
            Skip(isNested);
        }
        return [.. Joined(parts)];
    }

    // Regular sets that follow one another are one.
    private List<Symbol> Joined(List<Symbol> parts)
    {
        var joined = new List<Symbol>();
        foreach (var part in parts)
            if (part is TermSymbol { Term: var next } && joined is [.., TermSymbol { Term: var before }])
                joined[^1] = _grammar.Text(_grammar.Terms.Sequence(before, next));
            else
                joined.Add(part);
        return joined;
    }

    private Symbol Part()
    {
        if (Takes("\""))
            return _grammar.Text(Literal());
        if (Takes("["))
            return _grammar.Text(_characters.Plain(Class()));
        if (Takes("."))
            return _grammar.Text(_characters.Plain(CodePoints.All));
        if (!Takes("("))
            return Rule(Name());
        Skip(lines: true);
        var inside = Alternatives(isNested: true);
        if (!Takes(")"))
            throw Refused("'(' without ')'");
        return inside.All(one => one is [TermSymbol])
            ? _grammar.Text(_grammar.Terms.Either(inside.Select(one => ((TermSymbol)one[0]).Term)))
            : _grammar.Rule("(group)", [.. inside]);
    }

    private (int Min, int Max)? Times()
    {
        if (Takes("*"))
            return (0, -1);
        if (Takes("+"))
            return (1, -1);
        if (Takes("?"))
            return (0, 1);
        if (!Takes("{"))
            return null;
        var end = _text.IndexOf('}', _at);
        var numbers = end < 0 ? [] : _text[_at..end].Split(',');
        var (min, max) = (0, -1);
        if (numbers.Length is not (1 or 2) || !int.TryParse(numbers[0], NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite,
                CultureInfo.InvariantCulture, out min)
            || numbers.Length == 2 && !string.IsNullOrWhiteSpace(numbers[1])
                && !int.TryParse(numbers[1], NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite,
                    CultureInfo.InvariantCulture, out max))
            throw Refused("a repetition that is not {n}, {n,} or {n,m}");
        max = numbers.Length == 1 ? min : max;
        if (max >= 0 && min > max || Math.Max(min, max) > MostTimes)
            throw Refused($"repetition from {min} to {max} times");
        _at = end + 1;
        return (min, max);
    }

    private Term Literal()
    {
        var bytes = new List<byte>();
        while (!Takes("\""))
            bytes.AddRange(Encoding.UTF8.GetBytes(new Rune(Character("'\"' without end")).ToString()));
        return _grammar.Terms.Literal([.. bytes]);
    }

    private CodePoints Class()
    {
        var (isNegated, ranges) = (Takes("^"), new List<(int, int)>());
        while (!Takes("]"))
        {
            var first = Character("'[' without ']'");
            var last = first;
            if (_at + 1 < _text.Length && _text[_at] == '-' && _text[_at + 1] != ']')
            {
                _at++;
                last = Character("'[' without ']'");
            }
            ranges.Add(first <= last ? (first, last) : throw Refused("a range that ends before it begins"));
        }
        return isNegated ? new CodePoints(ranges).Complement() : new CodePoints(ranges);
    }

    private int Character(string missing)
    {
        if (_at >= _text.Length || _text[_at] is '\n' or '\r')
            throw Refused(missing);
        if (!Takes("\\"))
            return Rune.TryGetRuneAt(_text, _at, out var rune) ? Step(rune) : throw Refused("half of a pair of surrogates");
        if (_at == _text.Length)
            throw Refused(missing);
        var letter = _text[_at++];
        return letter switch
        {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            '\\' or '"' or '[' or ']' or '-' or '^' or '/' => letter,
            'x' => Hexadecimal(2),
            'u' => Hexadecimal(4),
            'U' => Hexadecimal(8),
            _ => throw Refused($"the escape \\{letter}"),
        };
    }

    private int Step(Rune rune)
    {
        _at += rune.Utf16SequenceLength;
        return rune.Value;
    }

    private int Hexadecimal(int digits)
    {
        if (_at + digits > _text.Length || !int.TryParse(_text.AsSpan(_at, digits), NumberStyles.AllowHexSpecifier,
                CultureInfo.InvariantCulture, out var value) || !Rune.IsValid(value))
            throw Refused($"an escape that needs {digits} hexadecimal digits of a character");
        _at += digits;
        return value;
    }

    private RuleSymbol Rule(string name)
    {
        if (!_rules.TryGetValue(name, out var known))
            _rules[name] = known = (_grammar.Rule(name), _at);
        return known.Rule;
    }

    private string Name()
    {
        var start = _at;
        while (_at < _text.Length && (char.IsAsciiLetterOrDigit(_text[_at]) || _text[_at] is '-' or '_'))
            _at++;
        return _at > start ? _text[start.._at] : throw Refused($"'{(_at < _text.Length ? _text[_at] : ' ')}'");
    }

    private void Skip(bool lines)
    {
        while (_at < _text.Length)
            if (_text[_at] is ' ' or '\t' || lines && _text[_at] is '\n' or '\r')
                _at++;
            else if (_text[_at] == '#')
                while (_at < _text.Length && _text[_at] is not ('\n' or '\r'))
                    _at++;
            else
                break;
    }

    private bool Takes(string text)
    {
        var takes = string.CompareOrdinal(_text, _at, text, 0, text.Length) == 0;
        _at += takes ? text.Length : 0;
        return takes;
    }

    private ConstraintException Refused(string what, int? at = null) =>
        new($"the grammar has {what} in line {_text.AsSpan(0, Math.Min(at ?? _at, _text.Length)).Count('\n') + 1}");
}
