using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tests.Tensors;

namespace Pellucid.Tests.Models;

/// <summary>Gradients through the block of each family, in double precision, against finite differences.</summary>
public sealed class FamilyGradientTests
{
    public static TheoryData<string> Models => RotaryFamilyTests.TinyModels;

    [Theory, MemberData(nameof(Models))]
    public void Gradients_of_every_parameter_equal_finite_differences(string name)
    {
        using var backend = TestBackends.Create("reference");
        var config = GptConfig.Load(SharedData.Path($"llama/tiny-random-models/{name}/config.json"));
        var last = config.Layers - 1; // two layers, of both kinds where there are two
        config = config with
        {
            VocabularySize = 11, Layers = 2, Windows = PerLayer<int>.Of(2, layer => config.Windows[layer == 0 ? 0 : last] > 0 ? 3 : 0),
            Rotary = PerLayer<RotaryShape?>.Of(2, layer => config.Rotary[layer == 0 ? 0 : last]),
            Experts = config.Experts is null ? null : config.Experts with { Count = 4 }, // each of which some row is given to
        };
        using var model = new SmallGpt(backend, config, ElementType.Float64);
        using var rows = new TokenRows(backend);
        rows.Add([1, 2, 3, 4, 5, 6]);
        rows.Add([6, 1, 0]);

        double Loss(Tape? tape)
        {
            using var arena = new Arena(backend);
            var run = new GptRun(new Operations(backend, arena, tape));
            var said = run.Operations.Softmax(model.Gpt.Logits(model.Gpt.Forward(rows, run), run));
            var upstream = Pellucid.Tests.Tensors.Tensors.Random(backend, arena, said.Shape, ElementType.Float64, 1, 0);
            if (tape is not null)
            {
                tape.Seed(said, upstream);
                tape.Backward();
            }
            return said.ToDoubles().Zip(upstream.ToDoubles(), (a, b) => a * b).Sum();
        }
        using (var tape = new Tape(backend))
            Loss(tape);
        for (var index = 0; index < model.Gpt.Layout.Count; index++)
        {
            var parameter = model.Gpt.Parameters[index];
            var gradient = model.Gpt.Parameters.Gradient(parameter).ToDoubles();
            Assert.Contains(gradient, slope => slope != 0);
            for (var i = 0; i < gradient.Length; i += 1 + gradient.Length / 3)
            {
                var difference = TapeTests.Difference(parameter, i, () => Loss(null));
                Assert.True(Math.Abs(difference - gradient[i]) <= 1e-7 * (1 + Math.Abs(difference)),
                    $"{model.Gpt.Layout[index]} at {i}: {gradient[i]} for {difference}");
            }
        }
    }

    [Theory, MemberData(nameof(Models))]
    public void Gradients_of_the_processor_agree_with_the_reference(string name)
    {
        var config = GptConfig.Load(SharedData.Path($"llama/tiny-random-models/{name}/config.json")) with { VocabularySize = 37 };
        using var reference = TestBackends.Create("reference");
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using var slow = new SmallGpt(reference, config);
        using var fast = new SmallGpt(backend, config);
        int[][] batch = [SmallGpt.Tokens(41), SmallGpt.Tokens(41, 1)];
        Near.AssertRelative([.. slow.AddGradients(batch, 1f / 80)], [.. fast.AddGradients(batch, 1f / 80)], 1e-5, "log-probabilities");
        Near.AssertRelative(slow.AllGradients(), fast.AllGradients(), 1e-4, "gradients");
    }
}
