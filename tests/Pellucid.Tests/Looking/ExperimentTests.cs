using Pellucid.Looking;
using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tensors.Cpu;
using Pellucid.Tokens;

namespace Pellucid.Tests.Looking;

public sealed class ExperimentTests : IDisposable
{
    private const string Text = "a cat sat here", Other = "a dog ran home";

    private readonly CpuBackend _backend = CpuBackend.Create(1);
    private readonly CharacterTokenizer _tokenizer = new([.. "\n abcdefghijklmnopqrstuvwxyz".EnumerateRunes()]);
    private readonly Gpt _gpt;

    public ExperimentTests()
    {
        _gpt = new Gpt(
            new GptConfig { VocabularySize = _tokenizer.VocabularySize, Context = 32, Layers = 3, Heads = 4, Width = 32 }, _backend);
        _gpt.Initialize(5);
    }

    [Theory]
    [InlineData("1.3=0")]
    [InlineData("m2=mean")]
    [InlineData("a1*0.5")]
    [InlineData("n3.17@4=source")]
    [InlineData("r2+4( love| hate)")]
    [InlineData("r0@2+-1.5(x|)")]
    public void A_change_is_written_as_it_is_read(string text) => Assert.Equal(text, Intervention.Parse(text).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("1.3")]
    [InlineData("1=0")]
    [InlineData("x1=0")]
    [InlineData("1.3=zero")]
    [InlineData("1.3*much")]
    [InlineData("1.-3=0")]
    [InlineData("r2+4(love)")]
    [InlineData("r2+(a|b)")]
    public void What_is_no_change_is_refused(string text) => Assert.Throws<ArgumentException>(() => Intervention.Parse(text));

    [Fact]
    public void Nothing_changed_has_the_bits_of_the_model()
    {
        var tokens = _tokenizer.Encode(Text);
        using var cache = ActivationCache.Record(_gpt, new Prompts([tokens]));
        using var run = Run(Text);
        var readings = LogitLens.Read(_gpt, new Prompts([tokens]));
        Assert.Equal(readings[^1].Top.Select(top => top.Probability),
            run.Prediction(tokens.Length - 1).Top(5).Select(run.Prediction(tokens.Length - 1).Probability));
        Assert.Equal(readings.Select(reading => (reading.Name, reading.Position, reading.Entropy)),
            LogitLens.Read(_gpt, run.Residuals).Select(reading => (reading.Name, reading.Position, reading.Entropy)));
        var T = tokens.Length;
        for (var layer = 0; layer < 3; layer++)
        {
            var patterns = run.Patterns(layer);
            for (var head = 0; head < 4; head++)
            {
                var expected = cache.Pattern(Activation.Pattern, layer, head, 0);
                for (var i = 0; i < T; i++)
                for (var j = 0; j < T; j++)
                    Assert.Equal(j <= i ? expected[i, j] : 0, patterns[(head * T + i) * T + j]);
            }
            Assert.Equal(cache.Row(Activation.MlpPost, layer, 0, 7), run.Neurons(layer, 7));
            Assert.Equal(System.Numerics.Tensors.TensorPrimitives.Norm<float>(cache.Row(Activation.ResidPost, layer, 0, 3)),
                run.ResidualNorms()[layer + 1, 3]);
        }
    }

    [Theory]
    [InlineData("1.3=0", AblationKind.Zero)]
    [InlineData("m2=mean", AblationKind.Mean)]
    [InlineData("n0.100@5=0", AblationKind.Zero)]
    public void Taking_a_piece_away_costs_what_ablation_says(string change, AblationKind kind)
    {
        using var ablation = new Ablation(_gpt, new Prompts([_tokenizer.Encode(Text)]), kind);
        using var run = Run(Text, changes: change);
        Assert.Equal(ablation.Each([Intervention.Parse(change).Place])[0].Loss.Mean, run.Losses().Average(), 6);
        Assert.NotEqual(ablation.Loss.Mean, run.Losses().Average());
    }

    [Fact]
    public void All_of_the_last_residual_from_a_second_text_says_what_that_text_says()
    {
        using var other = Run(Other);
        using var run = Run(Text, Other, "r2=source");
        Assert.Equal(other.Logits(13), run.Logits(13));
        using var one = Run(Text, Other, "r2@13=source");
        using var plain = Run(Text);
        Assert.Equal(other.Logits(13), one.Logits(13));
        Assert.Equal(plain.Logits(12), one.Logits(12));
    }

    [Fact]
    public void Steering_adds_the_difference_of_two_ends()
    {
        using var plain = Run(Text);
        using var toward = Run("love");
        using var away = Run("hate");
        using var steered = Run(Text, changes: "r1@4+3(love|hate)");
        var (x, a, b) = (plain.Residuals.Row(Activation.ResidPost, 1, 0, 4), toward.Residuals.Row(Activation.ResidPost, 1, 0, 3),
            away.Residuals.Row(Activation.ResidPost, 1, 0, 3));
        Near.AssertRelative([.. x.Select((value, c) => value + 3 * (a[c] - b[c]))],
            steered.Residuals.Row(Activation.ResidPost, 1, 0, 4), 1e-6, "steered");
        Assert.Equal(plain.Residuals.Row(Activation.ResidPost, 1, 0, 3), steered.Residuals.Row(Activation.ResidPost, 1, 0, 3));
        using var nothing = Run(Text, changes: "r1+0(love|hate)");
        Assert.Equal(plain.Logits(13), nothing.Logits(13));
    }

