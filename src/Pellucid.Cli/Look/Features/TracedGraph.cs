using System.Text.Json.Serialization;
using Pellucid.Looking.Features.Graphs;
using Pellucid.Tokens;

namespace Pellucid.Cli.Look.Features;

/// <summary>Which features made an answer, and whether that is right.</summary>
internal sealed record TracedGraph([property: JsonIgnore] ModelResult About, IReadOnlyDictionary<string, string> Meanings,
    TokenResult Answer, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] TokenResult? Wrong, double Value,
    double Sum, int Features, int Followed, double ShareOfTokens, double ShareOfErrors, double ShareNotFollowed, double ShareOfNodes,
    IReadOnlyList<TracedNode> Nodes, IReadOnlyList<TracedEdge> Edges, CheckedGraph Check) : ModelResult(About)
{
    public static TracedGraph Of(ModelResult about, PrunedGraph kept, AttributionCheck check, Tokenizer tokenizer)
    {
        var graph = kept.Graph;
        return new TracedGraph(about, Cli.Meanings.Of("look features graph"), TokenResult.Of(tokenizer, graph.Right),
            graph.Wrong is { } wrong ? TokenResult.Of(tokenizer, wrong) : null, graph.Answer.Value, graph.Sum(graph.Answer.Index),
            graph.Nodes.Count(node => node.Kind == AttributionNodeKind.Feature),
            graph.Nodes.Count(node => node is { Kind: AttributionNodeKind.Feature, IsFollowed: true }), graph.ShareOfTokens,
            graph.ShareOfErrors, graph.ShareNotFollowed, kept.ShareOfNodes,
            [.. kept.Nodes.Select(node => TracedNode.Of(graph.Nodes[node]))],
            [.. kept.Edges.Select(edge => new TracedEdge(edge.From, edge.To, edge.Weight, edge.Influence))], CheckedGraph.Of(graph, check));
    }
}

/// <summary>A node that is kept.</summary>
internal sealed record TracedNode(int Node, string Kind, int Layer, int Position, int Feature, double Value, double Effect,
    double Influence, double Constant)
{
    public static TracedNode Of(AttributionNode node) => new(node.Index, node.Kind switch
    {
        AttributionNodeKind.Token => "token", AttributionNodeKind.Feature => "feature", AttributionNodeKind.Error => "error", _ => "answer",
    }, node.Layer, node.Position, node.Feature, node.Value, node.Effect, node.Influence, node.Constant);
}

/// <summary>An edge that is kept.</summary>
internal sealed record TracedEdge(int From, int To, double Weight, double Influence);

/// <summary>What happened where features were taken away.</summary>
internal sealed record CheckedGraph(bool Passes, double Probability, double Correlation, double RankCorrelation,
    double CorrelationHeld, SuppressedFeatures Together, SuppressedFeatures Others, IReadOnlyList<SuppressedFeature> Each)
{
    public static CheckedGraph Of(AttributionGraph graph, AttributionCheck check) => new(check.Passes, check.Probability,
        check.Correlation, check.RankCorrelation, check.CorrelationHeld, SuppressedFeatures.Of(check.Together),
        SuppressedFeatures.Of(check.Others), [.. check.Each.Select(one => SuppressedFeature.Of(graph.Nodes[one.Nodes[0]], one))]);
}

/// <summary>Some at once.</summary>
internal sealed record SuppressedFeatures(int Features, double Predicted, double Measured, double MeasuredHeld)
{
    public static SuppressedFeatures Of(Suppression one) =>
        new(one.Nodes.Count, one.Predicted, one.Measured, one.MeasuredHeld);
}

/// <summary>One.</summary>
internal sealed record SuppressedFeature(int Layer, int Position, int Feature, double Predicted, double Measured,
    double MeasuredHeld)
{
    public static SuppressedFeature Of(AttributionNode node, Suppression one) => new(node.Layer, node.Position, node.Feature, one.Predicted,
        one.Measured, one.MeasuredHeld);
}
