using System.Text;
using Pellucid.Looking;
using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tests.Models;
using Pellucid.Tokens;
using Pellucid.Worlds;

namespace Pellucid.Tests.Looking.Shapes;

/// <summary>Circuits on other shapes: how much of the task is left, and who is found.</summary>
public sealed class CircuitTests
{
    private static readonly string[] People = ["Anna", "Ben", "Clara", "Dave", "Emma", "Fred"];
    private static readonly string[] Places = ["park", "farm"], Things = ["ring", "book"];

    private static readonly Lazy<Tokenizer> Words =
        new(() => BpeTrainer.Train(Encoding.UTF8.GetBytes(new IndirectObject(1, People, Places, Things).Text(600)), 4000));

    public static TheoryData<string> Names => ShapedModel.Names;

    [Theory, MemberData(nameof(Names))]
    public void What_is_left_without_heads_is_what_forwards_say(string name)
    {
        var data = new IndirectObjectData(Words.Value, new IndirectObject(3, People, Places, Things).Balanced(2));
        using var model = new ShapedModel(name, Words.Value.VocabularySize);
        using var kept = new Arena(model.Gpt.Backend);
        using var measure = new CircuitMeasure(model.Gpt, data);
        CircuitNode[] gone = [new(0, 3, Role.S2, "x"), new(2, 1, Role.End, "x")];
        var left = measure.Without(gone);
        var differences = Enumerable.Range(0, data.Count).Select(prompt =>
        {
            var (taps, length) = (new Taps(), data.Pairs[prompt].Base.Tokens.Length);
            var others = Enumerable.Range(0, data.Count)
                .Where(other => data.GroupOf(other) == data.GroupOf(prompt))
                .Select(other => data.Pairs[other].Source).ToArray();
            foreach (var node in gone)
            {
                var z = others.Select(tokens => model.Read(tokens, Activation.Z, node.Layer)).ToArray();
                var means = model.Rows(kept, length,
                    position => Enumerable.Range(0, z[0][0].Length).Select(c => z.Average(rows => (double)rows[position][c])));
                taps.Edit(new TapEdit(Activation.Z, node.Layer, EditOperation.Replace, means, 1,
                    data.PositionOf(node.Role, prompt), 1, node.Head));
            }
            var question = data.Questions[prompt];
            return PlainRun.LogitDifference(model.Small, question.Tokens, question.Right, question.Wrong, taps);
        });
        Assert.Equal(differences.Average(), left.Mean, 1e-5);
        Assert.NotEqual(measure.Model().Mean, left.Mean);

        // A circuit of every head at every role takes away what stands elsewhere alone; of none, everything.
        var everything = new Circuit(3, 4, [.. from head in Sender.Heads(model.Config) from role in Enum.GetValues<Role>()
            select new CircuitNode(head.Layer, head.Head, role, "any")], []);
        Assert.NotEqual(measure.Of(everything).Mean, measure.Of(everything.Without([.. everything.Nodes])).Mean);
    }

    // A model of random weights has no circuit to speak of; but of prompts that it happens to answer right, some heads are the
    // reason. Those that discovery joins to the logits are those that whole forwards join: everything else's heads held.
    [Theory, MemberData(nameof(Names))]
    public void Heads_that_discovery_joins_to_the_logits_are_those_that_forwards_do(string name)
    {
        using var model = new ShapedModel(name, Words.Value.VocabularySize);
        var all = new IndirectObjectData(Words.Value, new IndirectObject(3, People, Places, Things).Balanced(4));
        var differences = all.Questions.Select(question =>
            PlainRun.LogitDifference(model.Small, question.Tokens, question.Right, question.Wrong)).ToArray();
        var right = Enumerable.Range(0, all.Count).OrderByDescending(prompt => differences[prompt]).Take(all.Count / 4).ToList();
        var data = new IndirectObjectData(Words.Value, [.. right.Select(prompt => all.Texts[prompt])]);
        var circuit = CircuitDiscovery.Find(model.Gpt, data, share: 0.01);
        var whole = right.Average(prompt => differences[prompt]);
        if (whole < 0.5)
        {
            Assert.Empty(circuit.Nodes);
            return;
        }
        var found = circuit.Edges.Where(edge => edge.To == Circuit.Logits).ToDictionary(edge => edge.From, edge => edge.Effect);
        foreach (var sender in Sender.Heads(model.Config))
        {
            var effects = Enumerable.Range(0, data.Count).Select(prompt => EffectOnLogits(model, data, prompt, sender)).ToArray();
            var effect = Estimate.Of(effects);
            var counts = Math.Abs(effect.Mean) >= 0.01 * whole && Math.Abs(effect.Mean) >= 3 * effect.StandardError;
            var edge = found.GetValueOrDefault(new CircuitNode(sender.Layer, sender.Head, Role.End, "").Id);
            Assert.Equal(counts ? effect.Mean : 0, edge, 1e-4);
        }
    }

