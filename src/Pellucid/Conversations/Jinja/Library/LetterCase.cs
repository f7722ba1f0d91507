using System.Globalization;
using System.Text;

namespace Pellucid.Conversations.Jinja.Library;

/// <summary>Small letters and capitals as Python makes them, where ß becomes SS.</summary>
internal static class LetterCase
{
    private const char Sigma = 'Σ', FinalSigma = 'ς', DottedCapital = 'İ', Dotless = 'ı';

    /// <summary>In small letters.</summary>
    public static string Lower(string text)
    {
        var lower = text.ToLowerInvariant();
        if (!text.AsSpan().ContainsAny(Sigma, DottedCapital))
            return lower;
        var written = new StringBuilder(lower.Length + 1);
        for (var i = 0; i < text.Length; i++)
            written.Append(text[i] switch
            {
                DottedCapital => "i\u0307",
                Sigma when EndsWord(text, i) => $"{FinalSigma}",
                _ => $"{lower[i]}",
            });
        return written.ToString();
    }

    // A letter before it, and none after, marks aside.
    private static bool EndsWord(string text, int place)
    {
        var (before, after) = (place - 1, place + 1);
        while (before >= 0 && IsIgnorable(text[before]))
            before--;
        while (after < text.Length && IsIgnorable(text[after]))
            after++;
        return before >= 0 && IsCased(text[before]) && (after == text.Length || !IsCased(text[after]));
    }

    private static bool IsIgnorable(char unit) => unit is '\'' or '.' or ':' or '’' or '·'
        || char.GetUnicodeCategory(unit) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format
            or UnicodeCategory.ModifierLetter;

    private static bool IsCased(char unit) =>
        char.IsUpper(unit) || char.IsLower(unit) || char.GetUnicodeCategory(unit) == UnicodeCategory.TitlecaseLetter;

    /// <summary>Whether a code point is a letter with a case.</summary>
    public static bool IsCased(Rune rune) =>
        Rune.IsUpper(rune) || Rune.IsLower(rune) || Rune.GetUnicodeCategory(rune) == UnicodeCategory.TitlecaseLetter;

    /// <summary>In capitals.</summary>
    public static string Upper(string text)
    {
        var upper = text.ToUpperInvariant();
        if (!text.AsSpan().ContainsAnyInRange('\u00df', '\uffff'))
            return upper;
        var written = new StringBuilder(upper.Length + 2);
        for (var i = 0; i < text.Length; i++)
            written.Append(CaseTables.Upper.TryGetValue(text[i], out var several) ? several : $"{upper[i]}");
        return written.ToString();
    }

    /// <summary>The first letter as a word begins, the others small.</summary>
    public static string Capitalized(string text)
    {
        if (text.Length == 0)
            return text;
        var first = char.IsSurrogatePair(text, 0) ? 2 : 1;
        return Titled(text[..first]) + Lower(text[first..]);
    }

    /// <summary>Every letter that follows none as a word begins, the others small.</summary>
    public static string Title(string text)
    {
        var (written, lower, isInWord) = (new StringBuilder(text.Length), Lower(text), false);
        var isSameLength = lower.Length == text.Length;
        for (var i = 0; i < text.Length;)
        {
            var width = char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]) ? 2 : 1;
            var one = text.Substring(i, width);
            written.Append(!isInWord ? Titled(one) : isSameLength ? lower.Substring(i, width) : Lower(one));
            isInWord = Rune.TryGetRuneAt(text, i, out var rune) && IsCased(rune);
            i += width;
        }
        return written.ToString();
    }

    private static string Titled(string letter) => letter.Length == 1 && CaseTables.Title.TryGetValue(letter[0], out var title) ? title
        : letter.Length == 1 && letter[0] is >= '\u10d0' and <= '\u10ff' ? letter : Upper(letter);

    /// <summary>Small letters as capitals, capitals as small ones.</summary>
    public static string Swapped(string text) => string.Concat(Values.Texts.CodePoints(text).Select(one =>
        Rune.TryGetRuneAt(one, 0, out var rune) && Rune.IsUpper(rune) ? Lower(one) : Upper(one)));

    /// <summary>For comparing without regard to case.</summary>
    public static string Folded(string text) =>
        string.Concat(Values.Texts.CodePoints(text).Select(one => one is [Dotless] ? one : Lower(Upper(one))));
}
