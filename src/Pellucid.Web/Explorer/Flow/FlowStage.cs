using System.Globalization;
using Pellucid.Models;

namespace Pellucid.Web.Explorer.Flow;

/// <summary>The parts of a model, in the order in which a text goes through them.</summary>
internal enum FlowPart
{
    /// <summary>All of it at once.</summary>
    Whole,
    Tokens,
    Embedding,
    Attention,
    FeedForward,

    /// <summary>Blocks that are not drawn one by one.</summary>
    Blocks,
    Norm,
    Next,
}

/// <summary>One stage of a text's way through the model.</summary>
/// <param name="Part">What it is.</param>
/// <param name="Layer">Of attention and feed-forward their block, of blocks the first; −1 of others.</param>
internal readonly record struct FlowStage(FlowPart Part, int Layer = -1)
{
    private const int MostDrawn = 4;

    private static readonly string[] Names = ["", "tokens", "embedding", "attention", "feed-forward", "blocks", "norm", "next"];

    /// <summary>All of it at once.</summary>
    public static FlowStage Whole { get; } = new(FlowPart.Whole);

    /// <summary>Such as <c>tokens</c> or <c>attention.2</c>, as it stands in an address; empty for the whole.</summary>
    public override string ToString() => Layer < 0 ? Names[(int)Part]
        : string.Create(CultureInfo.InvariantCulture, $"{Names[(int)Part]}.{Layer}");

    /// <summary>The stage that is written so, or null.</summary>
    public static FlowStage? TryParse(string text)
    {
        var parts = text.Split('.');
        var part = (FlowPart)Array.IndexOf(Names, parts[0]);
        var hasLayer = part is FlowPart.Attention or FlowPart.FeedForward or FlowPart.Blocks;
        if (part < 0 || parts.Length != (hasLayer ? 2 : 1))
            return null;
        return !hasLayer ? new FlowStage(part)
            : int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var layer) ? new FlowStage(part, layer) : null;
    }

    /// <summary>The stages that are drawn of a model, from left to right: of one with many blocks the first, the opened one and the last;
    /// others stand together.</summary>
    public static IReadOnlyList<FlowStage> Drawn(GptConfig config, int opened)
    {
        var stages = new List<FlowStage> { new(FlowPart.Tokens), new(FlowPart.Embedding) };
        for (var layer = 0; layer < config.Layers; layer++)
        {
            if (config.Layers <= MostDrawn || layer == 0 || layer == opened || layer == config.Layers - 1)
            {
                stages.Add(new FlowStage(FlowPart.Attention, layer));
                if (config.FeedForwardWidth > 0)
                    stages.Add(new FlowStage(FlowPart.FeedForward, layer));
            }
            else if (stages[^1].Part != FlowPart.Blocks)
                stages.Add(new FlowStage(FlowPart.Blocks, layer));
        }
        if (config.HasFinalNorm)
            stages.Add(new FlowStage(FlowPart.Norm));
        stages.Add(new FlowStage(FlowPart.Next));
        return stages;
    }

    /// <summary>The last of the blocks that stand together from a stage on.</summary>
    public static int LastOf(FlowStage blocks, IReadOnlyList<FlowStage> drawn) =>
        drawn.First(stage => stage.Layer > blocks.Layer).Layer - 1;
}
