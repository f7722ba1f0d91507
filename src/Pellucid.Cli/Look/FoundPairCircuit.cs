using System.CommandLine;
using System.Text.Json.Serialization;
using Pellucid.Cli.Terminal;
using Pellucid.Looking;

namespace Pellucid.Cli.Look;

/// <summary>Heads and paths by which a prompt comes to another answer than a second one, and what they are worth.</summary>
internal sealed record FoundPairCircuit([property: JsonIgnore] PairResult Pair, double ShareThatCounts, double LogitDifference,
    double SourceLogitDifference, double CircuitLogitDifference, double WithoutCircuitLogitDifference, double Kept, double Lost,
    IReadOnlyList<string> Nodes, IReadOnlyList<CircuitEdge> Edges) : PairResult(Pair)
{
    /// <summary>Searches and tells.</summary>
    public static void Measure(Output output, ParseResult words, Subject subject, PromptPair pair, double share)
    {
        const string method = "exact path patching from the end back; heads at positions, feed-forward layers recomputed; heads that are "
            + "missing write what they write on the source";
        var search = new PairCircuitSearch(subject.Gpt, pair, share);
        for (; search.Next is { } next; search.MoveNext())
            output.Line($"paths to {next}");
        var (circuit, worth) = (search.Found, PairCircuitWorth.Of(subject.Gpt, pair, search.Found));
        var found = new FoundPairCircuit(PairResult.Of(subject, pair, method), share, worth.Base, worth.Source, worth.Alone, worth.Without,
            worth.Kept, worth.Lost, [.. circuit.Nodes.Select(node => node.Notation)], circuit.Edges);
        output.Line($"logit difference {Units.Number(worth.Base, 4)}, of the source {Units.Number(worth.Source, 4)}; of the circuit alone "
            + $"{Units.Number(worth.Alone, 4)} ({Reports.Percent(worth.Kept)} of the way kept), without it "
            + $"{Units.Number(worth.Without, 4)} ({Reports.Percent(worth.Lost)} lost)");
        var table = Reports.NewTable("head", "at", "feeds");
        foreach (var node in circuit.Nodes)
            table.AddPlainRow($"{node.Layer}.{node.Head}", $"{subject.Show(pair.Base.Tokens[node.Position])} ({node.Position})",
                string.Join(", ", circuit.Edges.Where(edge => edge.From == node.Notation)
                    .Select(edge => $"{edge.To}{(edge.Part.Length > 0 ? $" {edge.Part}" : "")} ({Units.Number(edge.Effect, 2)})")));
        output.People.Write(table);
        PictureFiles.Write(words, () => [circuit.Draw("By what the prompt comes to its answer", subject.Gpt.Config.Layers,
            [.. pair.Base.Tokens.Select(subject.Show)])]);
        output.Json(found, Results.Default.FoundPairCircuit);
    }
}
