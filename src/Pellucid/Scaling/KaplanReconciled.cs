namespace Pellucid.Scaling;

/// <summary>
/// Why Kaplan et al. (2020) found N* ∝ C^0.73 and Hoffmann et al. (2022) C^0.50, after Pearce and Song (2024): Kaplan counted N and C
/// without the tables of tokens and positions, which are most of a small model. With N_all = N + ω N^(1/3), a law in N_all is one in N,
/// and over the sizes that Kaplan trained its optimum grows as Kaplan said.
/// </summary>
public static class KaplanReconciled
{
    /// <summary>ω, from the shapes that Kaplan trained.</summary>
    public const double Omega = 47_491;

    /// <summary>The sizes that Kaplan trained, without tables.</summary>
    public const double Smallest = 768, Largest = 1.5e9;

    private const int Sizes = 100;

    /// <summary>Parameters in all of a model with so many beside the tables.</summary>
    public static double All(double parameters) => parameters + Omega * Math.Cbrt(parameters);

    /// <summary>The budget 6 N D without tables at which a size is the best one.</summary>
    public static double Budget(ScalingLaw law, double parameters)
    {
        ArgumentNullException.ThrowIfNull(law);
        // Where the slope of L(N_all(N), C / 6N) over N is 0: β B D^−β = α A N_all^(−α − 1) N_all'(N) N.
        var grown = 1 + Omega / 3 * Math.Pow(parameters, -2.0 / 3);
        var tokens = Math.Pow(
            law.Alpha * law.A * Math.Pow(All(parameters), -law.Alpha - 1) * grown * parameters / (law.Beta * law.B), -1 / law.Beta);
        return 6 * parameters * tokens;
    }

    /// <summary>The exponent of a line through the best sizes over a range, evenly in their logarithm.</summary>
    public static double Exponent(ScalingLaw law, double smallest = Smallest, double largest = Largest) =>
        LeastSquares.Line([.. Enumerable.Range(0, Sizes).Select(i => smallest * Math.Pow(largest / smallest, i / (Sizes - 1.0)))
            .Select(parameters => (Math.Log(Budget(law, parameters)), Math.Log(parameters)))]).Slope;

    /// <summary>The exponent at one size.</summary>
    public static double LocalExponent(ScalingLaw law, double parameters) =>
        Math.Log(1.0001 / 0.9999) / Math.Log(Budget(law, parameters * 1.0001) / Budget(law, parameters * 0.9999));
}
