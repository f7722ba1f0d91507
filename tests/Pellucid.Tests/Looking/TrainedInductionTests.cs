using Pellucid.Looking;
using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tensors.Cpu;
using Pellucid.Tokens;
using Pellucid.Training;
using Pellucid.Worlds;

namespace Pellucid.Tests.Looking;

/// <summary>Models that learn to go on with words that a line has invented:
/// one layer cannot, two compose heads that can (Elhage et al. 2021, Olsson et al. 2022).</summary>
public sealed class TrainedInductionTests
{
    private const int Context = 24, Steps = 700;

    [Fact]
    public void Induction_heads_appear_in_two_layers_and_not_in_one()
    {
        var text = new InventedWords(1).Text(2000);
        var tokenizer = new CharacterTokenizer(text.EnumerateRunes().Distinct());
        var (one, two) = (Train(1, tokenizer, text), Train(2, tokenizer, text));
        var told = $"one layer: {one.Loss}, {string.Join(", ", one.Heads)}; two layers: {two.Loss}, {string.Join(", ", two.Heads)}";
        double Most(IReadOnlyList<HeadSummary> heads, int layer, Func<HeadSummary, double> score) =>
            heads.Where(head => head.Layer == layer).Max(score);
        Assert.True(Most(two.Heads, 1, head => head.Induction) > 0.6 && Most(two.Heads, 0, head => head.PreviousToken) > 0.5, told);
        Assert.True(Most(one.Heads, 0, head => head.Induction) < 0.25 && one.Loss > two.Loss + 0.15, told);
        Assert.Contains("induction", two.Heads.Where(head => head.Layer == 1).Select(head => head.Label));
        Assert.DoesNotContain("induction", one.Heads.Concat(two.Heads.Where(head => head.Layer == 0)).Select(head => head.Label));
    }

    // Heads are looked at on all letters in a random order, and the same again.
    private static (double Loss, IReadOnlyList<HeadSummary> Heads) Train(int layers, Tokenizer tokenizer, string text)
    {
        using var backend = CpuBackend.Create(threads: 1);
        using var gpt = new Gpt(new GptConfig
        {
            VocabularySize = tokenizer.VocabularySize, Context = Context, Layers = layers, Heads = 2, Width = 64
        }, backend);
        gpt.Initialize(1);
        using var trainer = new Trainer(gpt, new TokenStream(tokenizer.Encode(text), Context), new TrainingOptions
        {
            Steps = Steps, Batch = 64, LearningRate = 3e-3f, MinLearningRate = 5e-4f, Warmup = 50,
            EvaluateEvery = Steps, EvaluateBatches = 4,
        });
        trainer.Run(_ => { });
        var letters = text.Distinct().Where(char.IsLetter).ToArray();
        string Order(int prompt) => string.Concat(letters.OrderBy(letter => CounterRandom.Bits(5, 0, (ulong)prompt, letter)));
        return (trainer.BestValidationLoss,
            HeadSummary.Of(gpt, new Prompts(Enumerable.Range(0, 8).Select(Order).Select(order => tokenizer.Encode(order + order)))));
    }
}
