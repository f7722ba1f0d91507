namespace Pellucid.Tokens.Splitters;

/// <summary>Walks through the pieces of a text. Of several splitters each cuts the pieces of the one before it.</summary>
internal ref struct Pieces
{
    private readonly ReadOnlySpan<byte> _text;
    private readonly ReadOnlySpan<Splitter> _splitters;
    private readonly Span<int> _ends; // of the pieces that the walk is in, the widest first
    private int _at;

    /// <summary>At the beginning of a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="splitters">The one that cuts first comes first; without any, the text is one piece.</param>
    /// <param name="ends">Room for one number a splitter.</param>
    public Pieces(ReadOnlySpan<byte> text, ReadOnlySpan<Splitter> splitters, Span<int> ends)
    {
        _text = text;
        _splitters = splitters;
        _ends = ends[..splitters.Length];
        _ends.Clear();
    }

    /// <summary>What is left of the text: it begins with the next piece.</summary>
    public readonly ReadOnlySpan<byte> Rest => _text[_at..];

    /// <summary>Goes on to the next piece.</summary>
    /// <returns>Its bytes; 0 at the end of the text. The piece begins where <see cref="Rest"/> began before.</returns>
    public int Next()
    {
        if (_at == _text.Length)
            return 0;
        var (begin, end) = (_at, _text.Length);
        for (var level = 0; level < _splitters.Length; level++)
        {
            if (_ends[level] <= begin)
                _ends[level] = begin + _splitters[level].PieceLength(_text[begin..end]);
            end = _ends[level];
        }
        _at = end;
        return end - begin;
    }
}
