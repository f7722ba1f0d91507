using System.Text;
using Pellucid.Tokens.Normalization;

namespace Pellucid.Tokens;

/// <summary>
/// Marks what is written in somebody's words like a special token. The mark stands behind the first character of such a
/// place, so that the words differ from the token while a template and normalizers work on them, and is taken off when
/// special tokens have been found. It is a noncharacter of Unicode, which texts do not use; where one does, it is doubled.
/// </summary>
internal sealed class SpecialTokenShield(IReadOnlyList<AddedToken> added, IReadOnlyList<TextStep> normalizer)
{
    private const char Mark = '\uFDD0';

    private readonly AddedTokens _asWritten = new(added.Where(token => token.IsSpecial).DistinctBy(token => token.Text));
    private readonly AddedTokens _normalized = new(
        added.Where(token => token.IsSpecial && token.IsNormalized).DistinctBy(token => token.Text),
        text => TextStep.Apply(normalizer, text, isFirst: true).ToArray());

    private static ReadOnlySpan<byte> MarkBytes => "\uFDD0"u8;

    /// <summary>The words, marked where they must be.</summary>
    public string Apply(string words)
    {
        if (words.Contains(Mark, StringComparison.Ordinal))
            words = words.Replace($"{Mark}", $"{Mark}{Mark}", StringComparison.Ordinal);
        var (text, marked) = (Encoding.UTF8.GetBytes(words), new StringBuilder());
        for (var at = 0; at < text.Length;)
        {
            var (start, _, token) = _asWritten.Find(text, at, special: true);
            if (token < 0)
            {
                if (at == 0)
                    break;
                marked.Append(Encoding.UTF8.GetString(text, at, text.Length - at));
                break;
            }
            // On from the next character: another token may begin within this one.
            Rune.DecodeFromUtf8(text.AsSpan(start), out var first, out var length);
            marked.Append(Encoding.UTF8.GetString(text, at, start - at)).Append(first.ToString()).Append(Mark);
            at = start + length;
        }
        var shielded = marked.Length > 0 ? marked.ToString() : words;
        return IsSafe(shielded) ? shielded : string.Concat(shielded.EnumerateRunes().Select(character => $"{character}{Mark}"));
    }

    /// <summary>The text without marks.</summary>
    public static ReadOnlySpan<byte> TakeOff(ReadOnlySpan<byte> text)
    {
        if (text.IndexOf(MarkBytes) < 0)
            return text;
        var (bare, length) = (new byte[text.Length], 0);
        while (!text.IsEmpty)
        {
            if (text.StartsWith(MarkBytes))
            {
                text = text[MarkBytes.Length..];
                if (!text.StartsWith(MarkBytes))
                    continue;
            }
            bare[length++] = text[0];
            text = text[1..];
        }
        return bare.AsSpan(0, length);
    }

    // What normalizers make of the words may be like a token though the words are not.
    private bool IsSafe(string words)
    {
        var text = TextStep.Apply(normalizer, Encoding.UTF8.GetBytes(words), isFirst: true);
        return _normalized.Find(text, 0, special: true).Token < 0;
    }
}
