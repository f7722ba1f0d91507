using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Looking.Probes;

/// <summary>What probes make of one place: shares of the examination that are right.</summary>
/// <param name="Place">0 for the embedding, then layers counted from 1.</param>
/// <param name="Linear">A linear probe of this place.</param>
/// <param name="TwoLayer">A probe with one hidden layer.</param>
/// <param name="Control">A linear probe of the control task: how much can be remembered of words alone.</param>
/// <param name="Untrained">A linear probe of the same place in a model of the same shape with random weights;
/// NaN where none was given.</param>
/// <param name="Cumulative">A two-layer probe of a mixture of all places up to this one.</param>
/// <param name="Weight">Share of this place in the mixture of all.</param>
public sealed record ProbedPlace(int Place, Estimate Linear, Estimate TwoLayer, Estimate Control, Estimate Untrained,
    Estimate Cumulative, double Weight)
{
    /// <summary>Selectivity (Hewitt and Liang 2019): the linear probe's accuracy above that of the control task.</summary>
    public double Selectivity => Linear.Mean - Control.Mean;
}

/// <summary>What can be read off at which place of a model.</summary>
/// <param name="Task">What was probed for.</param>
/// <param name="Places">From the embedding up.</param>
/// <param name="Cumulative">Probes of all places up to each one.</param>
public sealed record ProbeReport(ProbeTask Task, IReadOnlyList<ProbedPlace> Places, CumulativeProbes Cumulative)
{
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
        return Of(gpt.Backend, task, LayerStates.Record(gpt, task), LayerStates.Record(untrained, task), seed, progress);
    }

    /// <summary>Probes states, wherever they come from: those of the task's training and examination examples, in order.</summary>
    public static ProbeReport Of(Backend backend, ProbeTask task, (LayerStates Training, LayerStates Examination) states,
        (LayerStates Training, LayerStates Examination)? untrained = null, ulong seed = 1, Action<double>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(backend);
        ArgumentNullException.ThrowIfNull(task);
        using var trainer = new ProbeTrainer(backend);
        var (own, other, control) = (LayerStates.Standardised(states),
            untrained is { } given ? LayerStates.Standardised(given) : default, task.Control(seed));
        Estimate Probe((LayerStates Training, LayerStates Examination) on, ProbeTask of, int place, int hidden) =>
            CumulativeProbes.Score(trainer.Run(of, on, [place], hidden, seed).Right);
        var (count, places) = (states.Training.Places.Count, new List<ProbedPlace>());
        var cumulative = CumulativeProbes.Of(trainer, task, own, seed);
        for (var place = 0; place < count; place++)
        {
            places.Add(new ProbedPlace(place, Probe(own, task, place, 0), Probe(own, task, place, CumulativeProbes.Hidden),
                Probe(own, control, place, 0),
                untrained is null ? new Estimate(double.NaN, double.NaN, 0) : Probe(other, task, place, 0),
                cumulative.Scores[place], cumulative.Weights[place]));
            progress?.Invoke((place + 1.0) / count);
        }
        return new ProbeReport(task, places, cumulative);
    }
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
    public static double DivergenceFromUniform(IReadOnlyList<double> weights) =>
        weights.Sum(weight => weight > 0 ? weight * Math.Log(weight * weights.Count) : 0);
}
