using System.Text;

namespace Pellucid.Drawings;

/// <summary>What TeX reads: a character, or a command's name.</summary>
/// <param name="Command">Without its backslash; null for a character.</param>
/// <param name="Character">The character.</param>
/// <param name="At">Its place in the file.</param>
internal readonly record struct TikzToken(string? Command, char Character, int At)
{
    public bool Is(char character) => Command is null && Character == character;

    public bool IsSpace => Command is null && char.IsWhiteSpace(Character);

    /// <summary>Characters as tokens, all at one place.</summary>
    public static IEnumerable<TikzToken> Of(string text, int at) => text.Select(c => new TikzToken(null, c, at));
}

/// <summary>Something that is not understood, at a place of the file.</summary>
internal sealed class TikzException(string message, int at) : Exception(message)
{
    public int At => at;
}

/// <summary>Characters with their places in the file; a command stands as \name and a space.</summary>
internal sealed class TikzText
{
    private readonly StringBuilder _characters = new();
    private readonly List<int> _places = [];
    private string? _whole;

    /// <summary>All of it.</summary>
    public string Characters => _whole ??= _characters.ToString();

    public int Length => _characters.Length;

    /// <summary>Where a character stands in the file.</summary>
    public int At(int index) => _places.Count == 0 ? 0 : _places[Math.Clamp(index, 0, _places.Count - 1)];

    public void Add(TikzToken token)
    {
        _whole = null;
        if (token.Command is null)
        {
            _characters.Append(token.Character == '\n' ? ' ' : token.Character);
            _places.Add(token.At);
            return;
        }
        var start = _characters.Length;
        _characters.Append('\\').Append(token.Command).Append(' ');
        for (var i = start; i < _characters.Length; i++)
            _places.Add(token.At);
    }

    /// <summary>Whether it ends with a word.</summary>
    public bool EndsWithWord(string word)
    {
        var start = _characters.Length - word.Length;
        if (start < 0 || start > 0 && (char.IsLetter(_characters[start - 1]) || _characters[start - 1] == '\\'))
            return false;
        for (var i = 0; i < word.Length; i++)
            if (_characters[start + i] != word[i])
                return false;
        return true;
    }

    /// <summary>Takes characters off its end.</summary>
    public void Drop(int count)
    {
        _whole = null;
        _characters.Length -= count;
        _places.RemoveRange(_places.Count - count, count);
    }

    public static TikzSlice Of(IEnumerable<TikzToken> tokens)
    {
        var text = new TikzText();
        foreach (var token in tokens)
            text.Add(token);
        return text.All;
    }

    public TikzSlice All => new(this, 0, Length);
}

/// <summary>A part of a text.</summary>
internal readonly record struct TikzSlice(TikzText Text, int Start, int Length)
{
    public ReadOnlySpan<char> Span => Text.Characters.AsSpan(Start, Length);

    /// <summary>Its place in the file.</summary>
    public int At => Text.At(Start);

    public int End => Start + Length;

    public bool IsEmpty => Span.Trim().IsEmpty;

    public override string ToString() => Span.Trim().ToString();

    /// <summary>Without spaces around it.</summary>
    public TikzSlice Trimmed()
    {
        var (start, end) = (Start, End);
        while (start < end && char.IsWhiteSpace(Text.Characters[start]))
            start++;
        while (end > start && char.IsWhiteSpace(Text.Characters[end - 1]))
            end--;
        return this with { Start = start, Length = end - start };
    }

    /// <summary>From a place in it to its end.</summary>
    public TikzSlice From(int offset) => this with { Start = Start + offset, Length = Length - offset };

    /// <summary>Its first so many characters.</summary>
    public TikzSlice To(int length) => this with { Length = length };

    /// <summary>Without braces, if they are around all of it.</summary>
    public TikzSlice Unbraced()
    {
        var trimmed = Trimmed();
        var span = trimmed.Span;
        return span.Length >= 2 && span[0] == '{' && new TikzCursor(trimmed).GroupLength('{', '}') == span.Length
            ? trimmed with { Start = trimmed.Start + 1, Length = trimmed.Length - 2 } : trimmed;
    }

    /// <summary>Where a mark first stands outside of all brackets; −1 if it does not.</summary>
    public int IndexOf(string mark)
    {
        var span = Span;
        var depth = 0;
        for (var i = 0; i < span.Length; i++)
        {
            if (depth == 0 && span[i..].StartsWith(mark, StringComparison.Ordinal))
                return i;
            depth += span[i] is '{' or '(' or '[' ? 1 : span[i] is '}' or ')' or ']' ? -1 : 0;
        }
        return -1;
    }

    /// <summary>Parts between marks that stand outside of brackets.</summary>
    public List<TikzSlice> Split(string mark)
    {
        var (parts, rest) = (new List<TikzSlice>(), this);
        for (var at = rest.IndexOf(mark); at >= 0; at = rest.IndexOf(mark))
        {
            parts.Add(rest.To(at));
            rest = rest.From(at + mark.Length);
        }
        parts.Add(rest);
        return parts;
    }

    public TikzException Error(string message) => new(message, At);
}
