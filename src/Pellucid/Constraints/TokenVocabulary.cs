using System.Text;
using Pellucid.Constraints.Masks;
using Pellucid.Tokens;

namespace Pellucid.Constraints;

/// <summary>
/// A tokenizer's tokens as constraints see them: trees of bytes, of those that are plain text within a string of JSON and of all
/// others. Special tokens stand for bytes that no text has, so that they are written only where they are asked for. Made once a
/// tokenizer.
/// </summary>
public sealed class TokenVocabulary
{
    /// <summary>Bytes of a token that is not very long.</summary>
    internal const int LongestUsual = 64;

    // Neither is part of UTF-8: one stands before the name of a special token.
    private const byte NoText = 0xF8, Special = 0xFF;

    private readonly Tokenizer _tokenizer;
    private readonly Dictionary<int, byte[]> _special = [];
    private readonly SortedSet<string> _specialNames = new(StringComparer.Ordinal);
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
            byte[] bytes;
            if (tokenizer.SpecialName(token) is { } name)
            {
                _special[token] = bytes = [Special, .. Encoding.UTF8.GetBytes(name)];
                _specialNames.Add(name);
            }
            else if ((bytes = tokenizer.Bytes(token).ToArray()).Length == 0 || bytes.AsSpan().ContainsAnyInRange(NoText, byte.MaxValue))
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

    /// <summary>What a token stands for in constraints.</summary>
    internal ReadOnlySpan<byte> Bytes(int token) =>
        (uint)token >= (uint)Size ? [] : _special.TryGetValue(token, out var bytes) ? bytes : _tokenizer.Bytes(token);

    /// <summary>A template's text as constraints see it: names of special tokens in it are those tokens.</summary>
    internal byte[] Written(string text)
    {
        var bytes = new List<byte>();
        for (var at = 0; at < text.Length;)
        {
            var special = _specialNames.Where(name => string.CompareOrdinal(text, at, name, 0, name.Length) == 0)
                .MaxBy(name => name.Length);
            var length = special?.Length ?? (char.IsHighSurrogate(text[at]) ? Math.Min(2, text.Length - at) : 1);
            if (special is not null)
                bytes.Add(Special);
            bytes.AddRange(Encoding.UTF8.GetBytes(text.Substring(at, length)));
            at += length;
        }
        return [.. bytes];
    }

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
