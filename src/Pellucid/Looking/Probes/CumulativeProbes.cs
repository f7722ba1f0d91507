using Pellucid.Models;

namespace Pellucid.Looking.Probes;

/// <summary>
/// Two-layer probes of a mixture of all places up to each one, all of the same examples and first weights, and where they
/// gain (Tenney, Das and Pavlick, arXiv 1905.05950). Place 0 is the embedding.
/// </summary>
/// <param name="Task">What was probed for.</param>
/// <param name="Right">For each place, which examples of the examination the probe up to it gets right.</param>
/// <param name="Weights">Share of each place in the mixture of all.</param>
public sealed record CumulativeProbes(ProbeTask Task, IReadOnlyList<bool[]> Right, IReadOnlyList<float> Weights)
{
    internal const int Hidden = 128;

    /// <summary>Share that is right with all places up to each one.</summary>
    public IReadOnlyList<Estimate> Scores => [.. Right.Select(Score)];

    /// <summary>How much more is right with all places than with the embedding alone;
    /// the standard error is that of the differences.</summary>
    public Estimate Gain => Estimate.Of([.. Right[0].Zip(Right[^1], (first, last) => (last ? 1.0 : 0) - (first ? 1.0 : 0))]);

    /// <summary>Whether the gain is more than chance makes, twice its standard error:
    /// where it is not, an expected layer says nothing.</summary>
    public bool Gains => Gain.Mean > 2 * Gain.StandardError;

    /// <summary>
    /// Σ l Δ_l / Σ Δ_l over <see cref="Scores"/>: where new places help. The standard error is over examples of the
    /// examination, of the ratio of two means made linear around them; NaN where nothing changes.
    /// </summary>
    public Estimate ExpectedLayer
    {
        get
        {
            var expected = LayerMeasures.ExpectedLayer([.. Scores.Select(score => score.Mean)]);
            // l Δ_l, less the expected layer times Δ_l, of each example: 0 on average.
            var apart = Enumerable.Range(0, Right[0].Length).Select(i =>
                Enumerable.Range(1, Right.Count - 1).Sum(l => (l - expected) * ((Right[l][i] ? 1 : 0) - (Right[l - 1][i] ? 1 : 0))));
            return new Estimate(expected, Estimate.Of([.. apart]).StandardError / Math.Abs(Gain.Mean), Right[0].Length);
        }
    }

    /// <summary>Σ l s_l of the mixture of all places.</summary>
    public double CentreOfGravity => LayerMeasures.CentreOfGravity([.. Weights.Select(weight => (double)weight)]);

    /// <summary>KL(s ‖ uniform) in nats: how far the mixture is from taking all places alike.</summary>
    public double Peakedness => LayerMeasures.DivergenceFromUniform([.. Weights.Select(weight => (double)weight)]);

    /// <summary>Probes a model, which is not changed.</summary>
    public static CumulativeProbes Of(Gpt gpt, ProbeTask task, ulong seed = 1)
    {
        ArgumentNullException.ThrowIfNull(gpt);
        ArgumentNullException.ThrowIfNull(task);
        using var trainer = new ProbeTrainer(gpt.Backend);
        return Of(trainer, task, LayerStates.Standardised(LayerStates.Record(gpt, task)), seed);
    }

    internal static CumulativeProbes Of(ProbeTrainer trainer, ProbeTask task,
        (LayerStates Training, LayerStates Examination) standardised, ulong seed)
    {
        var probes = Enumerable.Range(1, standardised.Training.Places.Count)
            .Select(places => trainer.Run(task, standardised, [.. Enumerable.Range(0, places)], Hidden, seed)).ToArray();
        return new CumulativeProbes(task, [.. probes.Select(probe => probe.Right)], probes[^1].Weights);
    }

    internal static Estimate Score(bool[] right) => Estimate.Of([.. right.Select(one => one ? 1.0 : 0)]);
}
