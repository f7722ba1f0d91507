using Pellucid.Models;

namespace Pellucid.Looking;

/// <summary>A prompt, and the two next tokens whose logits are compared at its end.</summary>
/// <param name="Tokens">The prompt.</param>
/// <param name="Right">The token that should come.</param>
/// <param name="Wrong">The one it is compared with.</param>
public sealed record Question(int[] Tokens, int Right, int Wrong)
{
    /// <summary>The logit of what should come less that of what it is compared with, after the prompt as it is.</summary>
    public double LogitDifference(Gpt gpt)
    {
        ArgumentNullException.ThrowIfNull(gpt);
        using var cache = ActivationCache.Record(gpt, new Prompts([Tokens]),
            (activation, layer) => activation == Activation.ResidPost && layer == gpt.Config.Layers - 1);
        return Readout.LogitDifferences(gpt, cache, [this])[0];
    }
}

/// <summary>A mean over prompts.</summary>
/// <param name="Mean">The mean.</param>
/// <param name="StandardError">Sample deviation over √n; NaN for a single prompt.</param>
/// <param name="Count">n.</param>
public readonly record struct Estimate(double Mean, double StandardError, int Count)
{
    /// <summary>Of some values.</summary>
    public static Estimate Of(IReadOnlyCollection<double> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        var mean = values.Average();
        var variance = values.Sum(value => (value - mean) * (value - mean)) / (values.Count - 1);
        return new Estimate(mean, values.Count > 1 ? Math.Sqrt(variance / values.Count) : double.NaN, values.Count);
    }

    /// <summary>Of values that come in groups and are alike within one: the error is that of groups drawn independently
    /// (Liang and Zeger 1986), NaN where there is only one.</summary>
    internal static Estimate OfGroups(IReadOnlyCollection<IReadOnlyCollection<double>> groups)
    {
        var (count, mean) = (groups.Sum(group => group.Count), groups.SelectMany(group => group).Average());
        var sums = groups.Sum(group => Math.Pow(group.Sum(value => value - mean), 2));
        return new Estimate(mean, groups.Count > 1 ? Math.Sqrt(sums * groups.Count / (groups.Count - 1)) / count : double.NaN, count);
    }
}
