using Pellucid.Looking;
using Pellucid.Models;
using Pellucid.Tests.Models;

namespace Pellucid.Tests.Looking;

public sealed class ResidualDecompositionTests
{
    public static TheoryData<Parts> AllParts => [.. Enum.GetValues<Parts>()];

    [Theory, MemberData(nameof(AllParts))]
    public void Parts_add_up_to_the_residual_stream(Parts parts)
    {
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using var model = new SmallGpt(backend);
        using var cache = ActivationCache.Record(model.Gpt, new Prompts([SmallGpt.Tokens(9), SmallGpt.Tokens(6, 1)]));
        foreach (var (layer, stream) in (ReadOnlySpan<(int, float[])>)[(1, cache.Row(Activation.ResidPre, 1, 1, 4)),
            (2, cache.Row(Activation.ResidPost, 1, 1, 4))])
        {
            var sum = new float[24];
            foreach (var part in ResidualDecomposition.Of(model.Gpt, cache, 1, 4, parts, layer))
                System.Numerics.Tensors.TensorPrimitives.Add(sum, part.Vector, sum);
            Near.AssertRelative(stream, sum, 1e-6, $"{parts} before layer {layer}");
        }
    }

    [Theory, MemberData(nameof(AllParts))]
    public void Direct_attributions_add_up_to_the_logit_difference_and_removal_is_exact(Parts parts)
    {
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using var model = new SmallGpt(backend);
        var question = new Question(SmallGpt.Tokens(9), 5, 11);
        var whole = PlainRun.LogitDifference(model, question.Tokens, 5, 11);
        var result = DirectAttribution.Of(model.Gpt, question, parts);
        Assert.Equal(whole, result.LogitDifference);
        Assert.Equal(whole, result.Sum, 1e-4 * Math.Abs(whole));

        // Taking a part out of the last residual alone is what removal claims to be.
        var part = result.Parts.MaxBy(attribution => Math.Abs(attribution.Direct))!;
        using var kept = new Pellucid.Tensors.Arena(backend);
        var rest = kept.Allocate(new Pellucid.Tensors.Shape(9, 24));
        backend.Write([.. Enumerable.Range(0, 9).SelectMany(_ => part.Part.Vector)], rest);
        var taps = new Taps().Edit(new TapEdit(Activation.ResidPost, 1, Pellucid.Tensors.EditOperation.Add, rest, -1));
        Assert.Equal(whole - PlainRun.LogitDifference(model, question.Tokens, 5, 11, taps), part.Removed, 1e-3);
    }
}
