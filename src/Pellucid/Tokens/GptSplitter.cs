using System.Buffers;
using System.Globalization;
using System.Text;

namespace Pellucid.Tokens;

/// <summary>
/// Cuts text into the pieces that merges may not cross, as GPT-2 does (Radford et al. 2019, released code): contractions;
/// letters, digits or other signs, each with a space before; and white space, whose last character goes to what follows.
/// </summary>
internal static class GptSplitter
{
    private enum Kind
    {
        Letter,
        Digit,
        Space,
        Other,
    }

    /// <summary>Bytes of the piece that the text begins with; the text is not empty.</summary>
    public static int PieceLength(ReadOnlySpan<byte> text)
    {
        if (Contraction(text) is > 0 and var contraction)
            return contraction;
        var first = KindAt(text, 0, out var length);
        if (text[0] == ' ' && text.Length > 1 && KindAt(text, 1, out var second) is not Kind.Space and var next)
            return RunEnd(text, 1 + second, next);
        if (first != Kind.Space)
            return RunEnd(text, length, first);
        return SpaceEnd(text, length);
    }

    private static int Contraction(ReadOnlySpan<byte> text)
    {
        if (text[0] != '\'' || text.Length < 2)
            return 0;
        if (text[1] is (byte)'s' or (byte)'t' or (byte)'m' or (byte)'d')
            return 2;
        return text.Length > 2 && (text[1], text[2]) is ((byte)'r', (byte)'e') or ((byte)'v', (byte)'e') or ((byte)'l', (byte)'l') ? 3 : 0;
    }

    private static int RunEnd(ReadOnlySpan<byte> text, int at, Kind kind)
    {
        while (at < text.Length && KindAt(text, at, out var length) == kind)
            at += length;
        return at;
    }

    // All of the white space at the end of the text; before a word all but its last character, unless it is the only one.
    private static int SpaceEnd(ReadOnlySpan<byte> text, int firstLength)
    {
        var (at, last) = (firstLength, firstLength);
        while (at < text.Length && KindAt(text, at, out var length) == Kind.Space)
            (at, last) = (at + length, length);
        return at == text.Length || at == firstLength ? at : at - last;
    }

    private static Kind KindAt(ReadOnlySpan<byte> text, int at, out int length)
    {
        var value = text[at];
        length = 1;
        if (value < 0x80)
            return (value | 0x20) is >= (byte)'a' and <= (byte)'z' ? Kind.Letter
                : value is >= (byte)'0' and <= (byte)'9' ? Kind.Digit
                : value is (byte)' ' or (>= 9 and <= 13) ? Kind.Space
                : Kind.Other;
        if (Rune.DecodeFromUtf8(text[at..], out var character, out length) != OperationStatus.Done)
            return Kind.Other;
        return Rune.GetUnicodeCategory(character) switch
        {
            UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
                or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter => Kind.Letter,
            UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => Kind.Digit,
            _ => Rune.IsWhiteSpace(character) ? Kind.Space : Kind.Other,
        };
    }
}
