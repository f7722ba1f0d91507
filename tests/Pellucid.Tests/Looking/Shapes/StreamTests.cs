using System.Numerics.Tensors;
using Pellucid.Looking;
using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tests.Models;

namespace Pellucid.Tests.Looking.Shapes;

/// <summary>What is read off the residual stream, on every shape: the lens, and the stream as a sum.</summary>
public sealed class StreamTests
{
    private const string NoSum = "no sum of what";

    public static TheoryData<string> Names => ShapedModel.Names;

    [Theory, MemberData(nameof(Names))]
    public void The_lens_reads_every_place_as_the_output_does(string name)
    {
        using var model = new ShapedModel(name);
        var prompts = new Prompts([SmallGpt.Tokens(7), SmallGpt.Tokens(4, 1)]);
        using var cache = ActivationCache.Record(model.Gpt, prompts);
        var readings = LogitLens.Read(model.Gpt, prompts, target: (_, position) => position);
        Assert.Equal((7 + 4) * (model.HasFeedForward ? 7 : 4), readings.Count);
        foreach (var reading in readings)
        {
            var logits = model.Output(Wide(cache.Row(reading.Activation, reading.Layer, reading.Prompt, reading.Position)));
            var said = new Distribution([.. logits.Select(logit => (float)logit)]);
            Assert.Equal(said.Probability(reading.Target), reading.TargetProbability, 1e-4);
            Assert.Equal(said.Entropy(), reading.Entropy, 1e-4);
        }
        var end = new Distribution(model.Small.Logits(rows => rows.Add(prompts[0]))[^1]);
        Assert.Equal(end.Probability(6), readings.Last(reading => reading is { Prompt: 0, Position: 6 }).TargetProbability);
    }

