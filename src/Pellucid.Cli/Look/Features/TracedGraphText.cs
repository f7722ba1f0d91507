using Pellucid.Cli.Terminal;

namespace Pellucid.Cli.Look.Features;

/// <summary>An attribution graph as people read it.</summary>
internal static class TracedGraphText
{
    private const int SourcesOfANode = 3;

    public static void Show(Output output, TracedGraph traced, Subject subject, int top)
    {
        var (answer, check) = (subject.Show(traced.Answer.Token), traced.Check);
        output.Line($"the model says {answer} with a probability of {Reports.Percent(check.Probability)}; its logit "
            + $"{(traced.Wrong is { } wrong ? $"less that of {subject.Show(wrong.Token)}" : "less the mean of all")} is "
            + $"{Units.Number(traced.Value, 4)}, and edges and constants add up to {Units.Number(traced.Sum, 4)}");
        output.Line($"of what made it {Reports.Percent(traced.ShareOfTokens)} goes back to tokens through {Units.Count(traced.Features)} "
            + $"features that fire, {Reports.Percent(traced.ShareOfErrors)} to what features leave unsaid, "
            + $"{Reports.Percent(traced.ShareNotFollowed)} to features that are not followed");
        var nodes = traced.Nodes.ToDictionary(node => node.Node);
        string Name(TracedNode node) => node.Kind switch
        {
            "token" => $"token {At(node)}",
            "feature" => $"{node.Layer}: {node.Feature} at {At(node)}",
            "error" => $"{node.Layer}: unsaid at {At(node)}",
            _ => answer,
        };
        string At(TracedNode node) => $"{node.Position} {subject.Show(traced.Tokens[node.Position].Token)}";
        var table = Reports.NewTable("node", "value", "effect", "influence", "mostly of");
        foreach (var node in traced.Nodes.Reverse().OrderByDescending(node => node.Influence).Take(top))
            table.AddPlainRow(Name(node), Units.Number(node.Value, 2), Units.Number(node.Effect, 3), Reports.Percent(node.Influence),
                string.Join(", ", traced.Edges.Where(edge => edge.To == node.Node).OrderByDescending(edge => edge.Influence)
                    .Take(SourcesOfANode).Select(edge => $"{Name(nodes[edge.From])} ({Units.Number(edge.Weight, 2)})")));
        output.People.Write(table);
        output.Line($"{traced.Nodes.Count - 1} nodes and {traced.Edges.Count} edges are kept, which have "
            + $"{Reports.Percent(traced.ShareOfNodes)} of all influence");
        output.Line($"{check.Each.Count} features taken away one by one from the model: correlation of what the graph predicts and what "
            + $"happens {Units.Number(check.Correlation, 3)} (of ranks {Units.Number(check.RankCorrelation, 3)}; where attention and "
            + $"normalisations are as they were {Units.Number(check.CorrelationHeld, 3)})");
        output.Line($"all of them at once: {Units.Number(check.Together.Measured, 3)} ({Units.Number(check.Together.Predicted, 3)} "
            + $"predicted); as many others: {Units.Number(check.Others.Measured, 3)} ({Units.Number(check.Others.Predicted, 3)} "
            + "predicted); " + (check.Passes ? "the graph explains the answer" : "the graph explains nothing"));
    }
}
