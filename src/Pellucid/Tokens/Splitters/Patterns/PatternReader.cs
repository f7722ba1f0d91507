using System.Globalization;
using Pellucid.Files;

namespace Pellucid.Tokens.Splitters.Patterns;

/// <summary>Reads the text of an expression from front to back.</summary>
internal sealed class PatternReader
{
    private const int LongestPattern = 8192, MostTimes = 1000, DeepestGroup = 32;

    private readonly string _text;
    private int _at, _depth;

    public PatternReader(string text) => _text = text.Length <= LongestPattern ? text
        : throw new InvalidDataException($"a regular expression of {text.Length} characters is longer than {LongestPattern}");

    /// <summary>The parts of the expression; null if it is empty.</summary>
    public PatternNode? Read()
    {
        var syntax = Alternatives(anyCase: false);
        if (_at < _text.Length)
            throw Refused("')' without '('");
        var nodes = 0;
        return syntax.Build(null, ref nodes);
    }

    private PatternSyntax Alternatives(bool anyCase)
    {
        if (++_depth > DeepestGroup)
            throw Refused("groups nested too deep");
        var all = new List<PatternSyntax> { Sequence(anyCase) };
        while (TryTake("|"))
            all.Add(Sequence(anyCase));
        _depth--;
        return all.Count == 1 ? all[0] : new ChoiceSyntax(all);
    }

    private SequenceSyntax Sequence(bool anyCase)
    {
        var parts = new List<PatternSyntax>();
        while (_at < _text.Length && _text[_at] is not ('|' or ')'))
            parts.Add(Part(anyCase));
        return new SequenceSyntax(parts);
    }

    private PatternSyntax Part(bool anyCase)
    {
        var start = _at;
        if (TryTake("$"))
            return new EndSyntax();
        if (TryTake("(?=") || TryTake("(?!"))
        {
            var wanted = _text[_at - 1] == '=';
            return new AheadSyntax(Inside(anyCase), wanted);
        }
        if (TryTake("(?i:"))
            return Repeated(Inside(anyCase: true), start);
        if (TryTake("(?:"))
            return Repeated(Inside(anyCase), start);
        if (_text[_at] == '(')
        {
            if (_text.AsSpan(_at).StartsWith("(?"))
                throw Refused($"'{Excerpt.Of(_text.Substring(_at, Math.Min(4, _text.Length - _at)))}'");
            _at++;
            return Repeated(Inside(anyCase), start);
        }
        var set = new CharacterSetReader(_text, _at).One(anyCase, ref _at);
        var (least, most, repetition) = Times();
        return new SetSyntax(set, least, most, repetition);
    }

    private PatternSyntax Inside(bool anyCase)
    {
        var inner = Alternatives(anyCase);
        return TryTake(")") ? inner : throw Refused("'(' without ')'");
    }

    private PatternSyntax Repeated(PatternSyntax inner, int start)
    {
        var (least, most, repetition) = Times();
        if ((least, most) is (1, 1))
            return inner;
        if (repetition == Repetition.Possessive || (most == int.MaxValue && inner.CanBeEmpty))
            throw Refused($"the group '{Excerpt.Of(_text[start.._at])}'");
        return new GroupSyntax(inner, least, most, repetition == Repetition.Lazy);
    }

    private (int Least, int Most, Repetition Repetition) Times()
    {
        var (least, most) = (1, 1);
        var isCounted = false;
        if (TryTake("?"))
            least = 0;
        else if (TryTake("*"))
            (least, most) = (0, int.MaxValue);
        else if (TryTake("+"))
            most = int.MaxValue;
        else if (TryTake("{"))
            (least, most, isCounted) = (Number(), 0, true);
        else
            return (1, 1, Repetition.Greedy);
        if (isCounted)
        {
            most = !TryTake(",") ? least : _at < _text.Length && _text[_at] == '}' ? int.MaxValue : Number();
            if (!TryTake("}") || most < least)
                throw Refused("a number of times");
        }
        var repetition = TryTake("?") ? Repetition.Lazy : !isCounted && TryTake("+") ? Repetition.Possessive : Repetition.Greedy;
        return _at < _text.Length && _text[_at] is '?' or '*' or '+' or '{' ? throw Refused("a repetition of a repetition")
            : (least, most, repetition);
    }

    private int Number()
    {
        var start = _at;
        while (_at < _text.Length && char.IsAsciiDigit(_text[_at]))
            _at++;
        return int.TryParse(_text.AsSpan(start, _at - start), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number <= MostTimes
            ? number : throw Refused("a number of times");
    }

    private bool TryTake(string what)
    {
        if (!_text.AsSpan(_at).StartsWith(what, StringComparison.Ordinal))
            return false;
        _at += what.Length;
        return true;
    }

    private InvalidDataException Refused(string what) => Refused(_text, what, _at);

    /// <summary>The complaint about something in an expression.</summary>
    public static InvalidDataException Refused(string text, string what, int at) =>
        new($"the regular expression '{Excerpt.Of(text)}' has {what} at character {at + 1}, which is not supported");
}