    [Fact]
    public void Steering_by_sets_adds_the_difference_of_the_means_of_their_ends()
    {
        string[] toward = ["love", "joy", "a sunny day"], away = ["hate", "rain"];
        float[] Mean(string[] texts)
        {
            var ends = texts.Select(text =>
            {
                using var run = Run(text);
                return run.Residuals.Row(Activation.ResidPost, 1, 0, text.Length - 1);
            }).ToArray();
            return [.. Enumerable.Range(0, 32).Select(c => ends.Average(end => end[c]))];
        }
        var (a, b) = (Mean(toward), Mean(away));
        using var plain = Run(Text);
        using var steered = Run(Text, changes: $"r1@4+3({string.Join('\n', toward)}|{string.Join('\n', away)})");
        Near.AssertRelative([.. plain.Residuals.Row(Activation.ResidPost, 1, 0, 4).Select((value, c) => value + 3 * (a[c] - b[c]))],
            steered.Residuals.Row(Activation.ResidPost, 1, 0, 4), 1e-6, "steered");
    }

    [Fact]
    public void Neurons_are_found_by_example_and_counted_by_activation()
    {
        int[][] examples = [_tokenizer.Encode("a cat"), _tokenizer.Encode("the dog")], others = [_tokenizer.Encode("home")];
        float[] End(int[] text, int layer)
        {
            using var cache = ActivationCache.Record(_gpt, new Prompts([text]));
            return cache.Row(Activation.MlpPost, layer, 0, text.Length - 1);
        }
        var expected = Enumerable.Range(0, 3).SelectMany(layer => Enumerable.Range(0, 128).Select(neuron => new ToldApart(layer, neuron,
            examples.Min(text => End(text, layer)[neuron]), others.Max(text => End(text, layer)[neuron])))).ToArray();
        Assert.Equal(expected.OrderByDescending(one => one.Least - one.Most).Take(5), new Neurons(_gpt).ByExample(examples, others, 5));
        Assert.Equal(expected.MaxBy(one => one.Least)! with { Most = 0 }, new Neurons(_gpt).ByExample(examples, [], 1)[0]);

        using var run = Run(Text);
        var values = Enumerable.Range(0, Text.Length).Select(position => (double)run.Neurons(1, position)[7]).ToArray();
        var histogram = ActivationHistogram.Of(_gpt, [_tokenizer.Encode(Text)], 1, 7, 4);
        Assert.Equal((values.Min(), values.Max(), values.Count(value => value > 0)),
            (histogram.Least, histogram.Largest, (int)histogram.Positive));
        var width = (values.Max() - values.Min()) / 4;
        Assert.Equal(Enumerable.Range(0, 4).Select(part => (long)values.Count(value => value >= values.Min() + part * width
            && (part == 3 || value < values.Min() + (part + 1) * width))), histogram.Counts);
        Assert.Contains("neurons 0 to 127", Assert.Throws<ArgumentException>(() =>
            ActivationHistogram.Of(_gpt, [_tokenizer.Encode(Text)], 1, 128, 4)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_changed_layer_shows_its_changed_attention()
    {
        using var plain = Run(Text);
        using var run = Run(Text, changes: "a0=0");
        Assert.Equal(plain.Patterns(0), run.Patterns(0)); // what is looked at there is not what is written
        Assert.NotEqual(plain.Patterns(1), run.Patterns(1));
    }

    [Fact]
    public void What_no_change_reaches_is_taken_from_the_run_before_with_its_bits()
    {
        using var plain = Run(Text);
        foreach (var changes in (string[][])[["2.1=0"], ["m2=mean"], ["a1*0.5", "2.0=0"], ["r2+4(love|hate)"], ["n1.17@4=source"],
            ["r0@2+-1.5(x|)"], ["0.3=0"], ["1.3=0"], []])
        {
            using var whole = Run(Text, Other, changes);
            using var above = new ExperimentRun(_gpt, _tokenizer,
                new Experiment(Text, Other, [.. changes.Select(Intervention.Parse)]), unchanged: plain);
            foreach (var ((name, expected), (_, actual)) in whole.Residuals.Entries.Zip(above.Residuals.Entries))
                Assert.True(ToArray(expected).AsSpan().SequenceEqual(ToArray(actual)), $"{name} after {string.Join(' ', changes)}");
            for (var layer = 0; layer < 3; layer++)
                Assert.Equal(whole.Patterns(layer), above.Patterns(layer));
            Assert.Equal(whole.Losses(), above.Losses());
            foreach (var (midway, first, count) in ((bool, int, int)[])[(false, 4, 8), (true, 4, 8), (true, 0, 32), (false, 4, 8)])
                Assert.Equal(Words(LogitLens.Read(_gpt, whole.Residuals, 3, midway,
                    wanted: (_, position) => position >= first && position < first + count)), Words(above.Lens(3, midway, first, count)));
        }

        float[] ToArray(Tensor tensor)
        {
            var values = new float[tensor.Count];
            _backend.Read(tensor, values);
            return values;
        }

        IEnumerable<string> Words(IEnumerable<LensReading> readings) =>
            readings.Select(reading => $"{reading with { Top = [] }} {string.Join(' ', reading.Top)}");
    }

    [Fact]
    public void Another_text_or_a_changed_run_is_none_before()
    {
        using var other = Run(Other);
        using var changed = Run(Text, changes: "0.3=0");
        foreach (var wrong in (ExperimentRun[])[other, changed])
            Assert.Throws<ArgumentException>(() => new ExperimentRun(_gpt, _tokenizer, new Experiment(Text, "", []), unchanged: wrong));
    }

    [Fact]
    public void The_products_of_a_query_and_a_key_sum_to_the_score()
    {
        using var run = Run(Text);
        var detail = run.Detail(1, 2, 9, 4);
        Assert.Equal(detail.Score, detail.Products.Sum(), 5);
        Near.AssertRelative([.. detail.Products], [.. detail.Asks.Zip(detail.Has, (q, k) => q * k / MathF.Sqrt(8))], 1e-6, "products");
        Assert.Equal(run.Patterns(1)[(2 * 14 + 9) * 14 + 4], (float)detail.Weight);
        Assert.Throws<ArgumentException>(() => run.Detail(1, 2, 4, 9));
    }

    [Theory]
    [InlineData("", "", "1.3=0", "empty")]
    [InlineData("a text that is longer than the context", "", "1.3=0", "context is 32")]
    [InlineData(Text, "", "7.0=0", "layers 0 to 2")]
    [InlineData(Text, "", "0.9=0", "heads 0 to 3")]
    [InlineData(Text, "", "n0.128=0", "neurons 0 to 127")]
    [InlineData(Text, "", "0.0@14=0", "positions 0 to 13")]
    [InlineData(Text, "", "0.0=source", "no second text")]
    [InlineData(Text, "short", "0.0=source", "must align")]
    [InlineData(Text, "short", "0.0@9=source", "positions 0 to 4")]
    [InlineData(Text, "", "r1+2(|x)", "go towards")]
    public void What_cannot_be_done_is_said(string text, string source, string change, string complaint) =>
        Assert.Contains(complaint, Assert.Throws<ArgumentException>(() => Run(text, source, change)).Message, StringComparison.Ordinal);

    [Fact]
    public void An_experiment_comes_back_from_its_file()
    {
        using var folder = new TemporaryFolder();
        var experiment = new Experiment("Text \"one\"\n", "two", [Intervention.Parse("1.3=0"), Intervention.Parse("r2+4( love| hate)")]);
        experiment.Save(folder.File("experiment.json"));
        var read = Experiment.Load(folder.File("experiment.json"));
        Assert.Equal((experiment.Text, experiment.Source), (read.Text, read.Source));
        Assert.Equal(experiment.Changes, read.Changes);
        foreach (var damaged in (string[])["", "[]", "{}", "{\"text\":1,\"changes\":[]}", "{\"text\":\"a\",\"changes\":[\"?\"]}",
            "{\"text\":null,\"changes\":[]}"])
        {
            File.WriteAllText(folder.File("damaged.json"), damaged);
            Assert.Throws<InvalidDataException>(() => Experiment.Load(folder.File("damaged.json")));
        }
    }

    [Fact]
    public void A_planted_neuron_is_the_most_active_and_writes_its_token()
    {
        var (C, F, token) = (32, 128, _tokenizer.Encode("z")[0]);
        var (table, values) = (new float[_gpt[ParameterRole.TokenTable].Count], new float[F * C]);
        _backend.Read(_gpt[ParameterRole.TokenTable], table);
        _backend.Read(_gpt[ParameterRole.FeedForwardOutput, 1], values);
        for (var c = 0; c < C; c++)
            values[77 * C + c] = 1000 * table[token * C + c];
        _backend.Write(values, _gpt[ParameterRole.FeedForwardOutput, 1]);
        using var run = Run(Text);
        var neurons = new Neurons(_gpt);
        Assert.Equal((1, 77), (neurons.MostActive(run, 5, 1)[0].Layer, neurons.MostActive(run, 5, 1)[0].Index));
        Assert.Equal(run.Neurons(1, 5)[77], (float)neurons.MostActive(run, 5, 1)[0].Activation);
        Assert.Equal(token, neurons.ValueTokens(1, 77, 3)[0].Token);
        Assert.NotEqual(token, neurons.ValueTokens(1, 77, 3, against: true)[0].Token);
        Assert.Equal((1, 77), (neurons.Search(token, 2)[0].Layer, neurons.Search(token, 2)[0].Index));
    }

    public void Dispose()
    {
        _gpt.Dispose();
        _backend.Dispose();
    }

    private ExperimentRun Run(string text, string source = "", params string[] changes) =>
        new(_gpt, _tokenizer, new Experiment(text, source, [.. changes.Select(Intervention.Parse)]));
}
