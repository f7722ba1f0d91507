using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Pellucid.Tokens.Splitters;

/// <summary>What of a character decides where text is cut. A sign has none of these.</summary>
[Flags]
internal enum CharacterKinds : byte
{
    /// <summary>A sign, or a byte that is not UTF-8.</summary>
    None = 0,

    /// <summary>Letters in upper and title case (Lu, Lt).</summary>
    Upper = 1,

    /// <summary>Letters in lower case (Ll).</summary>
    Lower = 2,

    /// <summary>Letters without case (Lm, Lo).</summary>
    Uncased = 4,

    /// <summary>Marks that combine with what is before them (Mn, Mc, Me).</summary>
    Mark = 8,

    /// <summary>Digits and other numbers (Nd, Nl, No).</summary>
    Number = 16,

    /// <summary>Unicode's White_Space.</summary>
    Space = 32,

    /// <summary>Carriage return and line feed, which are white space too.</summary>
    LineEnd = 64,

    /// <summary>Any letter.</summary>
    Letter = Upper | Lower | Uncased,
}

/// <summary>Reads the kinds of characters in UTF-8. Every character counts once, those beyond 16 bits too.</summary>
internal static class Characters
{
    // In the table of bytes: more than one byte has to be looked at.
    private const CharacterKinds BeyondAscii = (CharacterKinds)128;

    private static readonly CharacterKinds[] OfBytes =
        [.. Enumerable.Range(0, 256).Select(value => value < 128 ? Of(new Rune(value)) : BeyondAscii)];

    /// <summary>Kinds of the character at a place, and its bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static CharacterKinds At(ReadOnlySpan<byte> text, int at, out int length)
    {
        length = 1;
        var kinds = OfBytes[text[at]];
        return kinds == BeyondAscii ? Beyond(text[at..], out length) : kinds;
    }

    /// <summary>Kinds of an ASCII byte.</summary>
    public static CharacterKinds OfAscii(byte value) => OfBytes[value] is var kinds && kinds == BeyondAscii ? CharacterKinds.None : kinds;

    /// <summary>Whether a byte is an ASCII letter, digit or sign: something to see.</summary>
    public static bool IsVisible(byte value) => value is > 0x20 and < 0x7f;

    /// <summary>Where characters that have one of these kinds end.</summary>
    public static int EndOf(CharacterKinds any, ReadOnlySpan<byte> text, int at)
    {
        while (at < text.Length)
            if (OfBytes[text[at]] is var kinds && (kinds & any) != 0)
                at++;
            else if (kinds == BeyondAscii && (Beyond(text[at..], out var length) & any) != 0)
                at += length;
            else
                break;
        return at;
    }

    /// <summary>Where characters that have none of these kinds end.</summary>
    public static int EndOfOthers(CharacterKinds none, ReadOnlySpan<byte> text, int at)
    {
        while (at < text.Length)
            if (OfBytes[text[at]] is var kinds && (kinds & (none | BeyondAscii)) == 0)
                at++;
            else if (kinds == BeyondAscii && (Beyond(text[at..], out var length) & none) == 0)
                at += length;
            else
                break;
        return at;
    }

    // A byte that is not UTF-8 stands for itself, as a sign.
    private static CharacterKinds Beyond(ReadOnlySpan<byte> text, out int length) =>
        Rune.DecodeFromUtf8(text, out var character, out length) == OperationStatus.Done ? Of(character) : CharacterKinds.None;

    private static CharacterKinds Of(Rune character) => Rune.GetUnicodeCategory(character) switch
    {
        UnicodeCategory.UppercaseLetter or UnicodeCategory.TitlecaseLetter => CharacterKinds.Upper,
        UnicodeCategory.LowercaseLetter => CharacterKinds.Lower,
        UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter => CharacterKinds.Uncased,
        UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark => CharacterKinds.Mark,
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => CharacterKinds.Number,
        _ => !Rune.IsWhiteSpace(character) ? CharacterKinds.None
            : character.Value is '\r' or '\n' ? CharacterKinds.Space | CharacterKinds.LineEnd
            : CharacterKinds.Space,
    };
}
