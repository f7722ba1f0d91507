using Pellucid.Tensors;
using Pellucid.Tuning.Policies;

namespace Pellucid.Tests.Tuning.Policies;

/// <summary>The best of n answers, against closed forms: of things said with (.5, .3, .2) that are worth (1, 2, 0).</summary>
public sealed class BestOfNTests
{
    private static readonly double[] Reference = [0.5, 0.3, 0.2], Rewards = [1, 2, 0];

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 0.1931)]
    [InlineData(4, 0.6362943611)]
    [InlineData(16, 1.8351)]
    [InlineData(64, 3.1745)]
    public void It_departs_by_no_more_than_where_no_two_are_worth_the_same(int n, double most) =>
        Assert.Equal(most, BestOfN.MostDivergence(n), 5e-5);

    [Fact]
    public void What_is_chosen_from_answers_that_were_drawn_is_distributed_so()
    {
        const int N = 4, Groups = 50_000;
        var drawn = Enumerable.Range(0, N * Groups).Select(i => CounterRandom.Uniform(1, 0, 0, (ulong)i))
            .Select(u => u < 0.5 ? 0 : u < 0.8 ? 1 : 2).ToArray();
        var chosen = BestOfN.Choose([.. drawn.Select(thing => Rewards[thing])], N);
        // Fⁿ(r) − Fⁿ(r − 0), with F(r) how likely a drawn answer is worth at most r.
        double[] wanted = [Math.Pow(0.7, N) - Math.Pow(0.2, N), 1 - Math.Pow(0.7, N), Math.Pow(0.2, N)];
        for (var thing = 0; thing < wanted.Length; thing++)
            Assert.Equal(wanted[thing], chosen.Count(place => drawn[place] == thing) / (double)Groups, 0.01);
        Assert.Equal(0.5219821286, wanted.Zip(Reference, (p, q) => p * Math.Log(p / q)).Sum(), 1e-10);
    }

    [Fact]
    public void Of_equals_the_first_is_chosen_and_groups_are_whole()
    {
        Assert.Equal([1, 3], BestOfN.Choose([0, 2, 2, 5, 1, 1], 3));
        Assert.Throws<ArgumentException>(() => BestOfN.Choose([1, 2, 3], 2));
    }
}
