using Pellucid.Constraints.Masks;
using Pellucid.Tokens;

namespace Pellucid.Constraints;

/// <summary>
/// A tokenizer's tokens as constraints see them: trees of bytes, of those that are plain text within a string of JSON and of all
/// others. Special tokens stand for no bytes and are in neither. Made once a tokenizer.
/// </summary>
public sealed class TokenVocabulary
{
    /// <summary>Bytes of a token that is not very long.</summary>
    internal const int LongestUsual = 64;

    private readonly Tokenizer _tokenizer;
    private readonly List<int>[] _plainByLength = [.. Enumerable.Range(0, LongestUsual + 1).Select(_ => new List<int>())];
    private readonly ulong[]?[] _plain = new ulong[]?[LongestUsual + 1];

    /// <summary>Reads all tokens.</summary>
    public TokenVocabulary(Tokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        (_tokenizer, Size) = (tokenizer, tokenizer.VocabularySize);
        var (plain, others, tooLong) = (new List<(int, byte[])>(), new List<(int, byte[])>(), new List<(int Token, byte[])>());
        for (var token = 0; token < Size; token++)
        {
            if (tokenizer.SpecialName(token) is not null || tokenizer.Bytes(token).ToArray() is not { Length: > 0 } bytes)
                continue;
            var count = bytes.Length > LongestUsual ? -1 : PlainCharacters.Count(bytes);
            (bytes.Length > LongestUsual ? tooLong : count >= 0 ? plain : others).Add((token, bytes));
            if (count >= 0)
            {
                _plainByLength[count].Add(token);
                Longest = Math.Max(Longest, count);
            }
        }
        (Plain, Others, Long) = (Sorted(plain), Sorted(others), Sorted(tooLong));
        LongTokens = [.. tooLong.Select(one => one.Token)];
    }

    /// <summary>Number of tokens.</summary>
    public int Size { get; }

    /// <summary>Words of a mask.</summary>
    internal int Words => (Size + 63) / 64;

    /// <summary>Most characters of a plain token.</summary>
    internal int Longest { get; }

    internal TokenTrie Plain { get; }

    internal TokenTrie Others { get; }

    /// <summary>Tokens that are very long, of whatever characters.</summary>
    internal TokenTrie Long { get; }

    internal IReadOnlyList<int> LongTokens { get; }

    /// <summary>What a token stands for; nothing for a special one.</summary>
    internal ReadOnlySpan<byte> Bytes(int token) =>
        (uint)token >= (uint)Size || _tokenizer.SpecialName(token) is not null ? [] : _tokenizer.Bytes(token);

    /// <summary>A mask of the plain tokens of so many characters at most.</summary>
    internal ulong[] PlainUpTo(int length)
    {
        if (_plain[length] is { } known)
            return known;
        var mask = length == 0 ? new ulong[Words] : (ulong[])PlainUpTo(length - 1).Clone();
        foreach (var token in _plainByLength[length])
            mask[token >> 6] |= 1ul << token;
        return _plain[length] = mask;
    }

    private static TokenTrie Sorted(List<(int Token, byte[] Bytes)> tokens)
    {
        tokens.Sort((left, right) => left.Bytes.AsSpan().SequenceCompareTo(right.Bytes) is var order and not 0 ? order
            : left.Token.CompareTo(right.Token));
        return new TokenTrie(tokens);
    }
}
