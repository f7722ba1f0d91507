using Pellucid.Looking;
using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Training;

namespace Pellucid.Tests.Looking;

/// <summary>Attention-only models that learn to go on with random tokens they have seen before (Olsson et al. 2022).</summary>
public sealed class TrainedInductionTests
{
    private const int V = 32, T = 32;

    [Fact]
    public void Induction_heads_appear_in_two_layers_and_not_in_one()
    {
        var (one, two) = (Train(layers: 1), Train(layers: 2));
        double Most(IReadOnlyList<HeadSummary> heads, int layer, Func<HeadSummary, double> score) => heads.Where(head => head.Layer == layer).Max(score);
        var told = $"one layer {string.Join(", ", one)}; two layers {string.Join(", ", two)}";
        Assert.True(Most(one, 0, head => head.Induction) < 0.2, told);
        Assert.True(Most(two, 1, head => head.Induction) > 0.6 && Most(two, 0, head => head.PreviousToken) > 0.6, told);
        Assert.Contains("induction", two.Select(head => head.Label));
    }

    private static IReadOnlyList<HeadSummary> Train(int layers)
    {
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using var gpt = new Gpt(new GptConfig { VocabularySize = V, Context = T, Layers = layers, Heads = 4, Width = 64, FeedForwardWidth = 0 }, backend);
        gpt.Initialize(1);
        using var trainer = new Trainer(gpt, new TokenStream(Repetitions(), T), new TrainingOptions
        {
            Steps = 1000, Batch = 32, LearningRate = 5e-3f, MinLearningRate = 5e-4f, Warmup = 50, WeightDecay = 0.01f, EvaluateEvery = 1000, EvaluateBatches = 1,
        });
        trainer.Run(_ => { });
        return HeadSummary.OnRepeatedTokens(gpt, seed: 5, half: T / 2);
    }

    // Random tokens, three times over, of a length that varies: what comes next depends on what was there, not on where.
    private static int[] Repetitions()
    {
        var tokens = new List<int>();
        for (var part = 0UL; tokens.Count < 200_000; part++)
        {
            var length = 5 + CounterRandom.Bits(1, 0, part, 0) % 10;
            for (var again = 0; again < 3; again++)
                for (var i = 1UL; i <= length; i++)
                    tokens.Add((int)(CounterRandom.Bits(1, 0, part, i) % V));
        }
        return [.. tokens];
    }
}
