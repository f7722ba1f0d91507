using Pellucid.Models;
using Pellucid.Pictures;

namespace Pellucid.Looking;

/// <summary>Heads at positions of one prompt, and the paths between them, that make its answer another than that of a second.</summary>
/// <param name="Nodes">Heads, each at the position where it does its work.</param>
/// <param name="Edges">Paths: from <see cref="Component.Notation"/> of a head to that of another, or to <see cref="Circuit.Logits"/>.
/// </param>
public sealed record PairCircuit(IReadOnlyList<Component> Nodes, IReadOnlyList<CircuitEdge> Edges)
{
    /// <summary>Heads by layer and position, joined by the paths between them.</summary>
    /// <param name="title">Above it.</param>
    /// <param name="layers">Layers of the model.</param>
    /// <param name="tokens">What stands at each position of the prompt.</param>
    public Picture Draw(string title, int layers, IReadOnlyList<string> tokens)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        var positions = Nodes.Select(node => node.Position).Append(tokens.Count - 1).Distinct().Order().ToList();
        var nodes = Nodes.Select(node => new GraphNode(node.Notation, $"{node.Layer}.{node.Head}", positions.IndexOf(node.Position),
            node.Layer, Edges.Where(edge => edge.From == node.Notation).Sum(edge => edge.Effect) < 0 ? Ink.Negative : Ink.Positive,
            node.Notation)).Append(new GraphNode(Circuit.Logits, Circuit.Logits, positions.Count - 1, layers, Ink.Text)).ToList();
        return Graph.Draw(title, [.. positions.Select(position => $"{tokens[position]} ({position})")], nodes,
            [.. Edges.Select(edge => new GraphEdge(edge.From, edge.To, edge.Effect, edge.Part))]);
    }
}

/// <summary>What a circuit of two prompts is worth, in logit differences of the first prompt's answers.</summary>
/// <param name="Base">Of the prompt.</param>
/// <param name="Source">Of the second prompt.</param>
/// <param name="Alone">Of the prompt where every head but the circuit's writes what it writes on the second prompt.</param>
/// <param name="Without">Where the circuit's heads do, at their positions, and no others.</param>
public sealed record PairCircuitWorth(double Base, double Source, double Alone, double Without)
{
    /// <summary>Share of the way from the second prompt to the first that the circuit alone goes.</summary>
    public double Kept => (Alone - Source) / (Base - Source);

    /// <summary>Share of that way that is lost without the circuit.</summary>
    public double Lost => (Base - Without) / (Base - Source);

    /// <summary>Of a circuit; feed-forward layers pass on what reaches them.</summary>
    public static PairCircuitWorth Of(Gpt gpt, PromptPair pair, PairCircuit circuit)
    {
        ArgumentNullException.ThrowIfNull(gpt);
        ArgumentNullException.ThrowIfNull(pair);
        ArgumentNullException.ThrowIfNull(circuit);
        var (prompts, sources) = (new Prompts([pair.Base.Tokens]), new Prompts([pair.Source]));
        prompts.RequireSameLengths(sources);
        bool Needed(Activation activation, int layer) => VariantRunner.Needs(gpt.Config, activation, layer);
        using var unchanged = ActivationCache.Record(gpt, prompts, Needed);
        using var source = ActivationCache.Record(gpt, sources,
            (activation, layer) => activation == Activation.Z || Needed(activation, layer));
        using var runner = new VariantRunner(gpt, unchanged);
        var nodes = circuit.Nodes.Select(node => (node.Layer, node.Head, node.Position)).ToHashSet();
        VariantEdit Taken(int layer, int head, int position) =>
            new(Activation.Z, layer, position, 1, head, -1, source[Activation.Z, layer], sources.RowOf(0, position));
        var all = from layer in Enumerable.Range(0, gpt.Config.Layers) from head in Enumerable.Range(0, gpt.Config.Heads)
            from position in Enumerable.Range(0, pair.Base.Tokens.Length) select (layer, head, position);
        var (others, own) = (all.Where(place => !nodes.Contains(place)), all.Where(nodes.Contains));
        var differences = runner.LogitDifferences([.. new[] { others, own }.Select(places =>
            new Variant(0, [.. places.Select(place => Taken(place.layer, place.head, place.position))]))], [pair.Base]);
        return new PairCircuitWorth(Readout.LogitDifferences(gpt, unchanged, [pair.Base])[0],
            Readout.LogitDifferences(gpt, source, [pair.Base])[0], differences[0], differences[1]);
    }
}
