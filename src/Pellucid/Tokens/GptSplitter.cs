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
    private enum Kind : byte
    {
        Letter,
        Digit,
        Other,
        Space,
        BeyondAscii,
    }

    private static readonly Kind[] Kinds = [.. Enumerable.Range(0, 256).Select(value => KindOfByte((byte)value))];

    /// <summary>Bytes of the piece that the text begins with; the text is not empty.</summary>
    public static int PieceLength(ReadOnlySpan<byte> text)
    {
        if (text[0] == '\'' && Contraction(text) is > 0 and var contraction)
            return contraction;
        var first = KindAt(text, 0, out var length);
        if (text[0] == ' ' && text.Length > 1 && KindAt(text, 1, out var second) is not Kind.Space and var next)
            return RunEnd(text, 1 + second, next);
        if (first != Kind.Space)
            return RunEnd(text, length, first);
        return SpaceEnd(text, length);
    }

    /// <summary>
    /// The last place in a text, above 0, that it can be cut at without changing its pieces whatever follows: before a
    /// line's end that comes after a character other than white space. 0 if there is none.
    /// </summary>
    public static int LastCut(ReadOnlySpan<byte> text)
    {
        while (text.LastIndexOf((byte)'\n') is > 0 and var at)
        {
            if (Kinds[text[at - 1]] is Kind.Letter or Kind.Digit or Kind.Other)
                return at;
            text = text[..at];
        }
        return 0;
    }

    private static int Contraction(ReadOnlySpan<byte> text)
    {
        if (text.Length < 2)
            return 0;
        if (text[1] is (byte)'s' or (byte)'t' or (byte)'m' or (byte)'d')
            return 2;
        return text.Length > 2 && (text[1], text[2]) is ((byte)'r', (byte)'e') or ((byte)'v', (byte)'e') or ((byte)'l', (byte)'l') ? 3 : 0;
    }

    private static int RunEnd(ReadOnlySpan<byte> text, int at, Kind kind)
    {
        while (at < text.Length)
            if (Kinds[text[at]] is var here && here == kind)
                at++;
            else if (here == Kind.BeyondAscii && KindAt(text, at, out var length) == kind)
                at += length;
            else
                break;
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

    private static Kind KindOfByte(byte value) => value >= 0x80 ? Kind.BeyondAscii
        : (value | 0x20) is >= (byte)'a' and <= (byte)'z' ? Kind.Letter
        : value is >= (byte)'0' and <= (byte)'9' ? Kind.Digit
        : value is (byte)' ' or (>= 9 and <= 13) ? Kind.Space
        : Kind.Other;

    private static Kind KindAt(ReadOnlySpan<byte> text, int at, out int length)
    {
        length = 1;
        var kind = Kinds[text[at]];
        return kind == Kind.BeyondAscii ? KindOfCharacter(text[at..], out length) : kind;
    }

    // A byte that is not UTF-8 stands for itself, as a sign.
    private static Kind KindOfCharacter(ReadOnlySpan<byte> text, out int length)
    {
        if (Rune.DecodeFromUtf8(text, out var character, out length) != OperationStatus.Done)
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
