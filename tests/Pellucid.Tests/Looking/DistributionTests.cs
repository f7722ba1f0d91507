using Pellucid.Looking;

namespace Pellucid.Tests.Looking;

public class DistributionTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(64)]
    [InlineData(1003)]
    public void Ranks_and_the_likeliest_are_those_of_sorting(int count)
    {
        var random = new Random(count);
        var logits = Enumerable.Range(0, count).Select(_ => (float)random.Next(-20, 20)).ToArray(); // many are equal
        var sorted = Enumerable.Range(0, count).OrderByDescending(token => logits[token]).ThenBy(token => token).ToArray();

        var said = new Distribution(logits);

        for (var rank = 0; rank < count; rank++)
            Assert.Equal(rank, said.Rank(sorted[rank]));
        foreach (var top in (int[])[1, 3, 10, count, count + 1])
            Assert.Equal(sorted.Take(top), said.Top(top));
    }

    [Fact]
    public void Logits_that_are_not_numbers_are_refused()
    {
        foreach (var wrong in (float[])[float.NaN, float.PositiveInfinity])
        {
            var error = Assert.Throws<InvalidDataException>(() => new Distribution([1, wrong, 2]));
            Assert.Equal($"the largest of 3 logits is {(float.IsNaN(wrong) ? "NaN" : "Infinity")}: the model's numbers overflow",
                error.Message);
        }
        Assert.Equal(0, new Distribution([1, float.NegativeInfinity, 2]).Probability(1)); // as good as masked
    }
}
