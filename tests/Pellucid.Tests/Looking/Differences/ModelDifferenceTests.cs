using Pellucid.Looking;
using Pellucid.Looking.Differences;
using Pellucid.Models;
using Pellucid.Tests.Models;

namespace Pellucid.Tests.Looking.Differences;

/// <summary>What tells two models apart: nothing of equal ones; of one with a changed part, that part and what follows it.</summary>
public sealed class ModelDifferenceTests
{
    private static readonly Prompts Texts = new([SmallGpt.Tokens(12), SmallGpt.Tokens(7, salt: 2)]);

    [Fact]
    public void Equal_models_differ_in_nothing()
    {
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using var model = new SmallGpt(backend);
        var found = ModelDifference.Of(model.Gpt, model.Gpt, Texts);
        Assert.Equal((0, 0), (found.Divergence, found.Changed));
        Assert.Equal(found.Loss.Before, found.Loss.After);
        Assert.All(found.Layers, layer => Assert.Equal((0, 0, 0, 0, 0),
            (layer.Weights, layer.Attention, layer.FeedForward, layer.Residual, layer.Divergence)));
        Assert.All(found.Heads, head => Assert.Equal((0, 0, head.Before), (head.Pattern, head.Output, head.After)));
    }

    // The feed-forward layer of layer 1 writes twice as much: nothing before it changes, its own share is 1.
    [Fact]
    public void A_changed_part_is_found_where_it_is()
    {
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using var model = new SmallGpt(backend);
        using var other = new SmallGpt(backend);
        foreach (var role in (ParameterRole[])[ParameterRole.FeedForwardOutput, ParameterRole.FeedForwardOutputBias])
            Multiply(other.Gpt, role, 1, 2);
        var found = ModelDifference.Of(model.Gpt, other.Gpt, Texts);
        Assert.Equal((0, 0, 0, 0, 0), (found.Layers[0].Weights, found.Layers[0].Attention, found.Layers[0].FeedForward,
            found.Layers[0].Residual, found.Layers[0].Divergence));
        Assert.Equal((0, 1), (found.Layers[1].Attention, Math.Round(found.Layers[1].FeedForward, 5)));
        Assert.True(found.Layers[1].Weights is > 0.1 and < 1 && found.Layers[1].Residual > 0 && found.Divergence > 0);
        Assert.All(found.Heads.Where(head => head.Before.Layer <= 1), head => Assert.Equal((0, 0), (head.Pattern, head.Output)));
        Assert.Equal(found.Divergence, found.Layers[^1].Divergence);
        Assert.Equal(MeanLoss(other.Gpt), found.Loss.After, 1e-6);
        Assert.Equal(MeanLoss(model.Gpt), found.Loss.Before, 1e-6);
    }

    // Queries of all heads of layer 0 turned about: patterns change, values and so the sum of what is written do not vanish.
    [Fact]
    public void Heads_that_look_elsewhere_are_told_by_how_far_their_patterns_are_apart()
    {
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using var model = new SmallGpt(backend);
        using var other = new SmallGpt(backend);
        Multiply(other.Gpt, ParameterRole.AttentionInput, 0, -30, columns: model.Gpt.Config.Width);
        var found = ModelDifference.Of(model.Gpt, other.Gpt, Texts);
        var moved = found.Heads.Where(head => head.Before.Layer == 0).ToArray();
        Assert.All(moved, head => Assert.InRange(head.Pattern, 1e-3, 1));
        Assert.All(moved, head => Assert.NotEqual(head.Before.Entropy, head.After.Entropy));
    }

    [Fact]
    public void Models_of_two_shapes_are_refused()
    {
        using var backend = TestBackends.Create("reference");
        using var model = new SmallGpt(backend);
        using var other = new SmallGpt(backend, SmallGpt.Config with { Layers = SmallGpt.Config.Layers + 1 });
        Assert.Contains($"the first model has {SmallGpt.Config.Layers} layers, the second {SmallGpt.Config.Layers + 1}",
            Assert.Throws<ArgumentException>(() => ModelDifference.Of(model.Gpt, other.Gpt, Texts)).Message);
    }

    private static double MeanLoss(Gpt gpt)
    {
        using var small = new SmallGpt(gpt);
        var losses = new List<double>();
        for (var prompt = 0; prompt < Texts.Count; prompt++)
        {
            var logits = small.Logits(rows => rows.Add(Texts[prompt]));
            for (var i = 0; i + 1 < logits.Length; i++)
                losses.Add(-new Distribution(logits[i]).LogProbability(Texts[prompt][i + 1]));
        }
        return losses.Average();
    }

    private static void Multiply(Gpt gpt, ParameterRole role, int layer, float factor, int? columns = null)
    {
        var index = gpt.IndexOf(role, layer);
        var (values, width) = (new float[gpt.Layout[index].Shape.Count], gpt.Layout[index].Shape.Columns);
        gpt.Parameters.Read(index, values);
        for (var i = 0; i < values.Length; i++)
            values[i] *= i % width < (columns ?? width) ? factor : 1;
        gpt.Parameters.Write(index, values);
    }
}
