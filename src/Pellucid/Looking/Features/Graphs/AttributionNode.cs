namespace Pellucid.Looking.Features.Graphs;

/// <summary>What a node of an attribution graph is.</summary>
public enum AttributionNodeKind
{
    /// <summary>What the stream begins with at a position: the vector of a token, and of a position where those have vectors.</summary>
    Token,

    /// <summary>A feature of a transcoder that fires at a position.</summary>
    Feature,

    /// <summary>What a feed-forward layer said at a position and features do not; all of it where the layer has no transcoder.</summary>
    Error,

    /// <summary>The logit that is asked for, less the one that it is compared with.</summary>
    Answer,
}

/// <summary>A node of an attribution graph.</summary>
/// <param name="Index">Its place among the graph's nodes.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Layer">0-based; −1 of tokens, the number of layers of the answer.</param>
/// <param name="Position">0-based.</param>
/// <param name="Feature">Which feature; −1 of all others.</param>
/// <param name="Value">The activation of a feature, the answer's logits; 1 of all others.</param>
/// <param name="Effect">What the answer would lose without it, by all paths of the graph.</param>
public sealed record AttributionNode(int Index, AttributionNodeKind Kind, int Layer, int Position, int Feature, double Value,
    double Effect)
{
    /// <summary>What of the value no other node has made: biases, as they reach it. NaN where edges into it are not computed.</summary>
    public double Constant { get; init; } = double.NaN;

    /// <summary>The share that it has, by all paths, in what made the answer: every node's incoming edges are counted by their absolute
    /// values, as shares of 1 (Ameisen et al. 2025).</summary>
    public double Influence { get; init; }

    /// <summary>Whether edges into it are computed; of tokens and errors there are none.</summary>
    public bool IsFollowed => !double.IsNaN(Constant);
}

/// <summary>An edge of an attribution graph.</summary>
/// <param name="From">The node that it comes from.</param>
/// <param name="To">The node that it goes to.</param>
/// <param name="Weight">What of the target's value comes straight from the source.</param>
/// <param name="Influence">Its share in what made the answer.</param>
public sealed record AttributionEdge(int From, int To, double Weight, double Influence);