    // Every head's z held as it was, but the sender's at the end, which is the counterfactual's.
    private static double EffectOnLogits(ShapedModel model, IndirectObjectData data, int prompt, Sender sender)
    {
        using var arena = new Arena(model.Gpt.Backend);
        var (pair, taps) = (data.Pairs[prompt], new Taps());
        var length = pair.Base.Tokens.Length;
        for (var layer = 0; layer < model.Config.Layers; layer++)
        {
            var (held, other) = (model.Read(pair.Base.Tokens, Activation.Z, layer), model.Read(pair.Source, Activation.Z, layer));
            var D = model.Config.HeadWidth;
            if (layer == sender.Layer)
                other[^1].AsSpan(sender.Head * D, D).CopyTo(held[^1].AsSpan(sender.Head * D, D));
            taps.Edit(new TapEdit(Activation.Z, layer, EditOperation.Replace,
                model.Rows(arena, length, position => held[position].Select(value => (double)value))));
        }
        return PlainRun.LogitDifference(model.Small, pair.Base.Tokens, pair.Base.Right, pair.Base.Wrong, taps)
            - PlainRun.LogitDifference(model.Small, pair.Base.Tokens, pair.Base.Right, pair.Base.Wrong);
    }

    // A head that asks by itself, and one beside it that reads the same keys and values and writes nothing.
    [Fact]
    public void The_planted_circuit_is_found_where_its_heads_share_keys_and_values_with_others()
    {
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using var planted = new PlantedCircuit(backend, byInduction: false);
        using var grouped = InGroupsOfTwo(planted.Gpt);
        var circuit = CircuitDiscovery.Find(grouped, planted.Data);
        Assert.Equal(["0.2 S2 duplicate token", "1.4 END S-inhibition", "2.0 END name mover"],
            circuit.Nodes.Select(node => $"{node.Id} {node.Class}"));
        Assert.Equal(CircuitDiscovery.Find(planted.Gpt, planted.Data).Edges.Select(edge => Math.Round(edge.Effect, 3)),
            circuit.Edges.Select(edge => Math.Round(edge.Effect, 3)));
    }

    private static Gpt InGroupsOfTwo(Gpt gpt)
    {
        var (H, D, C) = (gpt.Config.Heads, gpt.Config.HeadWidth, gpt.Config.Width);
        var grouped = new Gpt(gpt.Config with { Heads = 2 * H, KeyValueHeads = H, HeadWidth = D }, gpt.Backend);
        for (var index = 0; index < gpt.Layout.Count; index++)
        {
            var values = new float[gpt.Layout[index].Shape.Count];
            gpt.Parameters.Read(index, values);
            grouped.Parameters.Write(index, gpt.Layout[index].Role switch
            {
                ParameterRole.AttentionInput or ParameterRole.AttentionInputBias =>
                    [.. values.Chunk(3 * H * D).SelectMany(row => Doubled(row.AsSpan(0, H * D), D).Concat(row[(H * D)..]))],
                ParameterRole.AttentionOutput => Doubled(values, D * C),
                _ => values,
            });
        }
        return grouped;
    }

    // Every head's part, and as many zeros.
    private static float[] Doubled(ReadOnlySpan<float> values, int part) =>
        [.. values.ToArray().Chunk(part).SelectMany(own => own.Concat(new float[part]))];
}
