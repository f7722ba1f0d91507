using Pellucid.Looking;
using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tests.Models;

namespace Pellucid.Tests.Looking.Shapes;

/// <summary>Ablation and patching on every shape, each held to one whole forward with the same change.</summary>
public sealed class EditTests
{
    private static readonly PromptPair Pair = ShapedModel.Pair;

    public static TheoryData<string> Names => ShapedModel.Names;

    [Theory, MemberData(nameof(Names))]
    public void Ablation_equals_a_forward_without_the_piece_bit_for_bit(string name)
    {
        using var model = new ShapedModel(name);
        var last = model.Config.KeyValueHeads - 1;
        Component[] components = [new(Activation.Z, 0, 3), new(Activation.Q, 1, 2), new(Activation.K, 1, last),
            new(Activation.V, 2, last, Position: 2), new(Activation.AttnOut, 1),
            .. (Component[])(model.HasFeedForward ? [new(Activation.MlpOut, 0)] : []),
            .. (Component[])(model.HasNeurons ? [new(Activation.MlpPost, 2, Neuron: 41)] : []),
            .. (Component[])(model.Config.Experts is null ? [] : [new(Activation.RouterLogits, 2, Neuron: 3)])];
        using var ablation = new Ablation(model.Gpt, new Prompts([Pair.Base.Tokens]), AblationKind.Zero, questions: [Pair.Base]);
        foreach (var (component, result) in components.Zip(ablation.Each(components)))
        {
            var (row, count) = component.Position < 0 ? (0, 6) : (component.Position, 1);
            var without = new TapEdit(component.Activation, component.Layer, EditOperation.Scale, default, 0, row, count,
                component.Head, component.Neuron);
            Assert.Equal(model.Difference(without), result.LogitDifference!.Value.Mean);
            Assert.NotEqual(0, result.LogitDifferenceChange!.Value.Mean);
        }
        if (!model.HasFeedForward)
            ShapedModel.AssertRefused(() => ablation.Each([new(Activation.MlpOut, 0)]), model.NoNeurons + ", and so no mlp_out");
        if (!model.HasNeurons)
            ShapedModel.AssertRefused(() => ablation.Each([new(Activation.MlpPost, 0, Neuron: 1)]), model.NoNeurons);
        ShapedModel.AssertRefused(() => ablation.Each([new(Activation.K, 0, last + 1)]), $"heads 0 to {last}");
    }

    [Theory, MemberData(nameof(Names))]
    public void Every_cell_of_every_sweep_equals_a_forward_of_its_own_bit_for_bit(string name)
    {
        using var model = new ShapedModel(name);
        using var kept = new Arena(model.Gpt.Backend);
        var whole = model.Difference();
        foreach (var sweep in model.Sweeps)
        {
            kept.Reset();
            var sources = Enumerable.Range(0, 3)
                .Select(layer => PlainRun.Keep(model.Small, kept, Pair.Source, sweep.Activation, layer)).ToArray();
            var result = ActivationPatching.Run(model.Gpt, [Pair], sweep);
            Assert.Equal(3 * (sweep.Axes == PatchAxes.Positions ? 1 : model.Config.HeadsOf(sweep.Activation))
                * (sweep.Axes == PatchAxes.Heads ? 1 : 6), result.Cells.Count);
            foreach (var cell in result.Cells)
            {
                var (row, count) = cell.Position < 0 ? (0, 6) : (cell.Position, 1);
                var edit = new TapEdit(sweep.Activation, cell.Layer, EditOperation.Replace, sources[cell.Layer], 1, row, count, cell.Head);
                Assert.Equal(model.Difference(edit) - whole, cell.Effect.Mean);
            }
            Assert.Contains(result.Cells, cell => cell.Effect.Mean != 0);
        }
    }

