using Pellucid.Words;

namespace Pellucid.Tests.Words;

public sealed class SamplingTests
{
    private const double MostSurprising = 5; // deviations of χ² from its expectation, in units of its own

    [Fact]
    public void Noise_words_are_drawn_by_the_three_quarters_power_of_their_counts()
    {
        long[] counts = [0, 100_000, 40_000, 9_000, 9_000, 500, 60, 7, 5];
        var sampler = new UnigramSampler(counts);
        var random = new CountedRandom(1, 2, 3);
        const int draws = 1_000_000;
        var seen = new double[counts.Length];
        for (var i = 0; i < draws; i++)
            seen[sampler.Sample(random.Next())]++;
        var powers = counts.Select(count => Math.Pow(count, 0.75)).ToArray();
        Assert.Equal(0, seen[0]);
        AssertChiSquare(seen[1..], [.. powers[1..].Select(power => power / powers.Sum() * draws)]);
    }

    [Fact]
    public void Slots_lie_as_in_the_originals_table()
    {
        // The original's loop over all its slots, as it stands, for one word after another.
        long[] counts = [3, 1_000_000, 5_000, 5_000, 12, 5, 5];
        var sampler = new UnigramSampler(counts);
        var total = counts.Sum(count => Math.Pow(count, 0.75));
        var (word, share) = (0, Math.Pow(counts[0], 0.75) / total);
        for (var slot = 0; slot < UnigramSampler.Slots; slot++)
        {
            if (sampler.WordOf(slot) != word)
                Assert.Fail($"slot {slot} belongs to {sampler.WordOf(slot)}, not {word}");
            if (slot / (double)UnigramSampler.Slots > share && word < counts.Length - 1)
                share += Math.Pow(counts[++word], 0.75) / total;
        }
    }

    [Theory]
    [InlineData(Subsampling.Original, 0.01210)]
    [InlineData(Subsampling.Paper, 0.01195)]
    public void Frequent_words_are_kept_as_often_as_the_formula_says(Subsampling formula, double published)
    {
        // One word of 7 % among rare ones, t = 1e-5.
        using var files = new TextFile();
        var vocabulary = Vocabulary.Read(files.Write("v", "the 70000\nrare 1\nrest 929999\n"));
        var keep = KeepProbability.Of(vocabulary, formula, 1e-5f);
        Assert.Equal(published, keep[vocabulary.Words.Find("the")], 1e-5);

        var text = files.Corpus(string.Join(' ', Enumerable.Repeat("the", 200_000)));
        using var stream = new SentenceStream(text, vocabulary, keep, thinsOut: true, epochs: 5, 0, text.Length);
        var random = new CountedRandom(1, 1, 1);
        var kept = 0;
        while (stream.Next(ref random))
            kept += stream.Sentence.Length;
        const int words = 1_000_000;
        Assert.InRange(kept, words * published - 5 * Math.Sqrt(words * published), words * published + 5 * Math.Sqrt(words * published));
    }

    [Fact]
    public void Vectors_begin_with_the_originals_numbers()
    {
        using var files = new TextFile();
        var corpus = files.Corpus("a b c\n");
        using var trainer = new Word2VecTrainer(corpus, TextFile.Learn(corpus, 1), new Word2VecOptions { Size = 100 });
        float[] published = [0.0040026857f, 0.0044194032f, -0.0038302613f, -0.0032780457f, 0.0013665771f];
        for (var d = 0; d < published.Length; d++)
            Assert.Equal(published[d], trainer.Weights.Input[0][d], 1e-10f);
    }

    private static void AssertChiSquare(double[] seen, double[] expected)
    {
        var square = seen.Zip(expected).Sum(pair => Math.Pow(pair.First - pair.Second, 2) / pair.Second);
        var freedom = seen.Length - 1;
        Assert.InRange(square, 0, freedom + MostSurprising * Math.Sqrt(2 * freedom));
    }
}
