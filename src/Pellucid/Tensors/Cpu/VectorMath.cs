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
}
