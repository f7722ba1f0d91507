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
}
