namespace Pellucid.Drawings;

/// <summary>A file as tokens; comments are left out, and those that fill a line are remembered, because they name what follows.</summary>
internal sealed class TikzScanner(string text)
{
    private readonly List<(int At, int Length)> _comments = [];
    private int[]? _lines;
    private int _at;

    /// <summary>The next token, or none.</summary>
    public bool TryNext(out TikzToken token)
    {
        while (_at < text.Length && text[_at] == '%')
            SkipComment();
        token = default;
        if (_at >= text.Length)
            return false;
        var start = _at++;
        token = new TikzToken(null, text[start], start);
        if (text[start] != '\\' || _at >= text.Length)
            return true;
        var end = _at;
        while (end < text.Length && char.IsAsciiLetter(text[end]))
            end++;
        if (end == _at)
            end++;
        token = new TikzToken(text[_at..end], '\0', start);
        _at = end;
        while (char.IsAsciiLetter(text[end - 1]) && _at < text.Length && text[_at] is ' ' or '\t')
            _at++;
        return true;
    }

    /// <summary>The last comment with a line of its own before a place; empty where there is none.</summary>
    public string CommentBefore(int at)
    {
        var (low, high) = (0, _comments.Count);
        while (low < high)
            if (_comments[(low + high) / 2].At <= at)
                low = (low + high) / 2 + 1;
            else
                high = (low + high) / 2;
        return low == 0 ? "" : text.Substring(_comments[low - 1].At, _comments[low - 1].Length).Trim('%', ' ', '\t', '\r');
    }

    /// <summary>Line and column, from 1.</summary>
    public (int Line, int Column) Place(int at)
    {
        _lines ??= LineStarts();
        at = Math.Clamp(at, 0, text.Length);
        var line = Array.BinarySearch(_lines, at) is var found && found >= 0 ? found : ~found - 1;
        return (line + 1, at - _lines[line] + 1);
    }

    private int[] LineStarts()
    {
        var (lines, line) = (new int[text.AsSpan().Count('\n') + 1], 0);
        for (var at = text.IndexOf('\n', StringComparison.Ordinal); at >= 0; at = text.IndexOf('\n', at + 1))
            lines[++line] = at + 1;
        return lines;
    }

    private void SkipComment()
    {
        var start = _at;
        while (_at < text.Length && text[_at] != '\n')
            _at++;
        if (text.AsSpan(0, start).TrimEnd(" \t").EndsWith("\n") || text.AsSpan(0, start).Trim(" \t").IsEmpty)
            _comments.Add((start, _at - start));
        // A comment takes the line's end with it, and the space that the next begins with.
        if (_at < text.Length)
            _at++;
        while (_at < text.Length && text[_at] is ' ' or '\t')
            _at++;
    }
}
