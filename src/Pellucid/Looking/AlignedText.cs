using System.Text;
using Pellucid.Tokens;

namespace Pellucid.Looking;

/// <summary>A text as tokens, and which of them a part of the text lies in.</summary>
internal sealed class AlignedText
{
    private readonly int[] _ends; // of each token, in bytes of the text
    private readonly int[] _bytes; // before each character

    public AlignedText(Tokenizer tokenizer, string text, int? begin = null)
    {
        var tokens = tokenizer.Encode(text);
        int[] front = begin is { } first ? [first] : [];
        Tokens = [.. front, .. tokens];
        _ends = new int[Tokens.Length];
        for (var i = front.Length; i < Tokens.Length; i++)
            _ends[i] = (i > 0 ? _ends[i - 1] : 0) + tokenizer.Bytes(Tokens[i]).Length;
        if (tokenizer.StripsFirstSpace)
            for (var i = front.Length; i < Tokens.Length; i++)
                _ends[i]--; // the space that was put before the text
        _bytes = new int[text.Length + 1];
        for (var i = 0; i < text.Length; i++)
            _bytes[i + 1] = _bytes[i]
                + (char.IsLowSurrogate(text[i]) ? 0 : char.IsHighSurrogate(text[i]) ? 4 : Encoding.UTF8.GetByteCount(text.AsSpan(i, 1)));
    }

    /// <summary>The text's tokens, after the one in front if there is one.</summary>
    public int[] Tokens { get; }

    /// <summary>The token in which the character before <paramref name="end"/> ends:
    /// the first that has seen the whole of a word that ends there.</summary>
    public int TokenBefore(int end) => Array.FindIndex(_ends, tokenEnd => tokenEnd >= _bytes[end] && tokenEnd > 0);

    /// <summary>The token in which a character begins.</summary>
    public int TokenAt(int start) => Array.FindIndex(_ends, tokenEnd => tokenEnd > _bytes[start]);
}
