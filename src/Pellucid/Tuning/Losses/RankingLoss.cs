using static Pellucid.Tuning.Losses.Elementary;

namespace Pellucid.Tuning.Losses;

/// <summary>
/// The loss of a reward model (Bradley and Terry 1952; Ouyang et al. 2022, equation 1): of K answers to one prompt the mean over
/// all K (K − 1) / 2 pairs of −ln σ(better − worse − margin).
/// </summary>
internal sealed record RankingLoss
{
    /// <summary>How much the better is to be above the worse.</summary>
    public double Margin { get; init; }

    /// <summary>Weight of (better + worse)², which keeps scores around 0 (Eisenstein et al. 2023).</summary>
    public double Centring { get; init; }

    /// <summary>The loss of a ranked list, and its derivative by each score.</summary>
    /// <param name="scores">Best first.</param>
    /// <param name="gradients">Receives the derivatives.</param>
    public double Of(ReadOnlySpan<double> scores, Span<double> gradients)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(scores.Length, 2);
        gradients.Clear();
        var (sum, pairs) = (0.0, scores.Length * (scores.Length - 1) / 2);
        for (var better = 0; better < scores.Length; better++)
            for (var worse = better + 1; worse < scores.Length; worse++)
            {
                var (above, both) = (scores[better] - scores[worse] - Margin, scores[better] + scores[worse]);
                sum += -LogSigmoid(above) + Centring * both * both;
                var (apart, together) = (-Sigmoid(-above) / pairs, 2 * Centring * both / pairs);
                gradients[better] += apart + together;
                gradients[worse] += together - apart;
            }
        return sum / pairs;
    }
}