    [Theory, MemberData(nameof(Names))]
    public void Parts_add_up_to_the_stream_or_there_are_none(string name)
    {
        using var model = new ShapedModel(name);
        using var cache = ActivationCache.Record(model.Gpt, new Prompts([SmallGpt.Tokens(6)]));
        foreach (var parts in Enum.GetValues<Parts>())
        for (var layer = 0; layer <= 3; layer++)
        {
            if (!model.Adds)
            {
                ShapedModel.AssertRefused(() => ResidualDecomposition.Of(model.Gpt, cache, 0, 4, parts, layer), NoSum);
                continue;
            }
            if (parts == Parts.Neurons && model.HasFeedForward && !model.HasNeurons)
            {
                ShapedModel.AssertRefused(() => ResidualDecomposition.Of(model.Gpt, cache, 0, 4, parts, layer), model.NoNeurons);
                continue;
            }
            var sum = new float[24];
            foreach (var part in ResidualDecomposition.Of(model.Gpt, cache, 0, 4, parts, layer))
                TensorPrimitives.Add(sum, part.Vector, sum);
            var stream = layer < 3 ? cache.Row(Activation.ResidPre, layer, 0, 4) : cache.Row(Activation.ResidPost, 2, 0, 4);
            Near.AssertRelative(stream, sum, 2e-6, $"{parts} before layer {layer}");
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void Direct_shares_add_up_to_what_the_model_says_and_removal_is_exact(string name)
    {
        using var model = new ShapedModel(name);
        using var arena = new Arena(model.Gpt.Backend);
        var question = ShapedModel.Pair.Base;
        foreach (var parts in Enum.GetValues<Parts>())
        {
            if (!model.Adds)
            {
                ShapedModel.AssertRefused(() => DirectAttribution.Of(model.Gpt, question, parts), NoSum);
                continue;
            }
            if (parts == Parts.Neurons && model.HasFeedForward && !model.HasNeurons)
            {
                ShapedModel.AssertRefused(() => DirectAttribution.Of(model.Gpt, question, parts), model.NoNeurons);
                continue;
            }
            var result = DirectAttribution.Of(model.Gpt, question, parts);
            Assert.Equal(model.UncappedDifference(), result.LogitDifference, model.Config.LogitCap == 0 ? 0 : 1e-4);
            Assert.Equal(result.LogitDifference, result.Sum, 1e-4 * Math.Max(1, Math.Abs(result.LogitDifference)));
            Assert.Equal(model.Config.HasFinalNorm && model.Config.Norm.HasBias, result.Parts[0].Part.Name == "bias of ln_f");
            var strongest = result.Parts.Where(part => part.Part.Vector.Any(value => value != 0)).MaxBy(part => Math.Abs(part.Direct))!;
            var rest = model.Rows(arena, 6, _ => Wide(strongest.Part.Vector));
            var without = model.UncappedDifference(new TapEdit(Activation.ResidPost, 2, EditOperation.Add, rest, -1));
            Assert.Equal(model.UncappedDifference() - without, strongest.Removed, 1e-3);
        }
    }

    // By hand: the change that a sender's other value makes in what attention says, through the frozen scale of what comes after.
    [Theory, MemberData(nameof(Names))]
    public void Direct_paths_are_what_they_are_by_hand(string name)
    {
        using var model = new ShapedModel(name);
        using var arena = new Arena(model.Gpt.Backend);
        var (pair, sender, H) = (ShapedModel.Pair, new Sender(0, 3), model.Config.KeyValueHeads);
        IReadOnlyList<PathEffect> Run(params Receiver[] receivers) => LinearPathPatching.Run(model.Gpt, [pair], [sender], receivers, [-1]);
        if (!model.Adds)
        {
            ShapedModel.AssertRefused(() => Run(), NoSum);
            return;
        }
        var (mixed, source) = (model.Read(pair.Base.Tokens, Activation.Z, 0), model.Read(pair.Source, Activation.Z, 0));
        var said = model.Read(pair.Base.Tokens, Activation.AttnOut, 0);
        // What head 3 says instead, in what attention says before that is normalised or scaled, and then by as much as that was.
        double[] Change(int position)
        {
            var before = model.Said(mixed[position]);
            var D = model.Config.HeadWidth;
            var after = model.Said([.. mixed[position].Select((value, c) => c / D == 3 ? source[position][c] : value)]);
            return [.. after.Select((value, c) => (value - before[c]) * said[position][c] / before[c])];
        }

        var stream = Wide(model.Read(pair.Base.Tokens, Activation.ResidPost, 2)[^1]);
        double Moved(double share)
        {
            var logits = model.Output([.. stream.Zip(Change(5), (value, change) => value + share * change)], model.Deviation(stream));
            return logits[pair.Base.Right] - logits[pair.Base.Wrong];
        }
        Assert.Equal((Moved(1e-4) - Moved(-1e-4)) / 2e-4, Run()[0].Effect.Mean, 1e-4);

        foreach (var part in (Activation[])[Activation.Q, Activation.K, Activation.V])
        {
            var before = model.Read(pair.Base.Tokens, Activation.ResidPre, 2);
            var (gain, head) = (model.Values(ParameterRole.AttentionNormGain, 2), part == Activation.Q ? 2 : H - 1);
            double[] Passed(int position) => model.Config.Norm.OfInput
                ? model.Normalised(Change(position), gain, null, model.Deviation(Wide(before[position]))) : Change(position);
            var arriving = model.Rows(arena, 6, Passed);
            var heard = model.Rows(arena, 6, position =>
                Wide(model.Read(pair.Base.Tokens, part, 2, new TapEdit(Activation.Ln1, 2, EditOperation.Add, arriving))[position]));
            var expected = model.Difference(new TapEdit(part, 2, EditOperation.Replace, heard, Head: head)) - model.Difference();
            Assert.Equal(expected, Run(new Receiver(2, head, part))[0].Effect.Mean, 1e-4);
            Assert.NotEqual(0, expected);
        }
    }

    private static double[] Wide(IEnumerable<float> values) => [.. values.Select(value => (double)value)];
}
