using System.Buffers;
using System.Text;
using Pellucid.Files;

namespace Pellucid.Tokens;

/// <summary>A token that is found in a text as it is written, before the text is cut into pieces.</summary>
/// <param name="Token">Its number.</param>
/// <param name="Text">How it is written.</param>
/// <param name="IsSpecial">Whether it stands for something other than its text, such as the end of a document.</param>
internal readonly record struct AddedToken(int Token, string Text, bool IsSpecial);

/// <summary>Finds added tokens in a text: the leftmost, and of those that begin there the longest.</summary>
internal sealed class AddedTokens
{
    private readonly (byte[] Bytes, int Token)[] _longestFirst;
    private readonly SearchValues<byte> _firstBytes;

    /// <summary>Of those tokens.</summary>
    /// <exception cref="InvalidDataException">One has no text, or two have the same.</exception>
    public AddedTokens(IReadOnlyList<AddedToken> tokens)
    {
        _longestFirst = [.. tokens.Select(added => (Encoding.UTF8.GetBytes(added.Text), added.Token)).OrderByDescending(pair => pair.Item1.Length)];
        if (tokens.FirstOrDefault(added => added.Text.Length == 0) is { Text: "" } nameless)
            throw new InvalidDataException($"the added token {nameless.Token} has no text");
        if (tokens.GroupBy(added => added.Text).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new InvalidDataException($"the added token '{Excerpt.Of(twice.Key)}' is there twice");
        _firstBytes = SearchValues.Create([.. _longestFirst.Select(pair => pair.Bytes[0]).Distinct()]);
    }

    /// <summary>Whether one of them spans a line's end, so that texts cannot be cut there.</summary>
    public bool SpanLines => _longestFirst.Any(pair => pair.Bytes.Contains((byte)'\n'));

    /// <summary>Where the first one begins and ends, and its number; the end of the text and −1 if there is none.</summary>
    public (int Start, int End, int Token) Find(ReadOnlySpan<byte> text)
    {
        for (var at = 0; text[at..].IndexOfAny(_firstBytes) is >= 0 and var skipped; at++)
        {
            at += skipped;
            foreach (var (bytes, token) in _longestFirst)
                if (text[at..].StartsWith(bytes))
                    return (at, at + bytes.Length, token);
        }
        return (text.Length, text.Length, -1);
    }
}
