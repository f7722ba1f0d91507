using System.Globalization;
using System.Runtime.Intrinsics;
using System.Text.RegularExpressions;
using Pellucid.Looking;
using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tensors.Cpu;
using Pellucid.Tokens;
using Pellucid.Training;
using Pellucid.Worlds;

namespace Pellucid.Tests.Looking;

/// <summary>Models that learn to go on with words that a line has invented:
/// one layer cannot, two compose heads that can (Elhage et al. 2021, Olsson et al. 2022). They are those of the page's
/// commands, to the bit, and what the page says of them is compared.</summary>
public sealed partial class TrainedInductionTests
{
    private const int Context = 24, Steps = 700;

    [Fact]
    public void Induction_heads_appear_in_two_layers_and_not_in_one()
    {
        var text = new InventedWords(MicroWorld.UsualSeed).Text(2000);
        var tokenizer = new CharacterTokenizer(text.EnumerateRunes().Distinct());
        var (one, two) = (Train(1, tokenizer, text), Train(2, tokenizer, text));
        var told = $"one layer: {one.Loss}, {string.Join(", ", one.Heads)}; two layers: {two.Loss}, {string.Join(", ", two.Heads)}";
        double Most(IReadOnlyList<HeadSummary> heads, int layer, Func<HeadSummary, double> score) =>
            heads.Where(head => head.Layer == layer).Max(score);
        Assert.True(Most(two.Heads, 1, head => head.Induction) > 0.6 && Most(two.Heads, 0, head => head.PreviousToken) > 0.5, told);
        Assert.True(Most(one.Heads, 0, head => head.Induction) < 0.25 && one.Loss > two.Loss + 0.15, told);
        Assert.Contains("induction", two.Heads.Where(head => head.Layer == 1).Select(head => head.Label));
        Assert.DoesNotContain("induction", one.Heads.Concat(two.Heads.Where(head => head.Layer == 0)).Select(head => head.Label));
        AssertStated(OneLayer(), 0.05, one.Loss, one.OnPage.Max(head => head.PreviousToken), one.OnPage.Max(head => head.Induction));
        AssertStated(TwoLayers(), 0.2, two.Loss, two.OnPage[1].PreviousToken, two.OnPage[3].Induction, two.OnPage[2].Induction);
    }

    // A row of the page; on registers of another width than those it was written on, training rounds otherwise.
    private static void AssertStated(Regex row, double elsewhere, params double[] measured)
    {
        var found = Assert.Single(row.Matches(File.ReadAllText(Path.Combine(SourceTree.Root, "docs", "looking-inside.md"))));
        for (var i = 0; i < measured.Length; i++)
        {
            var stated = found.Groups[i + 1].Value;
            var slack = 0.500001 * Math.Pow(10, -stated.Split('.')[1].Length) + (Vector512.IsHardwareAccelerated ? 0 : elsewhere);
            Assert.True(Math.Abs(double.Parse(stated, CultureInfo.InvariantCulture) - measured[i]) <= slack,
                $"{found.Value}: {measured[i]} was measured");
        }
    }

    // Heads are looked at on all letters in a random order, and the same again; and on the one of the page.
    private static (double Loss, IReadOnlyList<HeadSummary> Heads, IReadOnlyList<HeadSummary> OnPage) Train(int layers,
        Tokenizer tokenizer, string text)
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
            EvaluateEvery = Steps,
        });
        var loss = double.NaN;
        trainer.Run(report => loss = report.ValidationLoss ?? loss);
        var letters = text.Distinct().Where(char.IsLetter).ToArray();
        string Order(int prompt) => string.Concat(letters.OrderBy(letter => CounterRandom.Bits(5, 0, (ulong)prompt, letter)));
        IReadOnlyList<HeadSummary> Look(params IEnumerable<string> orders) =>
            HeadSummary.Of(gpt, new Prompts(orders.Select(order => tokenizer.Encode(order + order))));
        return (loss, Look(Enumerable.Range(0, 8).Select(Order)), Look("hcafbdge"));
    }

    [GeneratedRegex(@"\| one layer \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|")]
    private static partial Regex OneLayer();

    [GeneratedRegex(@"\| two layers \| ([\d.]+) \| ([\d.]+) \(head 0\.1\) \| ([\d.]+) \(head 1\.1; 1\.0 has ([\d.]+)\) \|")]
    private static partial Regex TwoLayers();
}
