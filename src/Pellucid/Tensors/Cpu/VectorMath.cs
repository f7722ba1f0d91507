using System.Runtime.CompilerServices;

namespace Pellucid.Tensors.Cpu;

/// <summary>
/// Exponential and logarithm of our own, so that weights have the same bits whatever mathematics library a system
/// brings. Errors are below 2 units in the last place; results too small for a normal number become 0.
/// </summary>
internal static class VectorMath
{
    // ln 2 in two parts: the first has few enough bits that n · High is exact.
    private const float Ln2High = 0.693359375f, Ln2Low = -2.12194440e-4f;
    private const float SmallestExponent = -87.33654f, LargestExponent = 88.72283f;

    /// <summary>e to the x: x = n · ln 2 + r, and the Taylor series of degree 7 in r, |r| ≤ ln 2 / 2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Exp<T>(T x) where T : unmanaged, ISimd<T>
    {
        var n = T.Round(T.Min(T.All(127), T.Max(T.All(-126), x * T.All(1.44269504f))));
        var r = T.MultiplyAdd(n, T.All(-Ln2Low), T.MultiplyAdd(n, T.All(-Ln2High), x));
        var y = T.MultiplyAdd(T.All(1f / 5040), r, T.All(1f / 720));
        y = T.MultiplyAdd(y, r, T.All(1f / 120));
        y = T.MultiplyAdd(y, r, T.All(1f / 24));
        y = T.MultiplyAdd(y, r, T.All(1f / 6));
        y = T.MultiplyAdd(y, r, T.All(0.5f));
        y = T.MultiplyAdd(y, r, T.All(1));
        y = T.MultiplyAdd(y, r, T.All(1));
        y = T.TimesPowerOfTwo(y, n);
        y = T.WhereLess(x, T.All(SmallestExponent), T.All(0), y);
        return T.WhereLess(T.All(LargestExponent), x, T.All(float.PositiveInfinity), y);
    }

    /// <summary>Natural logarithm of positive normal numbers: x = m · 2ᵉ, ln m = 2 · artanh((m − 1) / (m + 1)).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Log<T>(T x) where T : unmanaged, ISimd<T>
    {
        var m = T.Split(x, out var e);
        var s = (m - T.All(1)) / (m + T.All(1));
        var square = s * s;
        var y = T.MultiplyAdd(T.All(2f / 11), square, T.All(2f / 9));
        y = T.MultiplyAdd(y, square, T.All(2f / 7));
        y = T.MultiplyAdd(y, square, T.All(2f / 5));
        y = T.MultiplyAdd(y, square, T.All(2f / 3));
        y = T.MultiplyAdd(y * square, s, s + s);
        return T.MultiplyAdd(e, T.All(Ln2High), T.MultiplyAdd(e, T.All(Ln2Low), y));
    }

    /// <summary>1 / (1 + e⁻ˣ).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Sigmoid<T>(T x) where T : unmanaged, ISimd<T> => T.All(1) / (T.All(1) + Exp(T.All(0) - x));

    /// <summary>Hyperbolic tangent: small ones by Lambert's continued fraction, others by 1 − 2 / (1 + e²ˣ).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Tanh<T>(T x) where T : unmanaged, ISimd<T>
    {
        var (size, square) = (T.Max(x, T.All(0) - x), x * x);
        var large = T.All(1) - T.All(2) / (Exp(size + size) + T.All(1));
        var small = size * T.MultiplyAdd(square + T.All(105), square, T.All(945))
            / T.MultiplyAdd(T.MultiplyAdd(T.All(15), square, T.All(420)), square, T.All(945));
        var y = T.WhereLess(size, T.All(0.625f), small, large);
        return T.WhereLess(x, T.All(0), T.All(0) - y, y);
    }

    /// <summary>
    /// Φ(x), the probability that a number of the standard normal distribution is below x. With t = |x| it is e to −t²/2 times Mills'
    /// ratio, and (t + 5) times that ratio is a polynomial in q = (t − 5) / (t + 5), ours, through its values at ten Chebyshev nodes.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T NormalBelow<T>(T x) where T : unmanaged, ISimd<T>
    {
        var t = T.Min(T.All(20), T.Max(x, T.All(0) - x));
        var reciprocal = T.All(1) / (t + T.All(5));
        var q = T.MultiplyAdd(T.All(-10), reciprocal, T.All(1));
        var ratio = T.MultiplyAdd(T.All(0.000431011776f), q, T.All(-0.000905781633f));
        ratio = T.MultiplyAdd(ratio, q, T.All(-0.00292121067f));
        ratio = T.MultiplyAdd(ratio, q, T.All(0.0208579719f));
        ratio = T.MultiplyAdd(ratio, q, T.All(-0.0691380667f));
        ratio = T.MultiplyAdd(ratio, q, T.All(0.165006446f));
        ratio = T.MultiplyAdd(ratio, q, T.All(-0.313530793f));
        ratio = T.MultiplyAdd(ratio, q, T.All(0.495306644f));
        ratio = T.MultiplyAdd(ratio, q, T.All(-0.665382597f));
        ratio = T.MultiplyAdd(ratio, q, T.All(0.769193038f));
        // What rounding takes from the square is put back: the exponential of a large one would show it.
        var square = t * t;
        var rest = T.MultiplyAdd(t, t, T.All(0) - square);
        var below = Exp(T.All(-0.5f) * square) * T.MultiplyAdd(T.All(-0.5f), rest, T.All(1)) * (ratio * reciprocal);
        return T.WhereLess(x, T.All(0), below, T.All(1) - below);
    }
}
