using Pellucid.Looking;
using Pellucid.Looking.Memories;
using Pellucid.Looking.Probes;
using Pellucid.Looking.Relations;
using Pellucid.Looking.Senses;
using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tests.Models;

namespace Pellucid.Tests.Looking.Shapes;

/// <summary>Memories, relations, division of labour, states and senses on every shape, each beside forwards or sums by hand.</summary>
public sealed class KnowledgeTests
{
    public static TheoryData<string> Names => ShapedModel.Names;

    [Theory, MemberData(nameof(Names))]
    public void Memories_are_what_their_definitions_say(string name)
    {
        using var model = new ShapedModel(name);
        CorpusLine[] lines = [.. Enumerable.Range(0, 12).Select(line => new CorpusLine(SmallGpt.Tokens(7, 20 + line), null))];
        if (!model.HasNeurons)
        {
            ShapedModel.AssertRefused(() => NeuronMemories.Collect(model.Gpt, lines), model.NoNeurons);
            return;
        }
        var memories = NeuronMemories.Collect(model.Gpt, lines, top: 3);
        var report = new MemoryReport(memories, perturbed: model.Config.FeedForwardWidth);
        for (var layer = 0; layer < 3; layer++)
        {
            var post = lines.Select(line => model.Read(line.Tokens, Activation.MlpPost, layer)).ToArray();
            foreach (var neuron in (int[])[0, 17, 41])
            {
                // The last token of a line has nothing after it; of lines that begin alike, the same prefix counts once.
                var strongest = post.Select(rows => rows[..^1].Max(row => row[neuron]))
                    .Where(value => value > 0).Distinct().OrderDescending().Take(3);
                Assert.Equal(strongest, memories.Triggers(layer, neuron).Select(trigger => trigger.Coefficient));
                var value = model.Values(ParameterRole.FeedForwardOutput, layer)![(neuron * 24)..((neuron + 1) * 24)];
                Assert.Equal(Plain(model, value).Max(), report[layer, neuron].Value.Confidence, 1e-4);
            }
            AssertComposition(model, lines, report.Layers[layer].Composition);
            AssertPerturbation(model, memories, layer, report.Layers[layer].Perturbation);
        }
    }

    // Probabilities of a vector against the output table, with no LayerNorm between.
    private static double[] Plain(ShapedModel model, IReadOnlyList<double> vector)
    {
        var powers = model.Logits(vector).Select(Math.Exp).ToArray();
        return [.. powers.Select(power => power / powers.Sum())];
    }

    private static void AssertComposition(ShapedModel model, CorpusLine[] lines, MemoryComposition composition)
    {
        static int Top(double[] values) => Array.IndexOf(values, values.Max());
        static double[] Wide(float[] values) => [.. values.Select(value => (double)value)];
        var tops = lines.SelectMany(line =>
        {
            float[][] Read(Activation activation) => model.Read(line.Tokens, activation, composition.Layer);
            var (before, after, written) = (Read(Activation.ResidMid), Read(Activation.ResidPost), Read(Activation.MlpOut));
            return before.Select((row, i) =>
                (r: Top(model.Output(Wide(row))), y: Top(model.Output(Wide(after[i]))), o: Top(Plain(model, Wide(written[i])))));
        }).ToArray();
        Assert.Equal(tops.Length, composition.Positions);
        Assert.Equal(tops.Average(top => top.y == top.r && top.y != top.o ? 1.0 : 0), composition.Residual.Mean, 9);
        Assert.Equal(tops.Average(top => top.y == top.o && top.y != top.r ? 1.0 : 0), composition.FeedForward.Mean, 9);
        Assert.Equal(1,
            composition.Residual.Mean + composition.FeedForward.Mean + composition.Agreement.Mean + composition.Composition.Mean, 9);
    }

    private static void AssertPerturbation(ShapedModel model, NeuronMemories memories, int layer, MemoryPerturbation perturbation)
    {
        var changes = from neuron in Enumerable.Range(0, model.Config.FeedForwardWidth)
            from trigger in memories.Triggers(layer, neuron) where trigger.Position >= 2
                      let without = model.Read(trigger.Prefix[1..].ToArray(), Activation.MlpPost, layer)[^1][neuron]
                      select ((double)without - trigger.Coefficient) / trigger.Coefficient;
        var all = changes.ToArray();
        Assert.Equal(all.Length, perturbation.First.Count);
        Assert.Equal(all.Average(), perturbation.First.Mean, 1e-4 * all.Max(Math.Abs));
    }

