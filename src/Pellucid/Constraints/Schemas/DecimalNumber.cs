using System.Globalization;
using System.Numerics;

namespace Pellucid.Constraints.Schemas;

/// <summary>A number of JSON as digits, however large.</summary>
/// <param name="IsNegative">Whether it is below 0.</param>
/// <param name="Whole">Digits before the point, without zeros in front; one at least.</param>
/// <param name="Fraction">Digits after it, without zeros behind.</param>
internal sealed record DecimalNumber(bool IsNegative, string Whole, string Fraction)
{
    private const int MostDigits = 400;

    public bool IsZero => Whole == "0" && Fraction.Length == 0;

    public bool IsWhole => Fraction.Length == 0;

    /// <summary>Reads a number as JSON writes it; null if it has too many digits.</summary>
    public static DecimalNumber? Read(string text)
    {
        var (isNegative, unsigned) = (text.StartsWith('-'), text.TrimStart('-'));
        var parts = unsigned.Split('e', 'E');
        var point = parts[0].IndexOf('.') is var place and >= 0 ? place : parts[0].Length;
        var digits = parts[0].Replace(".", "", StringComparison.Ordinal);
        if (parts.Length > 1)
        {
            if (!int.TryParse(parts[1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var exponent)
                || Math.Abs((long)exponent) > MostDigits)
                return digits.Trim('0').Length == 0 ? new DecimalNumber(false, "0", "") : null;
            point += exponent;
        }
        if (digits.Length > MostDigits)
            return null;
        digits = point < 0 ? new string('0', -point) + digits : digits.PadRight(point, '0');
        point = Math.Max(0, point);
        var (whole, fraction) = (digits[..point].TrimStart('0'), digits[point..].TrimEnd('0'));
        return new DecimalNumber(isNegative && whole.Length + fraction.Length > 0, whole.Length > 0 ? whole : "0", fraction);
    }

    /// <summary>The number without its sign times the least power of ten that makes it whole.</summary>
    public BigInteger Scaled => BigInteger.Parse(Whole + Fraction, CultureInfo.InvariantCulture);
}
