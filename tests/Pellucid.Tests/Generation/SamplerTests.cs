using Pellucid.Generation;

namespace Pellucid.Tests.Generation;

public sealed class SamplerTests
{
    private static readonly float[] Logits = [MathF.Log(0.1f), MathF.Log(0.4f), MathF.Log(0.2f), MathF.Log(0.3f)];

    [Fact]
    public void Tokens_come_as_often_as_their_probabilities_say()
    {
        AssertFrequencies(new SamplingOptions(), 0.1, 0.4, 0.2, 0.3);
        AssertFrequencies(new SamplingOptions { Temperature = 0.5f }, 0.01 / 0.3, 0.16 / 0.3, 0.04 / 0.3, 0.09 / 0.3);
        AssertFrequencies(new SamplingOptions { TopK = 2 }, 0, 0.4 / 0.7, 0, 0.3 / 0.7);
        AssertFrequencies(new SamplingOptions { TopP = 0.75f }, 0, 0.4 / 0.9, 0.2 / 0.9, 0.3 / 0.9);
        AssertFrequencies(new SamplingOptions { TopP = 0.39f }, 0, 1, 0, 0);
        AssertFrequencies(new SamplingOptions { Temperature = 0 }, 0, 1, 0, 0);
        AssertFrequencies(new SamplingOptions { MinP = 0.45f }, 0, 0.4 / 0.9, 0.2 / 0.9, 0.3 / 0.9);
        AssertFrequencies(new SamplingOptions { MinP = 0.6f, Temperature = 0.5f }, 0, 1, 0, 0);
        AssertFrequencies(new SamplingOptions { MinP = 0.6f, TopK = 3 }, 0, 0.4 / 0.7, 0, 0.3 / 0.7);
        AssertFrequencies(new SamplingOptions { MinP = 1 }, 0, 1, 0, 0);
    }

    [Fact]
    public void Tokens_of_the_text_are_penalised_once_each_and_never_favoured()
    {
        var sampler = new Sampler(new SamplingOptions { Temperature = 0, RepetitionPenalty = 2 });
        Assert.Equal(1, sampler.Choose([3, 4, 1], 0));
        Assert.Equal(0, sampler.Choose([3, 4, 1], 0, [1, 1, 1]));
        Assert.Equal(2, sampler.Choose([-3, -3, -4], 0, [0, 1]));
        Assert.Equal(1, sampler.Choose([3, 4, 1], 0, [0, 1]));
    }

    [Fact]
    public void The_same_seed_and_step_choose_the_same_token()
    {
        var options = new SamplingOptions { Seed = 9 };
        Assert.Equal(Enumerable.Range(0, 50).Select(step => new Sampler(options).Choose(Logits, step)),
            Enumerable.Range(0, 50).Select(step => new Sampler(options).Choose(Logits, step)));
    }

    [Fact]
    public void Of_equally_likely_tokens_the_first_wins() =>
        Assert.Equal(1, new Sampler(new SamplingOptions { Temperature = 0 }).Choose([0, 5, 5, 5], 0));

    [Fact]
    public void Senseless_options_are_refused()
    {
        foreach (var options in (SamplingOptions[])[new() { Temperature = -1 }, new() { Temperature = float.NaN }, new() { TopK = -1 },
            new() { TopP = 0 }, new() { TopP = 1.5f }, new() { MinP = -0.1f }, new() { MinP = 1.1f }, new() { RepetitionPenalty = 0 },
            new() { RepetitionPenalty = float.NaN }])
            Assert.Throws<ArgumentException>(() => new Sampler(options));
    }

    private static void AssertFrequencies(SamplingOptions options, params double[] expected)
    {
        const int draws = 20_000;
        var counts = new int[expected.Length];
        var sampler = new Sampler(options);
        for (var step = 0; step < draws; step++)
            counts[sampler.Choose(Logits, step)]++;
        for (var token = 0; token < counts.Length; token++)
            Assert.Equal(expected[token], counts[token] / (double)draws, expected[token] is 0 or 1 ? 0 : 0.015);
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(1f)]
    public void Logits_that_are_not_numbers_are_refused(float temperature)
    {
        var sampler = new Sampler(new SamplingOptions { Temperature = temperature });
        foreach (var wrong in (float[])[float.NaN, float.PositiveInfinity])
        {
            Assert.Throws<InvalidDataException>(() => sampler.Choose([1, wrong, 2], 0));
            Assert.Throws<InvalidDataException>(() => sampler.Choices([wrong, 1, 2], 2));
            Assert.Throws<InvalidDataException>(() => LogProbabilities.Of([1, 2, wrong], 0));
        }
        var error = Assert.Throws<InvalidDataException>(() => sampler.Choose([float.NegativeInfinity, float.NegativeInfinity], 0));
        Assert.Equal("the largest of 2 logits is -Infinity: the model's numbers overflow", error.Message);
        Assert.Equal(1, sampler.Choose([float.NegativeInfinity, 2, float.NegativeInfinity], 0));
    }
}
