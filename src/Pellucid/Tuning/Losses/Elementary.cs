namespace Pellucid.Tuning.Losses;

/// <summary>
/// Exponential and logarithm of losses in double precision, of additions and multiplications alone: gradients come of them, and
/// so weights, and a system's own library would make those differ from one system to another.
/// </summary>
internal static class Elementary
{
    // ln 2 in two parts; the first has so few bits that products with an exponent are exact.
    private const double Ln2High = 6.93147180369123816490e-01, Ln2Low = 1.90821492927058770002e-10;
    private const double Log2E = 1.4426950408889634, LargestExponent = 709.782712893384, SmallestExponent = -745.2;

    /// <summary>eˣ.</summary>
    public static double Exp(double x)
    {
        if (double.IsNaN(x) || x > LargestExponent)
            return double.IsNaN(x) ? x : double.PositiveInfinity;
        if (x < SmallestExponent)
            return 0;
        var power = (int)Math.Round(x * Log2E);
        var rest = x - power * Ln2High - power * Ln2Low; // at most half of ln 2
        var sum = 1.0;
        for (var n = 14; n >= 1; n--) // Taylor's series
            sum = 1 + rest / n * sum;
        return Math.ScaleB(sum, power);
    }

    /// <summary>The natural logarithm; −∞ of 0, not a number below.</summary>
    public static double Log(double x)
    {
        if (!(x > 0) || double.IsPositiveInfinity(x))
            return x == 0 ? double.NegativeInfinity : x > 0 ? x : double.NaN;
        var power = Math.ILogB(x);
        var mantissa = Math.ScaleB(x, -power); // from 1 to 2
        if (mantissa > 1.4142135623730951)
            (mantissa, power) = (mantissa / 2, power + 1);
        var ratio = (mantissa - 1) / (mantissa + 1);
        var (square, sum) = (ratio * ratio, 0.0);
        for (var n = 23; n >= 1; n -= 2) // artanh's series
            sum = sum * square + 1.0 / n;
        return power * Ln2High + (2 * ratio * sum + power * Ln2Low);
    }

    /// <summary>ln(1 + x), exact for small x too (Kahan).</summary>
    public static double Log1P(double x)
    {
        var sum = 1 + x;
        return sum == 1 ? x : Log(sum) - (sum - 1 - x) / sum;
    }

    /// <summary>1 / (1 + e⁻ˣ).</summary>
    public static double Sigmoid(double x) => x >= 0 ? 1 / (1 + Exp(-x)) : Exp(x) / (1 + Exp(x));

    /// <summary>ln of <see cref="Sigmoid"/>; at 0 exactly −ln 2.</summary>
    public static double LogSigmoid(double x) => Math.Min(x, 0) - Log1P(Exp(-Math.Abs(x)));
}
