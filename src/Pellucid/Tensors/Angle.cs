namespace Pellucid.Tensors;

/// <summary>
/// Sine and cosine of our own in double precision,
/// so that rotated positions have the same bits whatever mathematics library a system brings.
/// </summary>
internal static class Angle
{
    // π/2 in two parts.
    private const double Quarter = 1.5707963267948966, QuarterRest = 6.123233995736766e-17;

    /// <summary>Of position · frequency, whose product is not rounded; off by less than 3e-16 up to a million radians.</summary>
    public static (double Sine, double Cosine) Of(double position, double frequency)
    {
        var product = position * frequency;
        var rest = Math.FusedMultiplyAdd(position, frequency, -product);
        var quarters = Math.Round(product * (1 / Quarter));
        // The first difference is exact: both terms are multiples of a number that small, and nearly equal.
        var x = Math.FusedMultiplyAdd(-quarters, QuarterRest, Math.FusedMultiplyAdd(-quarters, Quarter, product)) + rest;
        var (sine, cosine) = (Sine(x), Cosine(x));
        return ((long)quarters & 3) switch
        {
            0 => (sine, cosine),
            1 => (cosine, -sine),
            2 => (-sine, -cosine),
            _ => (-cosine, sine),
        };
    }

    // Taylor series for |x| ≤ π/4: the next term would be below 1e-19.
    private static double Sine(double x)
    {
        var (square, sum) = (x * x, 0.0);
        for (var n = 16; n > 0; n -= 2)
            sum = square / -(n * (n + 1.0)) * (1 + sum);
        return Math.FusedMultiplyAdd(x, sum, x);
    }

    private static double Cosine(double x)
    {
        var (square, sum) = (x * x, 0.0);
        for (var n = 18; n > 0; n -= 2)
            sum = square / -(n * (n - 1.0)) * (1 + sum);
        return 1 + sum;
    }
}
