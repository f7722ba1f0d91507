using Pellucid.Tensors;
using Pellucid.Words;

namespace Pellucid.Looking.Features.Graphs;

/// <summary>An attribution graph held against the model: what the graph says is lost without features, and what is.</summary>
/// <param name="Each">Features taken away one by one, those with the largest influence first.</param>
/// <param name="Correlation">Of what was predicted and what was measured over these; NaN of fewer than two.</param>
/// <param name="RankCorrelation">The same of ranks.</param>
/// <param name="Together">The same features taken away at once.</param>
/// <param name="Others">As many of the other features that fire, drawn at random, at once.</param>
/// <param name="RankOfAnswer">How many tokens the model holds likelier than the answer.</param>
public sealed record AttributionCheck(IReadOnlyList<Suppression> Each, double Correlation, double RankCorrelation, Suppression Together,
    Suppression Others, int RankOfAnswer)
{
    private const double LeastCorrelation = 0.9;
    private const ulong Seed = 1;

    /// <summary>
    /// Whether the graph explains an answer: the model gives it before all others, what the graph predicts agrees with what the model
    /// does (correlation of 0.9), and without these features at least half of the answer's lead is gone, without the others not.
    /// </summary>
    public bool Passes => RankOfAnswer == 0 && Correlation >= LeastCorrelation && -Together.Measured >= Lead / 2 && -Others.Measured < Lead / 2;

    /// <summary>The answer's value as the model is.</summary>
    public required double Lead { get; init; }

    /// <summary>Takes features away, at most so many.</summary>
    public static AttributionCheck Of(AttributionTracer tracer, AttributionGraph graph, int most = 50)
    {
        ArgumentNullException.ThrowIfNull(tracer);
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        int[] features = [.. graph.Nodes.Where(node => node.Kind == AttributionNodeKind.Feature)
            .OrderByDescending(node => node.Influence).Select(node => node.Index)];
        var chosen = features.Take(Math.Min(most, (features.Length + 1) / 2)).ToArray();
        var others = features[chosen.Length..].OrderBy(node => CounterRandom.Bits(Seed, 0, 0, (ulong)node)).Take(chosen.Length).ToArray();
        var all = tracer.Suppress(graph, [.. chosen.Select(node => (int[])[node]), chosen, others]);
        var each = all.SkipLast(2).ToList();
        double[] predicted = [.. each.Select(one => one.Predicted)], measured = [.. each.Select(one => one.Measured)];
        return new AttributionCheck(each, SimilarityScore.Correlation(predicted, measured),
            SimilarityScore.RankCorrelation(predicted, measured), all[^2], all[^1], tracer.RankOfAnswer(graph)) { Lead = graph.Answer.Value };
    }
}
