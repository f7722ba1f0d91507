namespace Pellucid.Tensors.Reference;

public sealed partial class ReferenceBackend
{
    private static readonly double RootTwoOverPi = Math.Sqrt(2 / Math.PI);

    internal static double ValueAt(double x, Nonlinearity nonlinearity) => nonlinearity switch
    {
        Nonlinearity.GeluTanh => 0.5 * x * (1 + Math.Tanh(RootTwoOverPi * (x + 0.044715 * x * x * x))),
        Nonlinearity.Gelu => x * NormalBelow(x),
        Nonlinearity.QuickGelu => x * Logistic(1.702 * x),
        Nonlinearity.Relu => x > 0 || double.IsNaN(x) ? x : 0,
        Nonlinearity.Silu => x * Logistic(x),
        Nonlinearity.Tanh => Math.Tanh(x),
        _ => throw new ArgumentOutOfRangeException(nameof(nonlinearity), nonlinearity, null),
    };

    internal static double SlopeAt(double x, Nonlinearity nonlinearity)
    {
        switch (nonlinearity)
        {
            case Nonlinearity.GeluTanh:
                var tanh = Math.Tanh(RootTwoOverPi * (x + 0.044715 * x * x * x));
                return 0.5 * (1 + tanh) + 0.5 * x * (1 - tanh * tanh) * RootTwoOverPi * (1 + 3 * 0.044715 * x * x);
            case Nonlinearity.Gelu:
                return NormalBelow(x) + x * NormalDensity(x);
            case Nonlinearity.QuickGelu:
                return Logistic(1.702 * x) * (1 + 1.702 * x * Logistic(-1.702 * x));
            case Nonlinearity.Relu:
                return x > 0 ? 1 : 0;
            case Nonlinearity.Silu:
                return Logistic(x) * (1 + x * Logistic(-x));
            case Nonlinearity.Tanh:
                return 1 - Math.Tanh(x) * Math.Tanh(x);
            default:
                throw new ArgumentOutOfRangeException(nameof(nonlinearity), nonlinearity, null);
        }
    }

    private static double Logistic(double x) => 1 / (1 + Math.Exp(-x));

    /// <summary>
    /// Φ(x): the probability that a number of the standard normal distribution is below x. By a series whose terms are all of one sign,
    /// and where that would leave a small difference by a continued fraction (Abramowitz and Stegun 1964, 26.2.11 and 26.2.14).
    /// </summary>
    internal static double NormalBelow(double x)
    {
        var (t, density) = (Math.Abs(x), NormalDensity(x));
        if (t < 1.4)
        {
            var (term, sum) = (x, x);
            for (var n = 1; n < 40; n++)
                sum += term *= x * x / (2 * n + 1);
            return 0.5 + density * sum;
        }
        var fraction = t;
        for (var n = 250; n > 0; n--)
            fraction = t + n / fraction;
        return x < 0 ? density / fraction : 1 - density / fraction;
    }

    // What rounding takes from the square is put back: the exponential of a large one would show it.
    private static double NormalDensity(double x)
    {
        var square = x * x;
        var rest = double.IsInfinity(square) ? 0 : Math.FusedMultiplyAdd(x, x, -square);
        return Math.Exp(-square / 2) * (1 - rest / 2) / Math.Sqrt(2 * Math.PI);
    }
}
