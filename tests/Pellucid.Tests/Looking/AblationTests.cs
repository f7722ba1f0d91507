using Pellucid.Looking;
using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tests.Models;

namespace Pellucid.Tests.Looking;

public sealed class AblationTests
{
    private static readonly int[][] Texts = [SmallGpt.Tokens(9), SmallGpt.Tokens(12, 1), SmallGpt.Tokens(9, 2)];

    public static TheoryData<string> FastBackends => TestBackends.CpuNames;

    [Theory, MemberData(nameof(FastBackends))]
    public void Every_ablation_equals_a_forward_of_its_own_bit_for_bit(string name)
    {
        using var backend = TestBackends.Create(name);
        using var model = new SmallGpt(backend);
        using var kept = new Arena(backend);
        var questions = Texts.Select(text => new Question(text, 4, 30)).ToList();
        Component[] components = [new(Activation.Z, 0, 1), new(Activation.Z, 1, 2, Position: 3), new(Activation.AttnOut, 0),
            new(Activation.MlpOut, 1, Position: 8),
            new(Activation.MlpPost, 0, Neuron: 17), new(Activation.ResidPre, 1, Position: 5), new(Activation.V, 1, 0, Position: 2)];
        using var zero = new Ablation(model.Gpt, new Prompts(Texts), AblationKind.Zero, questions: questions);
        foreach (var (component, result) in components.Zip(zero.Each(components)))
            AssertSame(model, result, questions, component, (_, row, count) => new TapEdit(component.Activation, component.Layer,
                EditOperation.Scale, default, 0, row, count, component.Head, component.Neuron));

        using var resample = new Ablation(model.Gpt, new Prompts([Texts[0], Texts[2]]), AblationKind.Resample,
            questions: [questions[0], questions[2]]);
        foreach (var (component, result) in components.Zip(resample.Each(components)))
            AssertSame(model, result, [questions[0], questions[2]], component,
                (prompt, row, count) => new TapEdit(component.Activation, component.Layer, EditOperation.Replace,
                    PlainRun.Keep(model, kept, prompt == 0 ? Texts[2] : Texts[0], component.Activation, component.Layer), 1, row, count,
                    component.Head, component.Neuron));
    }

    [Fact]
    public void Only_tokens_from_a_position_on_count_where_it_is_asked_for()
    {
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using var model = new SmallGpt(backend);
        var text = SmallGpt.Tokens(9);
        Component[] head = [new(Activation.Z, 1, 2)];
        (double Whole, double Without) Losses(int[] tokens, int from)
        {
            using var ablation = new Ablation(model.Gpt, new Prompts([tokens]), AblationKind.Zero, from: from);
            return (ablation.Loss.Mean, ablation.Each(head)[0].Loss.Mean);
        }
        var (all, first, last) = (Losses(text, 1), Losses(text[..6], 1), Losses(text, 6));
        Assert.Equal(8 * all.Whole - 5 * first.Whole, 3 * last.Whole, 1e-5);
        Assert.Equal(8 * all.Without - 5 * first.Without, 3 * last.Without, 1e-5);
        Assert.Throws<ArgumentException>(() => Losses(text, 9));
    }

    [Fact]
    public void Mean_ablation_puts_the_mean_of_the_reference_there()
    {
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using var model = new SmallGpt(backend);
        using var kept = new Arena(backend);
        var reference = new[] { SmallGpt.Tokens(30, 5), SmallGpt.Tokens(11, 6) };
        var component = new Component(Activation.Z, 1, 2);
        using var mean = new Ablation(model.Gpt, new Prompts(Texts), AblationKind.Mean, new Prompts(reference),
            [.. Texts.Select(text => new Question(text, 4, 30))]);
        var rows = reference.SelectMany(text => { var z = new float[text.Length * 24]; backend.Read(
            PlainRun.Keep(model, kept, text, Activation.Z, 1), z); return z.Chunk(24); }).ToArray();
        var average = Enumerable.Range(0, 24).Select(c => (float)(rows.Sum(row => (double)row[c]) / rows.Length)).ToArray();
        AssertSame(model, mean.Each([component])[0], [.. Texts.Select(text => new Question(text, 4, 30))],
            component, (prompt, row, count) =>
        {
            var source = kept.Allocate(new Shape(Texts[prompt].Length, 24));
            backend.Write([.. Enumerable.Range(0, Texts[prompt].Length).SelectMany(_ => average)], source);
            return new TapEdit(Activation.Z, 1, EditOperation.Replace, source, 1, row, count, 2);
        });
    }

    [Fact]
    public void Sets_are_taken_away_together_and_an_empty_one_takes_nothing()
    {
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using var model = new SmallGpt(backend);
        using var ablation = new Ablation(model.Gpt, new Prompts(Texts), AblationKind.Zero);
        var results = ablation.Sets([[],
            [new(Activation.AttnOut, 0), new(Activation.AttnOut, 1), new(Activation.MlpOut, 0), new(Activation.MlpOut, 1)]]);
        Assert.Equal((0.0, ablation.Loss), (results[0].LossChange.Mean, results[0].Loss));
        using var cache = ActivationCache.Record(model.Gpt, new Prompts(Texts),
            (activation, layer) => activation == Activation.ResidPre && layer == 0);
        Assert.Equal(3, results[1].Loss.Count);
        Assert.True(results[1].LossChange.Mean != 0 && results[1].LossChange.StandardError > 0);
        Assert.Null(results[1].LogitDifference);
    }

    [Fact]
    public void What_a_model_does_not_have_is_refused_in_one_line()
    {
        using var backend = TestBackends.Create("reference");
        using var model = new SmallGpt(backend, SmallGpt.Config with { FeedForwardWidth = 0 });
        using var ablation = new Ablation(model.Gpt, new Prompts(Texts), AblationKind.Zero);
        string Refusal(Component component) => Assert.Throws<ArgumentException>(() => ablation.Each([component])).Message;
        Assert.Equal("this model has no feed-forward layers, and so no mlp_out", Refusal(new(Activation.MlpOut, 0)));
        Assert.Equal("z exists in layers 0 to 1, not in 2", Refusal(new(Activation.Z, 2)));
        Assert.Equal("the model has heads 0 to 2, not 3", Refusal(new(Activation.Z, 1, 3)));
        Assert.Equal("prompt 1 has positions 0 to 8, not 9", Refusal(new(Activation.Z, 1, 1, Position: 9)));
    }

    private static void AssertSame(SmallGpt model, AblationResult result, List<Question> questions, Component component,
        Func<int, int, int, TapEdit> edit)
    {
        var (losses, differences) = (new List<double>(), new List<double>());
        for (var prompt = 0; prompt < questions.Count; prompt++)
        {
            var tokens = questions[prompt].Tokens;
            var (row, count) = component.Position < 0 ? (0, tokens.Length) : (component.Position, 1);
            var taps = new Taps().Edit(edit(prompt, row, count));
            differences.Add(PlainRun.LogitDifference(model, tokens, questions[prompt].Right, questions[prompt].Wrong, taps));
            using var rows = new TokenRows(model.Backend);
            rows.Add(tokens);
            var run = model.NewRun();
            run.Taps = taps;
            losses.Add(Readout.Losses(model.Gpt, model.Gpt.Forward(rows, run), [.. tokens[1..], -1], run)
                .Sum(loss => loss / (tokens.Length - 1)));
        }
        Assert.Equal(Estimate.Of(differences), result.LogitDifference);
        Assert.Equal(Estimate.Of(losses), result.Loss);
    }
}
