using System.Numerics.Tensors;
using Pellucid.Looking;
using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tokens;

namespace Pellucid.Tests.Looking.Shapes;

/// <summary>Experiments and neurons on every shape.</summary>
public sealed class ExperimentTests
{
    private const string Text = "a cat sat";

    private static readonly CharacterTokenizer Tokenizer = new([.. "\n abcdefghijklmnopqrstuvwxyz".EnumerateRunes()]);

    private static readonly int[] Tokens = Tokenizer.Encode(Text);

    public static TheoryData<string> Names => ShapedModel.Names;

    [Theory, MemberData(nameof(Names))]
    public void Every_activation_is_that_of_a_whole_forward_bit_for_bit(string name)
    {
        using var model = new ShapedModel(name);
        using var run = Run(model);
        foreach (var (activation, layer) in ActivationCache.Places(model.Config))
        {
            var (ours, theirs) = (run.Values(activation, layer).Values,
                model.Read(Tokens, activation, layer).SelectMany(row => row).ToArray());
            for (var i = 0; i < theirs.Length; i++)
                if (activation is not (Activation.AttnScores or Activation.Pattern)
                    || i % Tokens.Length <= i / Tokens.Length % Tokens.Length)
                    Assert.Equal(theirs[i], ours[i]);
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void The_products_of_a_query_and_a_key_sum_to_the_score(string name)
    {
        using var model = new ShapedModel(name);
        using var run = Run(model);
        for (var layer = 0; layer < 3; layer++)
        {
            var (scores, pattern) = (model.Read(Tokens, Activation.AttnScores, layer), model.Read(Tokens, Activation.Pattern, layer));
            for (var head = 0; head < 4; head++)
            {
                var detail = run.Detail(layer, head, 7, 6); // which every window here holds
                Assert.Equal(model.Config.HeadWidth, detail.Products.Length);
                Assert.Equal((scores[head * 9 + 7][6], pattern[head * 9 + 7][6]), ((float)detail.Score, (float)detail.Weight));
                var (sum, cap) = ((double)detail.Products.Sum(), model.Config.ScoreCap);
                Assert.Equal(detail.Score, cap == 0 ? sum : cap * Math.Tanh(sum / cap), 1e-4 * Math.Max(1, Math.Abs(detail.Score)));
            }
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void A_query_is_made_of_scores_weights_and_values_that_mix(string name)
    {
        using var model = new ShapedModel(name);
        using var run = Run(model);
        for (var layer = 0; layer < 3; layer++)
        {
            var (scores, pattern) = (model.Read(Tokens, Activation.AttnScores, layer), model.Read(Tokens, Activation.Pattern, layer));
            for (var head = 0; head < 4; head++)
            {
                var row = run.Row(layer, head, 7);
                Assert.Equal(scores[head * 9 + 7][..8], row.Scores);
                Assert.Equal(pattern[head * 9 + 7][..8], row.Weights);
                for (var column = 0; column < model.Config.HeadWidth; column++)
                    Assert.Equal(row.Values.Select((value, key) => (double)row.Weights[key] * value[column]).Sum(), row.Mixed[column],
                        1e-4);
            }
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void A_place_of_the_stream_says_what_the_lens_reads_there(string name)
    {
        using var model = new ShapedModel(name);
        using var run = Run(model);
        foreach (var reading in LogitLens.Read(model.Gpt, run.Residuals, top: 1, wanted: (_, position) => position == 5))
        {
            var said = new Distribution(run.Logits(reading.Activation, reading.Layer, 5));
            Assert.Equal(reading.Top[0].Probability, said.Probability(reading.Top[0].Token), 1e-6);
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void A_change_does_what_the_same_edit_does(string name)
    {
        using var model = new ShapedModel(name);
        using var arena = new Arena(model.Gpt.Backend);
        var source = model.Rows(arena, 9,
            position => model.Read(Tokenizer.Encode("a dog ran"), Activation.ResidPost, 1)[position].Select(value => (double)value));
        (string Change, TapEdit Edit)[] changes =
        [
            ("1.3=0", new(Activation.Z, 1, EditOperation.Scale, default, 0, Head: 3)),
            ("a1*0.5", new(Activation.AttnOut, 1, EditOperation.Scale, default, 0.5f)),
            ("r1@4=source", new(Activation.ResidPost, 1, EditOperation.Replace, source, 1, 4, 1)),
            .. ((string, TapEdit)[])(model.HasNeurons
                ? [("n2.41*-2", new(Activation.MlpPost, 2, EditOperation.Scale, default, -2, Column: 41))] : []),
        ];
        foreach (var (change, edit) in changes)
        {
            using var run = Run(model, change);
            Assert.Equal(model.Small.Logits(rows => rows.Add(Tokens), forward => forward.Taps = new Taps().Edit(edit))[^1], run.Logits(8));
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void Neurons_are_active_and_speak_as_their_rows_say(string name)
    {
        using var model = new ShapedModel(name);
        using var run = Run(model);
        var (neurons, F) = (new Neurons(model.Gpt), model.Config.FeedForwardWidth);
        if (!model.HasNeurons)
        {
            ShapedModel.AssertRefused(() => neurons.MostActive(run, 4, 2), model.NoNeurons);
            ShapedModel.AssertRefused(() => neurons.ValueTokens(1, 0, 2), model.NoNeurons);
            ShapedModel.AssertRefused(() => neurons.Search(8, 1), model.NoNeurons);
            return;
        }
        double[] Row(int layer, int neuron) => model.Values(ParameterRole.FeedForwardOutput, layer)![(neuron * 24)..((neuron + 1) * 24)];
        var active = (from layer in Enumerable.Range(0, 3) let post = model.Read(Tokens, Activation.MlpPost, layer)[4]
            from neuron in Enumerable.Range(0, F)
                      select (layer, neuron, Length: Math.Abs(post[neuron]) * Math.Sqrt(Row(layer, neuron).Sum(value => value * value))))
                      .OrderByDescending(one => one.Length).Take(5);
        Assert.Equal(active.Select(one => (one.layer, one.neuron)), neurons.MostActive(run, 4, 5).Select(one => (one.Layer, one.Index)));

        var said = model.Products(Read(model, Row(2, 17), 2));
        Assert.Equal(Enumerable.Range(0, said.Length).OrderByDescending(token => said[token]).Take(3),
            neurons.ValueTokens(2, 17, 3).Select(one => one.Token));
        Assert.Equal(said.Max(), neurons.ValueTokens(2, 17, 1)[0].Score, 1e-4);
        Assert.Equal(said.Min(), neurons.ValueTokens(2, 17, 1, against: true)[0].Score, 1e-4);
        var found = neurons.Search(8, 1)[0];
        Assert.All(Enumerable.Range(0, F), neuron => Assert.True(Cosine(model, Read(model, Row(1, neuron), 1), 8) <= found.Cosine + 1e-6));
        Assert.Equal(Cosine(model, Read(model, Row(found.Layer, found.Index), found.Layer), 8), found.Cosine, 1e-5);
    }

    // As the output reads it: with the mean and the gain of the last normalisation, without deviation and bias; and before that with
    // the gain of a normalisation of what the layer says.
    private static double[] Read(ShapedModel model, double[] value, int layer)
    {
        if (model.Values(ParameterRole.FeedForwardOutputNormGain, layer) is { } gain)
            value = [.. value.Select((part, c) => part * gain[c])];
        return model.Config.HasFinalNorm ? model.Normalised(value, model.Values(ParameterRole.FinalNormGain), null, deviation: 1) : value;
    }

    private static double Cosine(ShapedModel model, double[] read, int token) => TensorPrimitives.CosineSimilarity<double>(read,
        model.Values(model.Config.TiedOutput ? ParameterRole.TokenTable : ParameterRole.OutputTable)!.AsSpan(token * 24, 24));

    private static ExperimentRun Run(ShapedModel model, params string[] changes) =>
        new(model.Gpt, Tokenizer, new Experiment(Text, "a dog ran", [.. changes.Select(Intervention.Parse)]));
}
