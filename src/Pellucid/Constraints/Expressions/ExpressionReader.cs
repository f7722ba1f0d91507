using System.Globalization;
using Pellucid.Constraints.Terms;

namespace Pellucid.Constraints.Expressions;

/// <summary>
/// Reads a regular expression in the dialect of ECMA-262, which JSON Schema uses. What is more than regular is refused by its name:
/// looking ahead and behind, references to groups, borders of words.
/// </summary>
internal sealed class ExpressionReader
{
    private const int LongestExpression = 16_384, MostTimes = 100_000, DeepestGroup = 100;

    private readonly string _text;
    private int _at, _depth;

    private ExpressionReader(string text) => _text = text;

    /// <summary>The expression's parts.</summary>
    /// <exception cref="ConstraintException">It is damaged, or more than regular.</exception>
    public static ExpressionNode Read(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length > LongestExpression)
            throw new ConstraintException($"a regular expression of {text.Length} characters is longer than {LongestExpression}");
        var reader = new ExpressionReader(text);
        var node = reader.Alternatives();
        return reader._at == text.Length ? node : throw reader.Refused("')' without '('");
    }

    private ExpressionNode Alternatives()
    {
        if (++_depth > DeepestGroup)
            throw Refused($"groups nested deeper than {DeepestGroup}");
        var all = new List<ExpressionNode> { Sequence() };
        while (Takes("|"))
            all.Add(Sequence());
        _depth--;
        return all.Count == 1 ? all[0] : new ChoiceNode(all);
    }

    private SequenceNode Sequence()
    {
        var parts = new List<ExpressionNode>();
        while (_at < _text.Length && _text[_at] is not ('|' or ')'))
            parts.Add(Repeated(Atom()));
        return new SequenceNode(parts);
    }

    private ExpressionNode Atom()
    {
        if (Takes("^"))
            return new AnchorNode(true);
        if (Takes("$"))
            return new AnchorNode(false);
        if (Takes("."))
            return new CharacterNode(CharacterClasses.Point);
        if (Takes("["))
            return new CharacterNode(Class());
        if (Takes("("))
            return Group();
        if (Takes("\\"))
            return new CharacterNode(Escape(inClass: false));
        if (_text[_at] is '*' or '+' or '?' || _text[_at] == '{' && Counts() is not null)
            throw Refused($"'{_text[_at]}' has nothing before it to repeat");
        return new CharacterNode(CodePoints.Of(Character()));
    }

    private ExpressionNode Group()
    {
        foreach (var (sign, name) in (ReadOnlySpan<(string, string)>)
            [("?=", "looking ahead"), ("?!", "looking ahead"), ("?<=", "looking behind"), ("?<!", "looking behind")])
            if (Peeks(sign))
                throw Refused($"{name}, (" + sign + "…)");
        if (Takes("?<") || Takes("?P<"))
            _at = _text.IndexOf('>', _at) is var end and >= 0 ? end + 1 : throw Refused("a group's name without end");
        else if (!Takes("?:") && Peeks("?"))
            throw Refused("a group that begins with (?" + (_at + 1 < _text.Length ? _text[_at + 1] : ""));
        var inside = Alternatives();
        return Takes(")") ? inside : throw Refused("'(' without ')'");
    }

    private ExpressionNode Repeated(ExpressionNode node)
    {
        while (_at < _text.Length)
        {
            var times = Takes("*") ? (0, -1) : Takes("+") ? (1, -1) : Takes("?") ? (0, 1) : Counts(take: true);
            if (times is not (int min, int max))
                break;
            if (max >= 0 && min > max || Math.Max(min, max) > MostTimes)
                throw Refused($"repetition from {min} to {max} times");
            _ = Takes("?"); // as little as possible: the same texts
            if (Peeks("+"))
                throw Refused("repetition that gives nothing back");
            if (node is AnchorNode)
                throw Refused("repetition of ^ or $");
            node = new RepeatNode(node, min, max);
        }
        return node;
    }

    // {3} {3,} {3,5}; anything else in braces is text.
    private (int Min, int Max)? Counts(bool take = false)
    {
        if (!Peeks("{") || _text.IndexOf('}', _at) is not (var end and > 0))
            return null;
        var numbers = _text[(_at + 1)..end].Split(',');
        if (numbers.Length > 2 || !int.TryParse(numbers[0], NumberStyles.None, CultureInfo.InvariantCulture, out var min))
            return null;
        var max = numbers.Length == 1 ? min : -1;
        if (numbers.Length == 2 && numbers[1].Length > 0
            && !int.TryParse(numbers[1], NumberStyles.None, CultureInfo.InvariantCulture, out max))
            return null;
        _at = take ? end + 1 : _at;
        return (min, max);
    }

    private CodePoints Class()
    {
        var (isNegated, ranges, sets) = (Takes("^"), new List<(int, int)>(), new List<CodePoints>());
        while (!Takes("]"))
        {
            if (_at == _text.Length)
                throw Refused("'[' without ']'");
            var first = Member();
            if (!Peeks("-") || Peeks("-]"))
            {
                sets.Add(first);
                continue;
            }
            _at++;
            var last = _at < _text.Length ? Member() : throw Refused("'[' without ']'");
            if (Single(first) is not { } from || Single(last) is not { } to)
                sets.AddRange([first, CodePoints.Of('-'), last]);
            else if (from <= to)
                ranges.Add((from, to));
            else
                throw Refused("a range that ends before it begins");
        }
        var all = new CodePoints(ranges.Concat(sets.SelectMany(set => set.Ranges)));
        return isNegated ? all.Complement() : all;
    }

    private static int? Single(CodePoints set) => set.Ranges is [var (first, last)] && first == last ? first : null;

    private CodePoints Member() => Takes("\\") ? Escape(inClass: true) : CodePoints.Of(Character());

    private CodePoints Escape(bool inClass)
    {
        if (_at == _text.Length)
            throw Refused("'\\' at the end");
        var letter = _text[_at++];
        if (CharacterClasses.Named(letter) is { } named)
            return named;
        if (letter is 'p' or 'P' && Takes("{"))
        {
            var name = _text.IndexOf('}', _at) is var end and >= 0 ? _text[_at..end] : throw Refused("'\\p{' without '}'");
            _at = end + 1;
            var set = CharacterClasses.Category(name) ?? throw Refused($"the property \\{letter}{{{name}}}");
            return letter == 'p' ? set : set.Complement();
        }
        if (letter is 'b' or 'B' && !inClass)
            throw Refused($"\\{letter}, a border of words,");
        if (letter is >= '1' and <= '9' or 'k')
            throw Refused($"\\{letter}, a reference to a group,");
        return CodePoints.Of(letter switch
        {
            't' => '\t',
            'n' => '\n',
            'r' => '\r',
            'f' => '\f',
            'v' => '\v',
            'a' => throw Refused("\\a"),
            'b' => '\b',
            '0' => 0,
            'c' when _at < _text.Length && char.IsAsciiLetter(_text[_at]) => _text[_at++] & 31,
            'x' => Hexadecimal(2),
            'u' when Peeks("{") => Braced(),
            'u' => Utf16(),
            _ when char.IsAsciiLetterOrDigit(letter) => throw Refused($"\\{letter}"),
            _ => Character(_at - 1),
        });
    }

    private int Utf16()
    {
        var unit = Hexadecimal(4);
        if (unit is < 0xD800 or > 0xDFFF)
            return unit;
        if (unit > 0xDBFF || !Takes("\\u") || Hexadecimal(4) is not (var low and >= 0xDC00 and <= 0xDFFF))
            throw Refused("half of a pair of surrogates");
        return char.ConvertToUtf32((char)unit, (char)low);
    }

    private int Braced()
    {
        var end = _text.IndexOf('}', _at);
        var value = end < 0 || end - _at > 8 ? throw Refused("\\u{") : Hexadecimal(end - ++_at);
        _at++;
        return value <= 0x10FFFF ? value : throw Refused("\\u{} beyond Unicode");
    }

    private int Hexadecimal(int digits)
    {
        if (_at + digits > _text.Length
            || !int.TryParse(_text.AsSpan(_at, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
            throw Refused($"an escape that needs {digits} hexadecimal digits");
        _at += digits;
        return value;
    }

    private int Character(int? at = null)
    {
        _at = at ?? _at;
        if (char.IsHighSurrogate(_text[_at]) && _at + 1 < _text.Length && char.IsLowSurrogate(_text[_at + 1]))
            return char.ConvertToUtf32(_text[_at++], _text[_at++]);
        return !char.IsSurrogate(_text[_at]) ? _text[_at++] : throw Refused("half of a pair of surrogates");
    }

    private bool Peeks(string text) => string.CompareOrdinal(_text, _at, text, 0, text.Length) == 0;

    private bool Takes(string text)
    {
        var takes = Peeks(text);
        _at += takes ? text.Length : 0;
        return takes;
    }

    private ConstraintException Refused(string what) =>
        new($"the regular expression {Quoted(_text)} has {what} at character {_at + 1}, which is not supported");

    /// <summary>A text as a message shows it.</summary>
    internal static string Quoted(string text) => text.Length <= 60 ? $"'{text}'" : $"'{text[..57]}…'";
}
