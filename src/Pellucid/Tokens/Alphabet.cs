using System.Text;

namespace Pellucid.Tokens;

/// <summary>The tokens that a piece of text is before anything is merged.</summary>
internal abstract class Alphabet
{
    /// <summary>Writes them; room for one a byte is needed. Returns how many there are.</summary>
    /// <exception cref="ArgumentException">The piece holds something that no token stands for.</exception>
    public abstract int Begin(ReadOnlySpan<byte> piece, Span<int> tokens);

    /// <summary>Replaces what is no token after merging; room as before. Returns how many there are then.</summary>
    public virtual int Finish(Span<int> tokens, int count) => count;
}

/// <summary>A token a byte. Vocabularies made from text may lack bytes that no text held.</summary>
internal sealed class ByteAlphabet : Alphabet
{
    private readonly int[] _tokens = new int[256];
    private readonly bool _isWhole;

    /// <summary>Those of a vocabulary.</summary>
    public ByteAlphabet(TokenBytes names)
    {
        for (var value = 0; value < 256; value++)
            _tokens[value] = names.Find([(byte)value]);
        _isWhole = Array.IndexOf(_tokens, -1) < 0;
    }

    public override int Begin(ReadOnlySpan<byte> piece, Span<int> tokens)
    {
        for (var i = 0; i < piece.Length; i++)
            tokens[i] = _tokens[piece[i]];
        if (!_isWhole && tokens[..piece.Length].IndexOf(-1) is >= 0 and var missing)
            throw new ArgumentException($"no token stands for the byte 0x{piece[missing]:X2}");
        return piece.Length;
    }
}

/// <summary>
/// A token a character, where the vocabulary has one; tokens of its bytes or the unknown token where it has not. A
/// character that is only part of longer tokens is held until it is clear that it joins none.
/// </summary>
internal sealed class CharacterAlphabet : Alphabet
{
    private readonly TokenBytes _names;
    private readonly int[] _ascii = new int[128];
    private readonly int[]? _bytes; // null where no byte has a token
    private readonly int? _unknown;
    private readonly bool _fusesUnknown;
    private readonly TokenBytes? _parts; // characters that are no tokens but parts of some

    /// <summary>Of a vocabulary.</summary>
    /// <param name="names">The vocabulary.</param>
    /// <param name="bytes">The token of each byte; null if characters do not fall back to bytes.</param>
    /// <param name="unknown">What stands for all else.</param>
    /// <param name="fusesUnknown">Whether one of those stands for several in a row.</param>
    /// <param name="parts">Characters that merge though they are no tokens, numbered after the vocabulary.</param>
    public CharacterAlphabet(TokenBytes names, int[]? bytes, int? unknown, bool fusesUnknown, TokenBytes? parts = null)
    {
        (_names, _bytes, _unknown, _fusesUnknown, _parts) = (names, bytes, unknown, fusesUnknown, parts);
        for (var value = 0; value < 128; value++)
            _ascii[value] = Find([(byte)value]);
    }

    public override int Begin(ReadOnlySpan<byte> piece, Span<int> tokens)
    {
        var count = 0;
        for (var at = 0; at < piece.Length;)
        {
            var length = 1;
            var token = piece[at] < 128 ? _ascii[piece[at]] : -1;
            if (piece[at] >= 128)
            {
                Rune.DecodeFromUtf8(piece[at..], out _, out length);
                token = Find(piece.Slice(at, length));
            }
            if (token >= 0)
                tokens[count++] = token;
            else
                FallBack(piece.Slice(at, length), tokens, ref count);
            at += length;
        }
        return count;
    }

    public override int Finish(Span<int> tokens, int count)
    {
        if (_parts is null || tokens[..count].IndexOfAnyInRange(_names.Count, int.MaxValue) < 0)
            return count;
        var merged = tokens[..count].ToArray();
        count = 0;
        foreach (var token in merged)
            if (token < _names.Count)
                tokens[count++] = token;
            else
                FallBack(_parts[token - _names.Count], tokens, ref count);
        return count;
    }

    private int Find(ReadOnlySpan<byte> character) => _names.Find(character) is >= 0 and var token ? token
        : _parts?.Find(character) is >= 0 and var part ? _names.Count + part
        : -1;

    private void FallBack(ReadOnlySpan<byte> character, Span<int> tokens, ref int count)
    {
        if (_bytes is not null && HasAll(character))
            foreach (var value in character)
                tokens[count++] = _bytes[value];
        else if (_unknown is not { } unknown)
            throw new ArgumentException($"no token stands for '{Encoding.UTF8.GetString(character)}'");
        else if (!_fusesUnknown || count == 0 || tokens[count - 1] != unknown)
            tokens[count++] = unknown;
    }

    private bool HasAll(ReadOnlySpan<byte> character)
    {
        foreach (var value in character)
            if (_bytes![value] < 0)
                return false;
        return true;
    }
}
