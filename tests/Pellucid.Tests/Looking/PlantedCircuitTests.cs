using Pellucid.Looking;
using Pellucid.Models;

namespace Pellucid.Tests.Looking;

public sealed class PlantedCircuitTests
{
    private static readonly Activation[] AllParts = [Activation.Q, Activation.K, Activation.V];

    public static TheoryData<bool> Variants => [false, true];

    // Head, the parts it feeds, and where: everything else must be silent.
    private static HashSet<string> PlantedEdges(bool byInduction) => byInduction
        ? ["0.1 S1+1 → 1.0 k", "0.1 S1+1 → 1.0 v", "1.0 S2 → 2.2 k", "1.0 S2 → 2.2 v", "2.2 END → 3.1 q", "3.1 END → logits"]
        : ["0.1 S2 → 1.2 k", "0.1 S2 → 1.2 v", "1.2 END → 2.0 q", "2.0 END → logits"];

    [Theory, MemberData(nameof(Variants))]
    public void Path_patching_returns_exactly_the_planted_edges(bool byInduction)
    {
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using var planted = new PlantedCircuit(backend, byInduction);
        var (gpt, data, heads) = (planted.Gpt, planted.Data, Sender.Heads(planted.Gpt.Config));
        var found = new HashSet<string>();
        void Collect(IEnumerable<PathEffect> effects, Role role, string to)
        {
            foreach (var effect in effects)
            {
                var largest = effect.Effects.Max(Math.Abs);
                Assert.True(largest is < 1e-6 or > 1, $"{effect.Sender} {role.Name()} → {to}: {largest}");
                if (largest > 1)
                    found.Add($"{effect.Sender.Layer}.{effect.Sender.Head} {role.Name()} → {to}");
            }
        }
        Collect(PathPatching.Run(gpt, data.Pairs, heads, []), Role.End, Circuit.Logits);
        foreach (var role in Enum.GetValues<Role>())
        foreach (var head in heads.Where(head => head.Layer > 0))
        foreach (var part in AllParts)
            Collect(PathPatching.Run(gpt, data.Pairs, heads, [new Receiver(head.Layer, head.Head, part)], data.PositionsOf(role)), role,
                $"{head.Layer}.{head.Head} {part.Name()}");
        Assert.Equal(PlantedEdges(byInduction).Order(StringComparer.Ordinal), found.Order(StringComparer.Ordinal));
    }

    [Theory, MemberData(nameof(Variants))]
    public void Discovery_names_the_planted_heads_and_the_circuit_alone_does_the_task(bool byInduction)
    {
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using var planted = new PlantedCircuit(backend, byInduction);
        var circuit = CircuitDiscovery.Find(planted.Gpt, planted.Data);
        Assert.Equal(byInduction
            ? ["0.1 S1+1 previous token", "1.0 S2 induction", "2.2 END S-inhibition", "3.1 END name mover"]
            : ["0.1 S2 duplicate token", "1.2 END S-inhibition", "2.0 END name mover"],
            circuit.Nodes.Select(node => $"{node.Id} {node.Class}"));
        Assert.Equal(PlantedEdges(byInduction).Count, circuit.Edges.Count);

        using var measure = new CircuitMeasure(planted.Gpt, planted.Data);
        Assert.Equal((1.0, 10.0), (measure.Accuracy(), Math.Round(measure.Model().Mean, 3)));
        Assert.Equal(0, measure.Faithfulness(circuit).Mean, 1e-4);
        // Means over the few counterfactuals of a template hold, by chance, a name of the prompt:
        // the induction head finds it where the previous-token head is gone.
        Assert.All(measure.Completeness(circuit, seed: 1),
            incompleteness => Assert.InRange(incompleteness.Value, 0, byInduction ? 3 : 1e-4));
        Assert.All(measure.Minimality(circuit), minimality => Assert.True(minimality.Value > 1, $"{minimality}"));
        Assert.True(measure.Without(circuit.Nodes).Mean < 2);
    }

    [Fact]
    public void Invariants_of_circuits_hold()
    {
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using var planted = new PlantedCircuit(backend, byInduction: false);
        using var measure = new CircuitMeasure(planted.Gpt, planted.Data);
        var everything = new Circuit(3, 3, [.. from head in Sender.Heads(planted.Gpt.Config) from role in Enum.GetValues<Role>()
            select new CircuitNode(head.Layer, head.Head, role, "any")], []);
        Assert.Equal(measure.Model(), measure.Without([]));
        Assert.Equal(0, measure.Faithfulness(everything).Mean, 1e-4);

        // With no head missing, incompleteness is faithfulness.
        var broken = new Circuit(3, 3, [new(2, 0, Role.End, "name mover")], []);
        var none = measure.Completeness(broken, 1, random: 0).Single(incompleteness => incompleteness.How == "greedy");
        Assert.True(measure.Faithfulness(broken).Mean < -5);
        Assert.True(none.Value >= -measure.Faithfulness(broken).Mean);

        // With all heads missing, nothing is known of the names.
        var nothing = measure.Of(new Circuit(3, 3, [], []));
        Assert.True(Math.Abs(nothing.Mean) < 4 * nothing.StandardError);
    }

    [Fact]
    public void A_circuit_can_be_saved_drawn_and_measured_on_another_model()
    {
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using var planted = new PlantedCircuit(backend, byInduction: false);
        using var other = new PlantedCircuit(backend, byInduction: true);
        using var folder = new TemporaryFolder();
        var circuit = CircuitDiscovery.Find(planted.Gpt, planted.Data);
        circuit.Save(folder.File("circuit.json"));
        var again = Circuit.Load(folder.File("circuit.json"));
        Assert.Equal(circuit.Nodes, again.Nodes);
        Assert.Equal(circuit.Edges, again.Edges);
        using var measure = new CircuitMeasure(other.Gpt, other.Data);
        Assert.True(measure.Faithfulness(again).Mean < -5); // the other model does it by other heads
        Assert.Equal(circuit.Nodes.Count + 1, again.Draw("circuit").Marks.OfType<Pellucid.Pictures.Label>()
            .Count(label => label.Text.Contains('.', StringComparison.Ordinal) || label.Text == Circuit.Logits));

        File.WriteAllText(folder.File("broken.json"),
            """{"layers":3,"heads":3,"nodes":[{"layer":0,"head":1,"role":"S9","class":"x"}],"edges":[]}""");
        Assert.Contains("there is no role 'S9'",
            Assert.Throws<InvalidDataException>(() => Circuit.Load(folder.File("broken.json"))).Message, StringComparison.Ordinal);
        var foreign = circuit with { Nodes = [new(7, 0, Role.End, "x")] };
        Assert.Equal($"the circuit has head 7.0; the model has 3 layers of {planted.Gpt.Config.Heads} heads, counted from 0",
            Assert.Throws<ArgumentException>(() => foreign.RequireFit(planted.Gpt.Config)).Message);
    }
}
