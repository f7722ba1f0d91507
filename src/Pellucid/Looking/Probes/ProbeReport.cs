using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Looking.Probes;

/// <summary>What probes make of one place: shares of the examination that are right.</summary>
/// <param name="Place">0 for the embedding, then layers counted from 1.</param>
/// <param name="Linear">A linear probe of this place.</param>
/// <param name="TwoLayer">A probe with one hidden layer.</param>
/// <param name="Control">A linear probe of the control task: how much can be remembered of words alone.</param>
/// <param name="Untrained">A linear probe of the same place in a model of the same shape with random weights; NaN where none was given.</param>
/// <param name="Cumulative">A two-layer probe of a mixture of all places up to this one.</param>
/// <param name="Weight">Share of this place in the mixture of all.</param>
public sealed record ProbedPlace(int Place, Estimate Linear, Estimate TwoLayer, Estimate Control, Estimate Untrained, Estimate Cumulative, double Weight)
{
    /// <summary>Selectivity (Hewitt and Liang 2019): the linear probe's accuracy above that of the control task.</summary>
    public double Selectivity => Linear.Mean - Control.Mean;
}

/// <summary>Where in a model something can be read off, by the measures of Tenney, Das and Pavlick (arXiv 1905.05950).</summary>
/// <param name="Task">What was probed for.</param>
/// <param name="Places">From the embedding up.</param>
public sealed record ProbeReport(ProbeTask Task, IReadOnlyList<ProbedPlace> Places)
{
    private const int Hidden = 128;

    /// <summary>Σ l Δ_l / Σ Δ_l over cumulative scores: where new places help.</summary>
    public double ExpectedLayer => LayerMeasures.ExpectedLayer([.. Places.Select(place => place.Cumulative.Mean)]);

    /// <summary>Σ l s_l of the mixture of all places.</summary>
    public double CentreOfGravity => LayerMeasures.CentreOfGravity([.. Places.Select(place => place.Weight)]);

    /// <summary>KL(s ‖ uniform) in nats: how far the mixture is from taking all places alike.</summary>
    public double Peakedness => LayerMeasures.DivergenceFromUniform([.. Places.Select(place => place.Weight)]);

    /// <summary>Probes a model.</summary>
    /// <param name="gpt">The model, which is not changed.</param>
    /// <param name="task">What to probe for.</param>
    /// <param name="seed">For the untrained model, control labels and first weights.</param>
    /// <param name="progress">Told the share that is done.</param>
    public static ProbeReport Of(Gpt gpt, ProbeTask task, ulong seed = 1, Action<double>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(gpt);
        ArgumentNullException.ThrowIfNull(task);
        using var untrained = new Gpt(gpt.Config, gpt.Backend);
        untrained.Initialize(seed);
        (LayerStates, LayerStates) States(Gpt model) => (LayerStates.Record(model, task.Sentences, task.Training), LayerStates.Record(model, task.Sentences, task.Examination));
        return Of(gpt.Backend, task, States(gpt), States(untrained), seed, progress);
    }

    /// <summary>Probes states, wherever they come from: those of the task's training and examination examples, in order.</summary>
    public static ProbeReport Of(Backend backend, ProbeTask task, (LayerStates Training, LayerStates Examination) states, (LayerStates Training, LayerStates Examination)? untrained = null, ulong seed = 1, Action<double>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(backend);
        ArgumentNullException.ThrowIfNull(task);
        using var trainer = new ProbeTrainer(backend);
        var count = states.Training.Places.Count;
        (bool[] Right, float[] Weights) Probe((LayerStates Training, LayerStates Examination) on, ProbeTask of, int[] places, int hidden) => trainer.Run(on.Training, Labels(of.Training),
            on.Examination, Labels(of.Examination), places, task.Labels.Count, hidden, seed);
        var (own, other, control) = (Standardised(states), untrained is { } given ? Standardised(given) : default, task.Control(seed));
        var measured = new List<ProbedPlace>();
        float[] weights = [];
        for (var place = 0; place < count; place++)
        {
            var (cumulative, mixture) = Probe(own, task, [.. Enumerable.Range(0, place + 1)], Hidden);
            weights = mixture;
            measured.Add(new ProbedPlace(place, Score(Probe(own, task, [place], 0).Right), Score(Probe(own, task, [place], Hidden).Right), Score(Probe(own, control, [place], 0).Right),
                untrained is null ? new Estimate(double.NaN, double.NaN, 0) : Score(Probe(other, task, [place], 0).Right), Score(cumulative), 0));
            progress?.Invoke((place + 1.0) / count);
        }
        return new ProbeReport(task, [.. measured.Zip(weights, (place, weight) => place with { Weight = weight })]);
    }

    private static (LayerStates Training, LayerStates Examination) Standardised((LayerStates Training, LayerStates Examination) states) =>
        (states.Training.Standardised(states.Training), states.Examination.Standardised(states.Training));

    private static int[] Labels(IReadOnlyList<ProbeExample> examples) => [.. examples.Select(example => example.Label)];

    private static Estimate Score(bool[] right) => Estimate.Of([.. right.Select(one => one ? 1.0 : 0)]);
}

/// <summary>Measures over the layers of a model, the embedding being 0.</summary>
public static class LayerMeasures
{
    /// <summary>Σ l Δ_l / Σ Δ_l with Δ_l = P(l) − P(l − 1), l from 1; negative steps count. NaN where nothing changes.</summary>
    public static double ExpectedLayer(IReadOnlyList<double> cumulative)
    {
        ArgumentNullException.ThrowIfNull(cumulative);
        var weighted = 0.0;
        for (var l = 1; l < cumulative.Count; l++)
            weighted += l * (cumulative[l] - cumulative[l - 1]);
        return cumulative[^1] == cumulative[0] ? double.NaN : weighted / (cumulative[^1] - cumulative[0]);
    }

    /// <summary>Σ l s_l.</summary>
    public static double CentreOfGravity(IReadOnlyList<double> weights) => weights.Select((weight, l) => weight * l).Sum();

    /// <summary>KL(s ‖ uniform) in nats.</summary>
    public static double DivergenceFromUniform(IReadOnlyList<double> weights) => weights.Sum(weight => weight > 0 ? weight * Math.Log(weight * weights.Count) : 0);
}
