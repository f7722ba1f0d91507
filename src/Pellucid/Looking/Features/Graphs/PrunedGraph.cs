using System.Globalization;
using Pellucid.Pictures;

namespace Pellucid.Looking.Features.Graphs;

/// <summary>What is left of an attribution graph where little is left out.</summary>
/// <param name="Graph">The whole one.</param>
/// <param name="Nodes">Places of the nodes that are kept, ascending, the answer last.</param>
/// <param name="Edges">Between them.</param>
public sealed record PrunedGraph(AttributionGraph Graph, IReadOnlyList<int> Nodes, IReadOnlyList<AttributionEdge> Edges)
{
    /// <summary>The share of the influence of all nodes, the answer apart, that these have.</summary>
    public double ShareOfNodes => Nodes.SkipLast(1).Sum(node => Graph.Nodes[node].Influence)
        / Graph.Nodes.SkipLast(1).Sum(node => node.Influence);

    /// <summary>Tokens at the foot, features and errors of each layer above where they are, the answer above all.</summary>
    /// <param name="title">Above it.</param>
    /// <param name="tokens">The prompt's tokens as people read them.</param>
    /// <param name="answer">The answer likewise.</param>
    /// <param name="unsaid">What is called so that features leave unsaid.</param>
    /// <param name="tip">What a node says when it is pointed at; its effect and influence if not given.</param>
    public Picture Draw(string title, IReadOnlyList<string> tokens, string answer, string unsaid = "unsaid",
        Func<AttributionNode, string>? tip = null)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        var used = Nodes.Select(node => Graph.Nodes[node].Position).Distinct().Order().ToList();
        string Text(AttributionNode node) => node.Kind switch
        {
            AttributionNodeKind.Token => tokens[node.Position],
            AttributionNodeKind.Feature => $"{node.Layer}: {node.Feature}",
            AttributionNodeKind.Error => $"{node.Layer}: {unsaid}",
            _ => answer,
        };
        var nodes = Nodes.Select(index => Graph.Nodes[index]).Select(node => new GraphNode(Id(node), Text(node),
            used.IndexOf(node.Position), node.Layer, InkOf(node), tip?.Invoke(node)
                ?? $"{Text(node)} at {tokens[node.Position]}: effect {Short(node.Effect)}, influence {Short(node.Influence)}"));
        var edges = Edges.Select(edge => new GraphEdge(Id(Graph.Nodes[edge.From]), Id(Graph.Nodes[edge.To]),
            Math.CopySign(edge.Influence, edge.Weight)));
        return Pictures.Graph.Draw(title, [.. used.Select(position => tokens[position])], [.. nodes], [.. edges]);
    }

    private static string Id(AttributionNode node) => node.Kind switch
    {
        AttributionNodeKind.Token => $"token {node.Position}",
        AttributionNodeKind.Feature => $"feature {node.Layer}.{node.Feature} at {node.Position}",
        AttributionNodeKind.Error => $"unsaid {node.Layer} at {node.Position}",
        _ => "answer",
    };

    private static Ink InkOf(AttributionNode node) => node.Kind switch
    {
        AttributionNodeKind.Feature => node.Effect < 0 ? Ink.Negative : Ink.Positive,
        AttributionNodeKind.Error => Ink.Muted,
        AttributionNodeKind.Token => Ink.Third,
        _ => Ink.Text,
    };

    private static string Short(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);
}