    [Theory, MemberData(nameof(Names))]
    public void Relations_are_decoded_and_replaced_as_forwards_say(string name)
    {
        using var model = new ShapedModel(name);
        using var kept = new Arena(model.Gpt.Backend);
        RelationPrompt[] prompts = [.. Enumerable.Range(0, 4)
            .Select(i => new RelationPrompt(new RelationPair($"{i}", $"is {i}"), SmallGpt.Tokens(5, 40 + i), i, 20 + i))];
        var decoded = EarlyDecoding.Read(model.Gpt, prompts);
        foreach (var step in decoded[1].Steps)
        {
            var logits = model.Output([.. model.Read(prompts[1].Tokens, step.Activation, step.Layer)[^1].Select(value => (double)value)]);
            Assert.Equal((logits.Count(logit => logit > logits[1]), logits.Count(logit => logit > logits[21])),
                (step.ArgumentRank, step.AnswerRank));
        }
        if (!model.HasFeedForward)
        {
            ShapedModel.AssertRefused(() => RelationVector.Of(model.Gpt, prompts[0], 1), model.NoNeurons);
            ShapedModel.AssertRefused(() => EarlyDecoding.FunctionLayer(decoded), model.NoNeurons);
            return;
        }
        foreach (var left in FeedForwardRemoval.Measure(model.Gpt, prompts, prompts[..2]))
        {
            var taps = new Taps();
            for (var layer = 3 - left.Removed; layer < 3; layer++)
                taps.Edit(new TapEdit(Activation.MlpOut, layer, EditOperation.Scale, default, 0));
            double[] ranks = [.. prompts.Select(prompt => (double)new Distribution(
                model.Small.Logits(rows => rows.Add(prompt.Tokens), run => run.Taps = taps)[^1]).Rank(prompt.Answer))];
            Assert.Equal((ranks.Average(), ranks[..2].Average()), (left.Abstractive.Rank.Mean, left.Extractive.Rank.Mean));
        }
        var vector = RelationVector.Of(model.Gpt, prompts[0], 1);
        Assert.Equal(model.Read(prompts[0].Tokens, Activation.MlpOut, 1)[^1], vector.Values);
        var transfers = vector.Measure(model.Gpt, prompts, 1, 2);
        foreach (var standIn in (StandIn[])[StandIn.Unchanged, StandIn.Vector, StandIn.Zero])
        {
            var source = model.Rows(kept, 5, _ => vector.Values.Select(value => standIn == StandIn.Zero ? 0.0 : value));
            var ranks = prompts[1..].Select(prompt =>
            {
                var taps = new Taps();
                for (var layer = 1; layer <= 2 && standIn != StandIn.Unchanged; layer++)
                    taps.Edit(new TapEdit(Activation.MlpOut, layer, EditOperation.Replace, source));
                return (double)new Distribution(model.Small.Logits(rows => rows.Add(prompt.Tokens), run => run.Taps = taps)[^1])
                    .Rank(prompt.Answer);
            }).ToArray();
            Assert.Equal(ranks.Average(), transfers.Single(transfer => transfer.StandIn == standIn).Score.Rank.Mean, 9);
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void The_division_of_labour_is_that_of_forwards_without_neurons(string name)
    {
        using var model = new ShapedModel(name);
        Question[] questions = [.. Enumerable.Range(0, 6).Select(i => new Question(SmallGpt.Tokens(5, 60 + i), 2 * i, 2 * i + 1))];
        if (!model.HasFeedForward)
        {
            ShapedModel.AssertRefused(() => DivisionOfLabour.Measure(model.Gpt, questions, questions), model.NoNeurons);
            return;
        }
        foreach (var labour in DivisionOfLabour.Measure(model.Gpt, questions, questions[..2]))
        {
            var taps = new Taps();
            for (var layer = 3 - labour.Removed; layer < 3; layer++)
                taps.Edit(new TapEdit(Activation.MlpOut, layer, EditOperation.Scale, default, 0));
            var right = questions.Select(question =>
                PlainRun.LogitDifference(model.Small, question.Tokens, question.Right, question.Wrong, taps) > 0 ? 1.0 : 0).ToArray();
            Assert.Equal((right.Average(), right[..2].Average()), (labour.Recall, labour.Copying));
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void States_and_senses_are_those_of_the_stream(string name)
    {
        using var model = new ShapedModel(name);
        int[][] sentences = [SmallGpt.Tokens(6, 80), SmallGpt.Tokens(5, 81)];
        var states = LayerStates.Record(model.Gpt, sentences, [new(0, 4, -1, 0, "a"), new(1, 2, -1, 1, "b")]);
        Assert.Equal((4, 24), (states.Places.Count, states.Columns));
        float[] State(int sentence, int place, int position) => place == 0
            ? model.Read(sentences[sentence], Activation.ResidPre, 0)[position]
            : model.Read(sentences[sentence], Activation.ResidPost, place - 1)[position];
        for (var place = 0; place < 4; place++)
            Assert.Equal([.. State(0, place, 4), .. State(1, place, 2)], states.Places[place]);

        SenseOccurrence[] words = [new("w", "w: 1", "", sentences[0], 1, 3), new("w", "w: 2", "", sentences[1], 2, 2)];
        var report = SenseReport.Of(model.Gpt,
            new SenseData("hand", words, [new(0, 1, false, "homonym", double.NaN)], 0, new Dictionary<string, double[]>()));
        for (var place = 0; place < 4; place++)
        {
            float[] mean = [.. Enumerable.Range(0, 24)
                .Select(c => (float)Enumerable.Range(1, 3).Average(position => (double)State(0, place, position)[c]))];
            var cosine = System.Numerics.Tensors.TensorPrimitives.CosineSimilarity<float>(mean, State(1, place, 2));
            Assert.Equal(1 - cosine, report.Layers[place].Kinds[0].Different.Mean, 1e-5);
        }
    }

    // Words of two kinds, which the embedding tells apart whatever the shape.
    [Theory]
    [InlineData("GPT-1")]
    [InlineData("much at once")]
    public void Probes_read_the_stream_of_other_shapes(string name)
    {
        using var model = new ShapedModel(name);
        ProbeExample Example(int sentence) => new(sentence, 0, -1, sentence % 2, $"{sentence % 6}");
        var task = new ProbeTask("kind", ["even", "odd"], [.. Enumerable.Range(0, 48).Select(sentence => (int[])[sentence % 6, 9, 10])],
            [.. Enumerable.Range(0, 24).Select(Example)], [.. Enumerable.Range(24, 24).Select(Example)]);
        var report = ProbeReport.Of(model.Gpt, task);
        Assert.Equal(4, report.Places.Count);
        Assert.All(report.Places, place => Assert.Equal(1, place.Linear.Mean));
    }
}
