using Pellucid.Tensors;
using Pellucid.Words;

namespace Pellucid.Looking.Features.Graphs;

/// <summary>An attribution graph held against the model: what the graph says is lost without features, and what is.</summary>
/// <param name="Each">Features taken away one by one, those with the largest influence first.</param>
/// <param name="Together">The same features taken away at once.</param>
/// <param name="Others">As many of the other features that fire, drawn at random, at once.</param>
/// <param name="Value">The answer's value as the model is.</param>
/// <param name="Probability">Of the answer, as the model is.</param>
public sealed record AttributionCheck(IReadOnlyList<Suppression> Each, Suppression Together, Suppression Others, double Value,
    double Probability)
{
    private const double LeastCorrelation = 0.9, LeastProbability = 0.5;
    private const ulong Seed = 1;

    /// <summary>Pearson's correlation of what the graph predicts for each and what happens; NaN of fewer than two.</summary>
    public double Correlation => SimilarityScore.Correlation(Predicted, Measured);

    /// <summary>The same of ranks.</summary>
    public double RankCorrelation => SimilarityScore.RankCorrelation(Predicted, Measured);

    /// <summary>The same correlation where attention and normalisations are as they were.</summary>
    public double CorrelationHeld => SimilarityScore.Correlation(Predicted, [.. Each.Select(one => one.MeasuredHeld)]);

    /// <summary>
    /// Whether the graph explains an answer: the model is more sure of it than not; what the graph predicts agrees with what the model
    /// does, nothing held (correlation of 0.9); and without these features at least half of the answer's value is gone, without the
    /// others not.
    /// </summary>
    public bool Passes => Probability >= LeastProbability && Correlation >= LeastCorrelation && -Together.Measured >= Value / 2
        && -Others.Measured < Value / 2;

    private double[] Predicted => [.. Each.Select(one => one.Predicted)];

    private double[] Measured => [.. Each.Select(one => one.Measured)];

    /// <summary>Takes features away, at most so many, and at most half of those that fire.</summary>
    /// <exception cref="ArgumentException">No feature fires.</exception>
    public static AttributionCheck Of(AttributionTracer tracer, AttributionGraph graph, int most = 50)
    {
        ArgumentNullException.ThrowIfNull(tracer);
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        int[] features = [.. graph.Nodes.Where(node => node.Kind == AttributionNodeKind.Feature)
            .OrderByDescending(node => node.Influence).Select(node => node.Index)];
        if (features.Length < 2)
            throw new ArgumentException($"{features.Length} features fire in this prompt, and there is nothing to take away");
        var chosen = features[..Math.Min(most, features.Length / 2)];
        var others = features[chosen.Length..].OrderBy(node => CounterRandom.Bits(Seed, 0, 0, (ulong)node)).Take(chosen.Length).ToArray();
        var all = tracer.Suppress(graph, [.. chosen.Select(node => (int[])[node]), chosen, others]);
        return new AttributionCheck([.. all.SkipLast(2)], all[^2], all[^1], graph.Answer.Value,
            tracer.Said().Probability(graph.Right));
    }
}
