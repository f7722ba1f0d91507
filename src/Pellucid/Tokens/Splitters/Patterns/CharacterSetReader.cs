using System.Globalization;
using System.Text;

namespace Pellucid.Tokens.Splitters.Patterns;

/// <summary>Reads one character of an expression, or a class of them.</summary>
internal ref struct CharacterSetReader
{
    private readonly string _text;
    private int _at;

    public CharacterSetReader(string text, int at) => (_text, _at) = (text, at);

    /// <summary>Reads it, and says where it ends.</summary>
    public CharacterSet One(bool anyCase, ref int end)
    {
        var (set, isNegated) = (new CharacterSet(), false);
        if (_text[_at] == '[')
            isNegated = Class(set);
        else if (_text[_at] == '.')
            isNegated = AnyButLineEnd(set);
        else if (_text[_at] is '*' or '+' or '?' or '{' or '^' or ']' or '}')
            throw Refused($"'{_text[_at]}'");
        else if (Item(set) is { } character)
            set.Add(character, character);
        end = _at;
        return set.Close(isNegated, anyCase);
    }

    private bool AnyButLineEnd(CharacterSet set)
    {
        _at++;
        set.Add('\n', '\n');
        return true;
    }

    // From [ to ]; true if it is of all other characters.
    private bool Class(CharacterSet set)
    {
        var start = _at++;
        var isNegated = _at < _text.Length && _text[_at] == '^';
        _at += isNegated ? 1 : 0;
        for (var isFirst = true; _at < _text.Length && (isFirst || _text[_at] != ']'); isFirst = false)
        {
            if (_text[_at] is '[' or ']' || _text.AsSpan(_at).StartsWith("&&"))
                throw Refused($"'{_text[_at]}' in a class");
            if (Item(set) is not { } first)
                continue;
            var isRange = _at + 1 < _text.Length && _text[_at] == '-' && _text[_at + 1] != ']';
            _at += isRange ? 1 : 0;
            var last = !isRange ? first : Item(set) ?? throw Refused("a range");
            set.Add(first, last >= first ? last : throw Refused("a range"));
        }
        if (_at == _text.Length)
        {
            _at = start;
            throw Refused("'[' without ']'");
        }
        _at++;
        return isNegated;
    }

    // A character; or null, having added what stands for many.
    private int? Item(CharacterSet set)
    {
        if (_text[_at] != '\\')
            return Character();
        if (++_at == _text.Length)
            throw Refused("'\\' at the end");
        var escaped = _text[_at++];
        switch (escaped)
        {
            case 'r' or 'n' or 't' or 'f' or 'v':
                return "\r\n\t\f\v"["rntfv".IndexOf(escaped)];
            case 's' or 'S':
                set.AddSpace(others: escaped == 'S');
                return null;
            case 'd' or 'D':
                set.AddCategories(CharacterSet.Categories("Nd"), others: escaped == 'D');
                return null;
            case 'w' or 'W':
                var word = CharacterSet.Categories("L") | CharacterSet.Categories("M") | CharacterSet.Categories("Nd")
                    | CharacterSet.Categories("Pc");
                set.AddCategories(word, others: escaped == 'W');
                return null;
            case 'p' or 'P':
                set.AddCategories(Property(), others: escaped == 'P');
                return null;
            case 'x' when _at < _text.Length && _text[_at] == '{' && _text.IndexOf('}', _at) is > 0 and var end:
                _at++;
                var character = Hexadecimal(Math.Min(6, end - _at));
                _at = end + 1;
                return character;
            case 'x' when _at + 2 <= _text.Length:
                return Hexadecimal(2);
            case 'u' when _at + 4 <= _text.Length:
                return Hexadecimal(4);
        }
        _at--;
        if (!char.IsAsciiLetterOrDigit(escaped))
            return Character();
        _at--;
        throw Refused($"'\\{escaped}'");
    }

    private uint Property()
    {
        var end = _text.IndexOf('}', _at);
        var name = _at < _text.Length && _text[_at] == '{' && end > 0 ? _text[(_at + 1)..end] : "";
        if (CharacterSet.Categories(name) is not (not 0 and var mask))
            throw Refused($"the property '{Files.Excerpt.Of(name)}'");
        _at = end + 1;
        return mask;
    }

    private int Hexadecimal(int digits)
    {
        if (!int.TryParse(_text.AsSpan(_at, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            || !Rune.IsValid(value))
            throw Refused("a number of a character");
        _at += digits;
        return value;
    }

    private int Character()
    {
        if (!Rune.TryGetRuneAt(_text, _at, out var character))
            throw Refused("half a character");
        _at += character.Utf16SequenceLength;
        return character.Value;
    }

    private readonly InvalidDataException Refused(string what) => PatternReader.Refused(_text, what, _at);
}
