namespace Pellucid.Looking.Features.Graphs;

/// <summary>
/// Which features, tokens and errors made an answer to one prompt (Ameisen et al. 2025, "Circuit Tracing"; Dunefsky et al. 2024). Where
/// attention looks and what normalisations divide by is taken as it was, so that everything else is linear: a node's value is the sum
/// of its incoming edges and of constants.
/// </summary>
public sealed class AttributionGraph
{
    private readonly Dictionary<int, float[]> _incoming; // of followed nodes, a weight for every node

    internal AttributionGraph(IReadOnlyList<int> tokens, int right, int? wrong, IReadOnlyList<AttributionNode> nodes,
        Dictionary<int, float[]> incoming)
    {
        (Tokens, Right, Wrong, _incoming) = (tokens, right, wrong, incoming);
        var influences = Influences(nodes);
        Nodes = [.. nodes.Select(node => node with { Influence = influences[node.Index] })];
    }

    /// <summary>The prompt.</summary>
    public IReadOnlyList<int> Tokens { get; }

    /// <summary>The token that was asked for.</summary>
    public int Right { get; }

    /// <summary>The token that it is compared with; null where that is the mean of all.</summary>
    public int? Wrong { get; }

    /// <summary>Tokens, then features and errors layer by layer, then the answer.</summary>
    public IReadOnlyList<AttributionNode> Nodes { get; }

    /// <summary>The last node.</summary>
    public AttributionNode Answer => Nodes[^1];

    /// <summary>The share of the answer that goes back to tokens, through features alone.</summary>
    public double ShareOfTokens => ShareOf(AttributionNodeKind.Token);

    /// <summary>The share that goes back to what features leave unsaid.</summary>
    public double ShareOfErrors => ShareOf(AttributionNodeKind.Error);

    /// <summary>The share that goes back to features whose own edges are not computed.</summary>
    public double ShareNotFollowed => Nodes.Where(node => node is { Kind: AttributionNodeKind.Feature, IsFollowed: false })
        .Sum(node => node.Influence);

    /// <summary>What of a followed node's value comes straight from another one.</summary>
    /// <exception cref="ArgumentException">Edges into the node are not computed.</exception>
    public double Weight(int from, int to) => Incoming(to)[from];

    /// <summary>The sum of a followed node's incoming edges and of its constants: its value, to rounding.</summary>
    /// <exception cref="ArgumentException">Edges into the node are not computed.</exception>
    public double Sum(int to) => Incoming(to).Sum(weight => (double)weight) + Nodes[to].Constant;

    /// <summary>
    /// The nodes with the largest influence that have so large a share of all, and of the edges between them those that have so large a
    /// share of theirs; then no node that leads nowhere, or, where it is a feature, has nothing that leads to it.
    /// </summary>
    /// <param name="ofNodes">0 to 1.</param>
    /// <param name="ofEdges">0 to 1.</param>
    /// <param name="most">Nodes at most, the answer apart.</param>
    public PrunedGraph Prune(double ofNodes = 0.8, double ofEdges = 0.98, int most = int.MaxValue)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(ofNodes is > 0 and <= 1 && ofEdges is > 0 and <= 1, true);
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        var nodes = Largest([.. Nodes.SkipLast(1)], node => node.Influence, ofNodes).Take(most).Select(node => node.Index)
            .Append(Answer.Index).ToHashSet();
        var between = nodes.Where(_incoming.ContainsKey).SelectMany(EdgesInto).Where(edge => nodes.Contains(edge.From)).ToList();
        var edges = Largest(between, edge => edge.Influence, ofEdges).ToList();
        bool Leads(int node) => node == Answer.Index || edges.Any(edge => edge.From == node);
        bool IsLedTo(int node) => Nodes[node].Kind != AttributionNodeKind.Feature || edges.Any(edge => edge.To == node);
        while (nodes.RemoveWhere(node => !Leads(node) || !IsLedTo(node)) > 0)
            edges.RemoveAll(edge => !nodes.Contains(edge.From) || !nodes.Contains(edge.To));
        return new PrunedGraph(this, [.. nodes.Order()], edges);
    }

    private float[] Incoming(int to) => _incoming.TryGetValue(to, out var incoming) ? incoming
        : throw new ArgumentException($"edges into node {to} are not computed");

    private IEnumerable<AttributionEdge> EdgesInto(int to)
    {
        var (incoming, all) = (Incoming(to), Absolute(to));
        for (var from = 0; from < to; from++)
            if (incoming[from] != 0)
                yield return new AttributionEdge(from, to, incoming[from],
                    Nodes[to].Influence * Math.Abs(incoming[from]) / all);
    }

    // From the answer down: nodes stand in the order in which a model computes them, so that a node's share is whole before it is
    // handed on. It is the answer's row of (1 − A)⁻¹ for shares A.
    private double[] Influences(IReadOnlyList<AttributionNode> nodes)
    {
        var influences = new double[nodes.Count];
        influences[^1] = 1;
        for (var to = nodes.Count - 1; to >= 0; to--)
        {
            if (influences[to] == 0 || !_incoming.TryGetValue(to, out var incoming))
                continue;
            var all = Math.Max(Absolute(to), double.Epsilon);
            for (var from = 0; from < to; from++)
                influences[from] += influences[to] * Math.Abs(incoming[from]) / all;
        }
        return influences;
    }

    private double Absolute(int to) => _incoming[to].Sum(weight => Math.Abs((double)weight));

    private double ShareOf(AttributionNodeKind kind) => Nodes.Where(node => node.Kind == kind).Sum(node => node.Influence);

    private static IEnumerable<T> Largest<T>(IReadOnlyList<T> all, Func<T, double> influence, double share)
    {
        var left = all.Sum(influence) * share;
        foreach (var one in all.OrderByDescending(influence))
        {
            if (left <= 1e-12)
                yield break;
            left -= influence(one);
            yield return one;
        }
    }
}
