using Pellucid.Generation;
using Pellucid.Tests.Models;

namespace Pellucid.Tests.Generation;

public sealed class GeneratorTests
{
    [Fact]
    public void Greedy_text_is_what_whole_forwards_would_choose()
    {
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using var model = new SmallGpt(backend);
        using var generator = new Generator(model.Gpt);
        var prompt = SmallGpt.Tokens(5);
        var text = new List<int>(prompt);
        for (var i = 0; i < 12; i++)
        {
            var logits = model.Logits(rows => rows.Add([.. text]))[^1];
            text.Add(Array.IndexOf(logits, logits.Max()));
        }
        Assert.Equal(text[5..], generator.Generate(prompt, new Sampler(new SamplingOptions { Temperature = 0 }), 12));
    }

    [Fact]
    public void A_text_may_outgrow_the_context()
    {
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using var model = new SmallGpt(backend);
        using var generator = new Generator(model.Gpt);
        var written = generator.Generate(SmallGpt.Tokens(400), new Sampler(new SamplingOptions()), 200).ToArray();
        Assert.Equal(200, written.Length);
        // The same as a fresh generator that reads only what the first one still knows.
        using var fresh = new Generator(model.Gpt);
        var known = SmallGpt.Tokens(400).Concat(written[..^1]).ToArray();
        fresh.Read(known.AsSpan(known.Length - generator.Position));
        Assert.Equal(fresh.Logits.ToArray(), generator.Logits.ToArray());
    }

    [Fact]
    public void Text_ends_at_any_of_its_last_tokens()
    {
        using var backend = TestBackends.Create("Vector128");
        using var model = new SmallGpt(backend);
        using var first = new Generator(model.Gpt);
        var tokens = first.Generate([1, 2], new Sampler(new SamplingOptions { Seed = 2 }), 20).ToArray();
        using var second = new Generator(model.Gpt);
        int[] ends = [tokens[9], tokens[6]];
        var expected = tokens.TakeWhile(token => !ends.Contains(token)).ToArray();
        Assert.NotEmpty(expected);
        Assert.Equal(expected, second.Generate([1, 2], new Sampler(new SamplingOptions { Seed = 2 }), 20, ends));
        Assert.Throws<ArgumentException>(() => new Generator(model.Gpt).Generate([], new Sampler(new SamplingOptions()), 1));
    }

    [Fact]
    public void Log_probabilities_of_what_was_written_are_those_of_the_model()
    {
        using var backend = TestBackends.Create("Vector128");
        using var model = new SmallGpt(backend);
        using var generator = new Generator(model.Gpt);
        var (text, values) = (new List<int> { 1, 2 }, new List<double>());
        foreach (var token in generator.Generate([1, 2], new Sampler(new SamplingOptions { Seed = 3 }), 10))
        {
            text.Add(token);
            values.Add(generator.LogProbability(token));
        }
        var logits = model.Logits(rows => rows.Add([.. text]));
        for (var i = 0; i < values.Count; i++)
            Assert.Equal(logits[i + 1][text[i + 2]] - Math.Log(logits[i + 1].Sum(logit => Math.Exp(logit))), values[i], 1e-5);
    }

    [Fact]
    public void A_repetition_penalty_keeps_greedy_text_from_repeating()
    {
        using var backend = TestBackends.Create("Vector128");
        using var model = new SmallGpt(backend);
        using var generator = new Generator(model.Gpt);
        var tokens = generator.Generate([1, 2],
            new Sampler(new SamplingOptions { Temperature = 0, RepetitionPenalty = 1e6f }), 12).ToArray();
        Assert.Equal(12, tokens.Distinct().Count());
    }

    [Fact]
    public void A_text_that_begins_as_the_one_before_is_read_from_there_on()
    {
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        foreach (var window in (int[])[0, 20])
        {
            using var model = new SmallGpt(backend, SmallGpt.Config with { Windows = window });
            using var generator = new Generator(model.Gpt);
            var prompt = SmallGpt.Tokens(100);
            Assert.Equal(0, generator.Begin(prompt));
            generator.Read(prompt);
            // The same again, the same with an end, half of it, one that does not fit, which forgets its beginning, and the first.
            (int[] Text, int Kept)[] texts = [(prompt, 99), ([.. prompt, 1, 2], 100), ([.. prompt[..50], 3], window == 0 ? 50 : 0),
                (SmallGpt.Tokens(200), 50), (prompt, 0)];
            foreach (var (text, kept) in texts)
            {
                Assert.Equal(kept, generator.Begin(text));
                generator.Read(text.AsSpan(kept));
                using var fresh = new Generator(model.Gpt);
                fresh.Read(text);
                Assert.Equal(fresh.Logits, generator.Logits);
                Assert.Equal(fresh.Position, generator.Position);
            }
        }
    }
}
