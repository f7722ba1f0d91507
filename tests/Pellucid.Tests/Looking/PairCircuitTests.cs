using Pellucid.Looking;
using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tests.Models;

namespace Pellucid.Tests.Looking;

public sealed class PairCircuitTests
{
    private const int Length = 8;

    private static readonly GptConfig Config = SmallGpt.Config with { Layers = 3 };

    private static readonly PromptPair Pair = new(new Question(SmallGpt.Tokens(Length), 5, 11),
        [.. SmallGpt.Tokens(Length)[..3], .. SmallGpt.Tokens(Length, 1)[3..]]);

    // Head, place, receiver and part, by the names of places that two planted circuits have.
    private static readonly Dictionary<bool, string[]> Planted = new()
    {
        [false] = ["0.1@S2 → 1.2@END k", "0.1@S2 → 1.2@END v", "1.2@END → 2.0@END q", "2.0@END → logits"],
        [true] = ["0.1@S1+1 → 1.0@S2 k", "1.0@S2 → 2.2@END k", "1.0@S2 → 2.2@END v", "2.2@END → 3.1@END q", "3.1@END → logits"],
    };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Two_prompts_are_enough_to_find_a_planted_circuit(bool byInduction)
    {
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using var planted = new PlantedCircuit(backend, byInduction);
        var pair = planted.Data.Pairs[0];
        var found = PairCircuitSearch.Find(planted.Gpt, pair, 0.05);
        string Named(string text) => Enum.GetValues<Role>().Reverse().Aggregate(text, (said, role) =>
            said.Replace($"@{planted.Data.PositionOf(role, 0)}", $"@{role.Name()}", StringComparison.Ordinal));
        var edges = found.Edges.Select(edge => Named($"{edge.From} → {edge.To} {edge.Part}".TrimEnd())).ToArray();
        Assert.Empty(Planted[byInduction].Except(edges));
        Assert.All(found.Nodes, node => Assert.Contains(Planted[byInduction], edge =>
            edge.StartsWith($"{node.Layer}.{node.Head}@", StringComparison.Ordinal)));
        var worth = PairCircuitWorth.Of(planted.Gpt, pair, found);
        Assert.Equal(1, worth.Kept, 0.02);
        Assert.Equal(pair.Base.LogitDifference(planted.Gpt), worth.Base);
        Assert.Equal(found.Nodes.Count, found.Draw("found", planted.Gpt.Config.Layers,
            [.. pair.Base.Tokens.Select(token => planted.Tokenizer.Decode([token]))]).Marks.OfType<Pellucid.Pictures.Box>()
            .Count(box => box.Tip is not null));
    }

    [Fact]
    public void Every_edge_is_a_path_of_its_own_and_none_is_missing()
    {
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using var model = new SmallGpt(backend, Config);
        using var kept = new Arena(backend);
        var way = Math.Abs(Pair.Base.LogitDifference(model.Gpt) - (Pair.Base with { Tokens = Pair.Source }).LogitDifference(model.Gpt));
        var found = PairCircuitSearch.Find(model.Gpt, Pair, 0.05);
        Assert.NotEmpty(found.Nodes);
        var expected = new HashSet<(string, string, string, double)>();
        void Ask(string to, string part, Receiver[] receivers, int below, int position)
        {
            foreach (var sender in Sender.Heads(Config).Where(sender => sender.Layer < below))
                if (FourPasses.Effect(model, kept, Pair, sender, receivers, position, false) is var effect
                    && Math.Abs(effect) >= 0.05 * way)
                    expected.Add(($"{sender.Layer}.{sender.Head}@{position}", to, part, effect));
        }
        Ask(Circuit.Logits, "", [], Config.Layers, Length - 1);
        foreach (var node in found.Nodes)
        foreach (var part in (Activation[])[Activation.Q, Activation.K, Activation.V])
        for (var position = part == Activation.Q ? node.Position : 0; position <= node.Position; position++)
            Ask(node.Notation, part.Name(), [new(node.Layer, node.Head, part)], node.Layer, position);
        Assert.Equal(expected.Order(), found.Edges.Select(edge => (edge.From, edge.To, edge.Part, edge.Effect)).Order());
    }

    [Fact]
    public void What_a_circuit_is_worth_equals_whole_forwards()
    {
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using var model = new SmallGpt(backend, Config);
        using var kept = new Arena(backend);
        var circuit = new PairCircuit([new(Activation.Z, 0, 1, Position: 3), new(Activation.Z, 2, 0, Position: Length - 1)], []);
        double Put(Func<int, int, int, bool> isTaken)
        {
            kept.Reset();
            var taps = new Taps();
            for (var layer = 0; layer < Config.Layers; layer++)
            {
                var source = PlainRun.Keep(model, kept, Pair.Source, Activation.Z, layer);
                for (var head = 0; head < Config.Heads; head++)
                for (var position = 0; position < Length; position++)
                    if (isTaken(layer, head, position))
                        taps.Edit(new TapEdit(Activation.Z, layer, EditOperation.Replace, source, 1, position, 1, head));
            }
            return PlainRun.LogitDifference(model, Pair.Base.Tokens, 5, 11, taps);
        }
        bool IsNode(int layer, int head, int position) => circuit.Nodes.Contains(new(Activation.Z, layer, head, Position: position));
        var worth = PairCircuitWorth.Of(model.Gpt, Pair, circuit);
        Assert.Equal(Put((layer, head, position) => !IsNode(layer, head, position)), worth.Alone);
        Assert.Equal(Put(IsNode), worth.Without);
        Assert.Equal(PlainRun.LogitDifference(model, Pair.Source, 5, 11), worth.Source);
    }

    [Fact]
    public void What_cannot_be_searched_is_refused()
    {
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using var model = new SmallGpt(backend, Config);
        string Said(PromptPair pair, double share = 0.1) =>
            Assert.Throws<ArgumentException>(() => new PairCircuitSearch(model.Gpt, pair, share)).Message;
        Assert.Contains("must align", Said(Pair with { Source = Pair.Source[1..] }), StringComparison.Ordinal);
        Assert.Contains("nothing to find", Said(Pair with { Source = Pair.Base.Tokens }), StringComparison.Ordinal);
        Assert.Contains("above 0", Said(Pair, 0), StringComparison.Ordinal);
    }

    [Fact]
    public void A_sweep_comes_layer_by_layer_with_the_same_cells()
    {
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using var model = new SmallGpt(backend, Config);
        var steps = ActivationPatching.Stepwise(model.Gpt, [Pair], new PatchSweep(Activation.Z, PatchAxes.Heads)).ToArray();
        Assert.Equal([3, 6, 9], steps.Select(step => step.Cells.Count));
        Assert.Equal(steps[0].Cells, steps[^1].Cells.Take(3));
    }
}
