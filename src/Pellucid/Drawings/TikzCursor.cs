namespace Pellucid.Drawings;

/// <summary>Walks through a part of a text.</summary>
internal sealed class TikzCursor(TikzSlice whole)
{
    private int _at = whole.Start;

    /// <summary>What is left.</summary>
    public TikzSlice Rest => whole with { Start = _at, Length = whole.End - _at };

    public bool IsAtEnd
    {
        get
        {
            SkipSpace();
            return _at >= whole.End;
        }
    }

    /// <summary>The next character that is no space; nothing at the end.</summary>
    public char Peek => IsAtEnd ? '\0' : whole.Text.Characters[_at];

    public void SkipSpace()
    {
        while (_at < whole.End && char.IsWhiteSpace(whole.Text.Characters[_at]))
            _at++;
    }

    /// <summary>Steps over a sign, if it comes next.</summary>
    public bool Take(string sign)
    {
        SkipSpace();
        if (!Rest.Span.StartsWith(sign, StringComparison.Ordinal))
            return false;
        _at += sign.Length;
        return true;
    }

    /// <summary>Steps over so many characters.</summary>
    public void Skip(int count) => _at = Math.Min(whole.End, _at + count);

    /// <summary>Steps over a word, if it comes next and ends there.</summary>
    public bool TakeWord(string word)
    {
        SkipSpace();
        var rest = Rest.Span;
        if (!rest.StartsWith(word, StringComparison.Ordinal) || rest.Length > word.Length && char.IsLetter(rest[word.Length]))
            return false;
        _at += word.Length;
        return true;
    }

    /// <summary>What stands in brackets that come next; null where none do.</summary>
    public TikzSlice? Group(char open, char close)
    {
        if (Peek != open)
            return null;
        var length = GroupLength(open, close);
        if (length < 0)
            throw Rest.Error($"'{open}' has no '{close}'");
        var inside = whole with { Start = _at + 1, Length = length - 2 };
        _at += length;
        return inside;
    }

    /// <summary>Characters of a group that begins here, its brackets too; −1 where it does not end. Braces hide brackets.</summary>
    public int GroupLength(char open, char close)
    {
        var rest = Rest.Span;
        var (depth, braces) = (0, 0);
        for (var i = 0; i < rest.Length; i++)
        {
            var c = rest[i];
            if (open != '{' && (c is '{' or '}'))
                braces += c == '{' ? 1 : -1;
            else if (braces == 0)
                depth += c == open ? 1 : c == close ? -1 : 0;
            if (depth == 0)
                return i + 1;
        }
        return -1;
    }

    /// <summary>A word as far as letters go.</summary>
    public string Word()
    {
        SkipSpace();
        var start = _at;
        if (_at < whole.End && whole.Text.Characters[_at] == '\\')
            _at++;
        while (_at < whole.End && char.IsLetter(whole.Text.Characters[_at]))
            _at++;
        if (_at == start && _at < whole.End)
            _at++;
        return whole.Text.Characters[start.._at];
    }

    public TikzException Error(string message) => Rest.Error(message);
}
