using System.Globalization;
using System.Text;

namespace Pellucid.Conversations.Jinja.Values;

/// <summary>Floats as Python writes and reads them.</summary>
internal static class Floats
{
    /// <summary>The shortest text that reads back as the number: <c>1.0</c>, <c>1e-07</c>, <c>1e+16</c>, <c>inf</c>.</summary>
    public static string Text(double number)
    {
        if (!double.IsFinite(number))
            return double.IsNaN(number) ? "nan" : number > 0 ? "inf" : "-inf";
        if (number == 0)
            return double.IsNegative(number) ? "-0.0" : "0.0";
        // .NET finds the shortest digits, too, but places the point otherwise.
        var shortest = Math.Abs(number).ToString("R", CultureInfo.InvariantCulture);
        var (digits, exponent) = (Digits(shortest), Exponent(shortest));
        var text = new StringBuilder(number < 0 ? "-" : "");
        if (exponent is < -4 or >= 16)
            return text.Append(digits[0])
                .Append(digits.Length > 1 ? "." : "")
                .Append(digits.AsSpan(1)).Append('e')
                .Append(exponent < 0 ? '-' : '+')
                .Append(Math.Abs(exponent).ToString("00", CultureInfo.InvariantCulture)).ToString();
        if (exponent < 0)
            return text.Append("0.").Append('0', -exponent - 1).Append(digits).ToString();
        if (digits.Length <= exponent + 1)
            return text.Append(digits).Append('0', exponent + 1 - digits.Length).Append(".0").ToString();
        return text.Append(digits.AsSpan(0, exponent + 1)).Append('.').Append(digits.AsSpan(exponent + 1)).ToString();
    }

    private static string Digits(string shortest) => shortest.Split('E')[0].Replace(".", "", StringComparison.Ordinal).Trim('0');

    // The power of ten of the first digit that is not 0.
    private static int Exponent(string shortest)
    {
        var mark = shortest.IndexOf('E');
        var mantissa = mark < 0 ? shortest : shortest[..mark];
        var shift = mark < 0 ? 0 : int.Parse(shortest.AsSpan(mark + 1), CultureInfo.InvariantCulture);
        var point = mantissa.IndexOf('.');
        var whole = point < 0 ? mantissa : mantissa[..point];
        if (whole.TrimStart('0') is { Length: > 0 } significant)
            return significant.Length - 1 + shift;
        var fraction = mantissa[(point + 1)..];
        return shift - 1 - (fraction.Length - fraction.TrimStart('0').Length);
    }

    /// <summary>A fixed number of decimals, ties to even, as the exact value of the float has them.</summary>
    public static string Fixed(double number, int decimals)
    {
        if (!double.IsFinite(number))
            return Text(number);
        // A tie ends at the digit after; everything else goes on, and .NET rounds it as Python does.
        const int beyond = 40;
        var exact = number.ToString($"F{decimals + beyond}", CultureInfo.InvariantCulture);
        var rest = exact.AsSpan(exact.Length - beyond);
        var isTie = rest[0] == '5' && !rest[1..].ContainsAnyExcept('0');
        var before = exact[^(beyond + 1)] == '.' ? exact[^(beyond + 2)] : exact[^(beyond + 1)];
        if (isTie && (before - '0') % 2 == 0)
            return exact[..^beyond].TrimEnd('.');
        return number.ToString($"F{decimals}", CultureInfo.InvariantCulture);
    }

    /// <summary>A number in scientific form: <c>1.234568e+04</c>.</summary>
    public static string Scientific(double number, int decimals)
    {
        if (!double.IsFinite(number))
            return Text(number);
        var text = number.ToString($"e{decimals}", CultureInfo.InvariantCulture);
        var mark = text.IndexOf('e');
        return text[..(mark + 2)]
            + int.Parse(text.AsSpan(mark + 2), CultureInfo.InvariantCulture).ToString("00", CultureInfo.InvariantCulture);
    }

    /// <summary>A number in the shorter of both forms with so many significant digits.</summary>
    public static string General(double number, int digits, bool keepsZeros = false)
    {
        digits = Math.Max(1, digits);
        if (!double.IsFinite(number))
            return Text(number);
        var scientific = Scientific(number, digits - 1);
        var exponent = number == 0 ? 0
            : int.Parse(scientific.AsSpan(scientific.IndexOf('e') + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        if (exponent >= -4 && exponent < digits)
            return Trimmed(Fixed(number, digits - 1 - exponent), keepsZeros);
        var mark = scientific.IndexOf('e');
        return Trimmed(scientific[..mark], keepsZeros) + scientific[mark..];
    }

    private static string Trimmed(string text, bool keepsZeros) =>
        keepsZeros || !text.Contains('.') ? text : text.TrimEnd('0').TrimEnd('.');

    /// <summary>A number as <c>float(text)</c> reads it; null if it is none.</summary>
    public static double? Parse(string text)
    {
        text = Integers.WithoutSeparators(Texts.Strip(text, null, true, true)) ?? "x";
        var sign = text.StartsWith('-') ? -1 : 1;
        switch (text.TrimStart('+', '-').ToLowerInvariant())
        {
            case "inf" or "infinity":
                return sign * double.PositiveInfinity;
            case "nan":
                return double.NaN;
        }
        const NumberStyles styles = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        return double.TryParse(text, styles, CultureInfo.InvariantCulture, out var number)
            && char.IsAsciiDigit(text.AsSpan().TrimStart("+-.")[0]) ? number : null;
    }
}
