using System.Globalization;
using System.Numerics;
using System.Text;

namespace Pellucid.Conversations.Jinja.Values;

/// <summary>Whole numbers as Python reads and writes them.</summary>
internal static class Integers
{
    /// <summary>A number as <c>int(text, base)</c> reads it; null if it is none.</summary>
    public static object? Parse(string text, int radix, Budget budget)
    {
        text = Texts.Strip(text, null, true, true);
        var isNegative = text.StartsWith('-');
        if (text.StartsWith('-') || text.StartsWith('+'))
            text = text[1..];
        var prefix = text.Length > 2 && text[0] == '0' ? char.ToLowerInvariant(text[1]) switch { 'x' => 16, 'o' => 8, 'b' => 2, _ => 0 }
            : 0;
        if (prefix > 0 && (radix == prefix || radix == 0))
            (text, radix) = (text[2..].TrimStart('_'), prefix);
        if (radix == 0 && text.Length > 1 && text[0] == '0' && text.Trim('0', '_').Length > 0)
            return null;
        radix = radix == 0 ? 10 : radix;
        if (WithoutSeparators(text) is not { Length: > 0 } digits)
            return null;
        budget.Number(digits.Length * Math.Log10(radix));
        var number = BigInteger.Zero;
        foreach (var digit in digits.EnumerateRunes())
        {
            if (Digit(digit) is not { } value || value >= radix)
                return null;
            number = number * radix + value;
        }
        return Numbers.Normal(isNegative ? -number : number);
    }

    /// <summary>A text without the single underscores between its digits; null where they stand elsewhere.</summary>
    public static string? WithoutSeparators(string text)
    {
        if (!text.Contains('_'))
            return text;
        for (var at = text.IndexOf('_'); at >= 0; at = text.IndexOf('_', at + 1))
            if (at == 0 || at == text.Length - 1 || !char.IsLetterOrDigit(text[at - 1]) || !char.IsLetterOrDigit(text[at + 1]))
                return null;
        return text.Replace("_", "", StringComparison.Ordinal);
    }

    /// <summary>A number in another base, in small letters and without a prefix.</summary>
    public static string InBase(BigInteger number, int radix)
    {
        if (radix == 10)
            return number.ToString(CultureInfo.InvariantCulture);
        var (digits, rest) = (new StringBuilder(), BigInteger.Abs(number));
        do
        {
            digits.Insert(0, "0123456789abcdef"[(int)(rest % radix)]);
            rest /= radix;
        }
        while (!rest.IsZero);
        return (number.Sign < 0 ? "-" : "") + digits;
    }

    // Decimal digits of all scripts, then letters.
    private static int? Digit(Rune rune) => Rune.GetUnicodeCategory(rune) == UnicodeCategory.DecimalDigitNumber
        ? (int)Rune.GetNumericValue(rune)
        : rune.Value is >= 'a' and <= 'z' ? rune.Value - 'a' + 10 : rune.Value is >= 'A' and <= 'Z' ? rune.Value - 'A' + 10 : null;
}