    // Heads of keys and values are fewer than heads that ask: who counts the wrong ones patches other columns.
    [Theory]
    [InlineData("grouped heads", Activation.K)]
    [InlineData("grouped heads", Activation.V)]
    [InlineData("much at once", Activation.K)]
    [InlineData("much at once", Activation.V)]
    public void A_head_of_keys_or_values_changes_the_heads_of_its_group_and_no_other(string name, Activation part)
    {
        using var model = new ShapedModel(name);
        using var kept = new Arena(model.Gpt.Backend);
        var (source, D) = (PlainRun.Keep(model.Small, kept, Pair.Source, part, 1), model.Config.HeadWidth);
        var effects = ActivationPatching.Run(model.Gpt, [Pair], new PatchSweep(part, PatchAxes.Heads)).Cells
            .Where(cell => cell.Layer == 1).ToArray();
        Assert.Equal(2, effects.Length);
        var before = model.Read(Pair.Base.Tokens, Activation.Z, 1);
        for (var group = 0; group < 2; group++)
        {
            var after = model.Read(Pair.Base.Tokens, Activation.Z, 1, new TapEdit(part, 1, EditOperation.Replace, source, Head: group));
            for (var head = 0; head < 4; head++)
                Assert.Equal(head / 2 != group,
                    before.Zip(after).All(row => row.First.AsSpan(head * D, D).SequenceEqual(row.Second.AsSpan(head * D, D))));
            // What those heads then write is all that the patch does.
            var z = model.Rows(kept, 6, position => after[position].Select(value => (double)value));
            TapEdit[] heads = [.. Enumerable.Range(2 * group, 2)
                .Select(head => new TapEdit(Activation.Z, 1, EditOperation.Replace, z, Head: head))];
            Assert.Equal(model.Difference(heads) - model.Difference(), effects[group].Effect.Mean);
        }
    }

    // The slope of the logit difference along the way from one prompt's activation to the other's, by a small step to either side.
    [Theory, MemberData(nameof(Names))]
    public void Attribution_patching_is_a_difference_quotient(string name)
    {
        const float Step = 0.01f;
        using var model = new ShapedModel(name);
        using var kept = new Arena(model.Gpt.Backend);
        if (model.Config.LogitCap != 0)
        {
            ShapedModel.AssertRefused(() => AttributionPatching.Run(model.Gpt, [Pair], new(Activation.Z, PatchAxes.Heads)),
                "caps its logits at 4");
            return;
        }
        foreach (var sweep in model.Sweeps.Where(sweep =>
            sweep.Activation != Activation.AttnScores && sweep.Axes != PatchAxes.HeadsAndPositions))
        {
            var result = AttributionPatching.Run(model.Gpt, [Pair], sweep);
            var scale = result.Cells.Max(cell => Math.Abs(cell.Effect.Mean));
            foreach (var cell in result.Cells)
            {
                kept.Reset();
                var (source, own) = (PlainRun.Keep(model.Small, kept, Pair.Source, sweep.Activation, cell.Layer),
                    PlainRun.Keep(model.Small, kept, Pair.Base.Tokens, sweep.Activation, cell.Layer));
                model.Gpt.Backend.AddScaled(own, -1, source);
                var (row, count) = cell.Position < 0 ? (0, 6) : (cell.Position, 1);
                TapEdit Moved(float step) => new(sweep.Activation, cell.Layer, EditOperation.Add, source, step, row, count, cell.Head);
                var slope = (model.Difference(Moved(Step)) - model.Difference(Moved(-Step))) / (2 * Step);
                Assert.True(Math.Abs(slope - cell.Effect.Mean) <= 0.02 * scale + 1e-3,
                    $"{sweep} {cell}: the difference quotient is {slope}");
            }
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void Paths_equal_four_whole_forwards_bit_for_bit(string name)
    {
        using var model = new ShapedModel(name);
        using var kept = new Arena(model.Gpt.Backend);
        Sender[] senders = [new(0, 0), new(0, 3), new(1, 2), .. (Sender[])(model.HasFeedForward ? [new(0), new(1)] : [])];
        var last = model.Config.KeyValueHeads - 1;
        Receiver[][] sets = [[], [new(2, 3, Activation.Q)], [new(1, last, Activation.V), new(2, last, Activation.K)],
            [new(1, 2, Activation.Q), new(2, 0, Activation.V), new(2, 1, Activation.K)]];
        foreach (var receivers in sets)
        foreach (var position in (int[])[-1, 2, 5])
        foreach (var frozen in model.HasFeedForward ? (bool[])[false, true] : [false])
        {
            var effects = PathPatching.Run(model.Gpt, [Pair], senders, receivers, [position], frozen);
            foreach (var effect in effects)
                Assert.Equal(FourPasses.Effect(model.Small, kept, Pair, effect.Sender, receivers, position, frozen), effect.Effects[0]);
            if (position != 2 || receivers.Length > 1)
                Assert.Contains(effects, effect => effect.Effect.Mean != 0);
        }
        ShapedModel.AssertRefused(
            () => PathPatching.Run(model.Gpt, [Pair], senders, [new(2, last + 1, Activation.K)]), $"heads 0 to {last}");
    }
}
