using static Pellucid.Tuning.Losses.Elementary;

namespace Pellucid.Tuning.Losses;

/// <summary>
/// Estimates of KL(π‖reference) from one sample, Δ = ln π − ln reference (Schulman 2020). As values k1 and k3 are unbiased, and k3
/// is never below 0. As losses, through whose Δ gradients flow while samples stay, k1 has gradient zero on average, k2 that of
/// KL(π‖reference), and k3 that of KL(reference‖π): so k1 belongs in rewards, k2 or k3 in losses.
/// </summary>
internal enum KlEstimate
{
    /// <summary>Δ.</summary>
    K1,

    /// <summary>Δ² / 2.</summary>
    K2,

    /// <summary>e^−Δ − 1 + Δ.</summary>
    K3,
}

/// <summary>What the estimates are.</summary>
internal static class KlEstimates
{
    /// <summary>The estimate, and its derivative by ln π.</summary>
    public static (double Value, double Slope) Of(this KlEstimate estimate, double logProbability, double reference)
    {
        var delta = logProbability - reference;
        return estimate switch
        {
            KlEstimate.K1 => (delta, 1),
            KlEstimate.K2 => (delta * delta / 2, delta),
            _ => (Exp(-delta) - 1 + delta, 1 - Exp(-delta)),
        };
    }
}
