using System.Text.Json.Serialization;
using Pellucid.Looking;

namespace Pellucid.Cli.Look;

/// <summary>A circuit, and what it is worth: logit differences of the model (F(M)), of the circuit alone (F(C)) and of the model without
/// the circuit; all distances between such without their sign.</summary>
internal sealed record MeasuredCircuit([property: JsonIgnore] ModelResult About, int Prompts, ulong Seed, double Accuracy,
    [property: JsonIgnore] Estimate LogitDifference, [property: JsonIgnore] Estimate CircuitLogitDifference,
    [property: JsonIgnore] Estimate WithoutCircuitLogitDifference, [property: JsonIgnore] Estimate Faithfulness,
    IReadOnlyList<RandomHeads> WithoutRandomSets, [property: JsonIgnore] Circuit Circuit, IReadOnlyList<CircuitGap> Completeness,
    IReadOnlyList<HeadWorth> Minimality) : ModelResult(About)
{
    public int Layers => Circuit.Layers;

    public int Heads => Circuit.Heads;

    public IReadOnlyList<CircuitPlace> Nodes =>
        [.. Circuit.Nodes.Select(node => new CircuitPlace(node.Layer, node.Head, node.Role.Name(), node.Class))];

    public IReadOnlyList<CircuitEdge> Edges => Circuit.Edges;

    [JsonExtensionData]
    public Dictionary<string, object?> Numbers => Means.Of((nameof(LogitDifference), LogitDifference),
        (nameof(CircuitLogitDifference), CircuitLogitDifference), (nameof(WithoutCircuitLogitDifference), WithoutCircuitLogitDifference),
        (nameof(Faithfulness), Faithfulness));

    public static MeasuredCircuit Of(ModelResult about, CircuitMeasure measure, Circuit circuit, int prompts, ulong seed) => new(about,
        prompts, seed, measure.Accuracy(), measure.Model(), measure.Of(circuit), measure.Without(circuit.Nodes),
        Size(measure.Faithfulness(circuit)),
        [.. measure.WithoutRandom(circuit, seed).Select(set => new RandomHeads([.. set.Heads.Select(head => head.Id)], set.Left))],
        circuit, circuit.Nodes.Count == 0 ? []
            : [.. measure.Completeness(circuit, seed).Select(one => new CircuitGap(one.How, one.Missing.Count, Size(one.Gap)))],
        [.. measure.Minimality(circuit).Select(one => new HeadWorth(one.Node.Id, Size(one.Change)))]);

    private static Estimate Size(Estimate distance) => distance with { Mean = Math.Abs(distance.Mean) };
}

/// <summary>What is left without other heads than the circuit's: as many at the same places.</summary>
internal sealed record RandomHeads(IReadOnlyList<string> Heads, [property: JsonIgnore] Estimate LogitDifference)
{
    [JsonExtensionData]
    public Dictionary<string, object?> Numbers => Means.Of((nameof(LogitDifference), LogitDifference));
}

/// <summary>A head of a circuit.</summary>
internal sealed record CircuitPlace(int Layer, int Head, string Role, string Class);

/// <summary>How far model and circuit are apart where the same heads are missing in both.</summary>
internal sealed record CircuitGap(string How, int Missing, [property: JsonIgnore] Estimate Incompleteness)
{
    [JsonExtensionData]
    public Dictionary<string, object?> Numbers => Means.Of((nameof(Incompleteness), Incompleteness));
}

/// <summary>What a head adds to a circuit.</summary>
internal sealed record HeadWorth(string Node, [property: JsonIgnore] Estimate Value)
{
    [JsonExtensionData]
    public Dictionary<string, object?> Numbers => Means.Of((nameof(Value), Value));
}
