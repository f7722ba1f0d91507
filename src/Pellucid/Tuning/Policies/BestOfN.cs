using System.Numerics.Tensors;

namespace Pellucid.Tuning.Policies;

/// <summary>
/// The best of n answers to a prompt by what they are worth: what tuning by a reward has to beat, since it takes no tuning at all
/// (Stiennon et al. 2020; Gao, Schulman and Hilton 2022).
/// </summary>
internal static class BestOfN
{
    /// <summary>Which of n answers in a row is worth the most, for each n of them; the first of equals.</summary>
    /// <param name="rewards">Of all answers, n to a prompt, prompt after prompt.</param>
    /// <param name="n">Answers to a prompt.</param>
    /// <returns>Places in <paramref name="rewards"/>, one for a prompt.</returns>
    /// <exception cref="ArgumentException">These are not whole groups of n.</exception>
    public static int[] Choose(ReadOnlySpan<double> rewards, int n)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(n);
        if (rewards.Length % n != 0)
            throw new ArgumentException($"{rewards.Length} answers are not groups of {n}");
        var chosen = new int[rewards.Length / n];
        for (var group = 0; group < chosen.Length; group++)
            chosen[group] = group * n + TensorPrimitives.IndexOfMax(rewards.Slice(group * n, n));
        return chosen;
    }

    /// <summary>Nats by which the best of n departs from the model that writes the answers, at most: ln n − (n − 1)/n, which it does
    /// where no two answers are worth the same.</summary>
    /// <param name="n">How many are written.</param>
    public static double MostDivergence(int n)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(n);
        return Math.Log(n) - (n - 1.0) / n;
    }
}
