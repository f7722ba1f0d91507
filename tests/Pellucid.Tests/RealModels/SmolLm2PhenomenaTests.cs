using System.Text.Json;
using Pellucid.Looking;
using Pellucid.Models;

namespace Pellucid.Tests.RealModels;

/// <summary>What the literature describes, found in a real model by our instruments, on the very tokens on which it was recorded.</summary>
[Collection(nameof(SmolLm2))]
public sealed class SmolLm2PhenomenaTests(SmolLm2 model)
{
    private const int Half = 64;

    [Fact]
    public void Heads_look_where_they_were_seen_to_look_on_repeated_tokens()
    {
        using var phenomena = SmolLm2.Phenomena();
        var induction = phenomena.RootElement.GetProperty("induction");
        var summaries = HeadSummary.Of(model.Plain.Gpt, Sequences(induction));
        var recorded = induction.GetProperty("heads").EnumerateArray().ToArray();
        Assert.Equal(270, summaries.Count);
        foreach (var (summary, head) in summaries.Zip(recorded))
        {
            Assert.Equal((head.GetProperty("layer").GetInt32(), head.GetProperty("head").GetInt32()), (summary.Layer, summary.Head));
            Assert.Equal(head.GetProperty("previous").GetDouble(), summary.PreviousToken, 1e-4);
            // The record leaves the last row out of induction, and we count a token that chance draws twice within a half.
            Assert.Equal(head.GetProperty("induction").GetDouble(), summary.Induction, 0.03);
            Assert.Equal(head.GetProperty("duplicate").GetDouble(), summary.DuplicateToken, 0.03);
        }
        string[] Strongest(Func<HeadSummary, double> score, int count) =>
            [.. summaries.OrderByDescending(score).Take(count).Select(summary => $"{summary.Layer}.{summary.Head}")];
        Assert.Equal(["18.6", "17.3"], Strongest(summary => summary.Induction, 2));
        Assert.Equal(["16.0", "11.1"], Strongest(summary => summary.PreviousToken, 2));
    }

    [Fact]
    public void Without_its_induction_heads_it_cannot_repeat_and_without_as_many_others_it_can()
    {
        using var phenomena = SmolLm2.Phenomena();
        var induction = phenomena.RootElement.GetProperty("induction");
        var recorded = induction.GetProperty("ablation");
        // The first of the second half cannot be known: nothing tells yet that anything is repeated.
        using var ablation = new Ablation(model.Plain.Gpt, Sequences(induction), AblationKind.Zero, from: Half + 1);
        Assert.Equal(induction.GetProperty("mean_nll_second_half").GetDouble(), ablation.Loss.Mean, 5e-3);
        var without = ablation.Sets([Heads(recorded.GetProperty("strongest_10")), Heads(recorded.GetProperty("random_10"))]);
        Assert.Equal(recorded.GetProperty("nll_first_second")[1].GetDouble(), without[0].Loss.Mean, 5e-2);
        Assert.Equal(recorded.GetProperty("nll_first_second_random")[1].GetDouble(), without[1].Loss.Mean, 5e-2);
        using var whole = new Ablation(model.Plain.Gpt, Sequences(induction), AblationKind.Zero);
        var first = (whole.Loss.Mean * (2 * Half - 1) - ablation.Loss.Mean * (Half - 1)) / Half;
        Assert.Equal(induction.GetProperty("mean_nll_first_half").GetDouble(), first, 5e-2);
    }

    private static Prompts Sequences(JsonElement induction) => new(induction.GetProperty("sequences").EnumerateArray()
        .Select(sequence => sequence.EnumerateArray().Select(id => id.GetInt32()).ToArray()));

    private static IReadOnlyList<Component> Heads(JsonElement heads) => [.. heads.EnumerateArray()
        .Select(head => new Component(Activation.Z, head[0].GetInt32(), head[1].GetInt32()))];
}
