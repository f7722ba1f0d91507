using Pellucid.Looking;
using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Tests.Looking;

public sealed class InductionTests
{
    private const int V = 24, Half = 10;

    // Olsson et al. (2022): it takes a head that reads what an earlier head wrote.
    [Fact]
    public void Induction_heads_appear_in_two_layers_and_not_in_one()
    {
        var (two, one) = (BestInduction(2), BestInduction(1));
        Assert.True(two > 0.8 && one < 0.4, $"two layers {two}, one layer {one}");
    }

    // Attention alone, trained on random tokens that are repeated once; the loss is that of the repetition.
    private static double BestInduction(int layers)
    {
        const int Batch = 48, Steps = 2000;
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using var gpt = new Gpt(new GptConfig { VocabularySize = V, Context = 2 * Half, Layers = layers, Heads = 2, Width = 48, FeedForwardWidth = 0 }, backend);
        gpt.Initialize(1);
        gpt.Parameters.PrepareTraining();
        using var arena = new Arena(backend);
        using var tape = new Tape(backend);
        using var rows = new TokenRows(backend);
        var (operations, answers) = (new Operations(backend, arena, tape), new int[Batch * 2 * Half]);
        for (var step = 1; step <= Steps; step++)
        {
            operations.Reset();
            rows.Clear();
            gpt.Parameters.ClearGradients();
            for (var i = 0; i < Batch; i++)
            {
                // The length of what is repeated changes, so that no position tells where to look.
                var (length, tokens) = (Half / 2 + (i + step) % (Half / 2 + 1), new int[2 * Half]);
                for (var t = 0; t < tokens.Length; t++)
                    tokens[t] = t < length ? (int)(CounterRandom.Bits(7, (uint)i, (ulong)step, (ulong)t) % V) : tokens[t - length];
                rows.Add(tokens);
                for (var t = 0; t < tokens.Length; t++)
                    answers[i * tokens.Length + t] = t >= length && t + 1 < tokens.Length ? tokens[t + 1] : -1;
            }
            var targets = arena.Allocate(new Shape(answers.Length), ElementType.Int32);
            backend.Write(answers, targets);
            var run = new GptRun(operations);
            gpt.Loss(gpt.Forward(rows, run), targets, 1f / (Batch * (Half - 1)), run);
            tape.Backward();
            var norm = (float)Math.Sqrt(backend.SquaredNorm(gpt.Parameters.AllGradients));
            gpt.Parameters.Update(new AdamWStep(5e-3f * Math.Min(1, step / 30f) * Math.Min(1, (Steps - step + 1) / 300f), 0.9f, 0.98f, 1e-8f, 0.01f, step), Math.Min(1, 1 / norm), gpt.Decays);
        }
        return HeadSummary.OnRepeatedTokens(gpt, seed: 99, half: Half).Max(summary => summary.Induction);
    }
}
