using Pellucid.Distributed;

namespace Pellucid.Tests.Distributed;

public sealed class SumTreeTests
{
    [Theory]
    [InlineData(1, "0")]
    [InlineData(2, "(0+1)")]
    [InlineData(3, "((0+1)+2)")]
    [InlineData(6, "(((0+1)+(2+3))+(4+5))")]
    [InlineData(7, "(((0+1)+(2+3))+((4+5)+6))")]
    [InlineData(8, "(((0+1)+(2+3))+((4+5)+(6+7)))")]
    [InlineData(9, "((((0+1)+(2+3))+((4+5)+(6+7)))+8)")]
    public void The_left_branch_has_the_largest_power_of_two_of_leaves(int leaves, string expected) =>
        Assert.Equal(expected, Written(new(0, leaves)));

    [Fact]
    public void Branches_cover_their_range_in_order_and_are_few_and_whole()
    {
        for (var leaves = 1; leaves <= 40; leaves++)
        for (var first = 0; first < leaves; first++)
        for (var end = first + 1; end <= leaves; end++)
        {
            var branches = SumTree.Branches(leaves, new(first, end - first));
            Assert.Equal(Enumerable.Range(first, end - first), branches.SelectMany(branch => Enumerable.Range(branch.First, branch.Count)));
            Assert.All(branches, branch => Assert.Contains(branch, Nodes(new(0, leaves))));
            Assert.All(branches.GroupBy(branch => int.Log2(branch.Count)), alike => Assert.InRange(alike.Count(), 1, 2));
            // None could be larger: no two are the two branches of one.
            Assert.DoesNotContain(branches.Zip(branches.Skip(1)), pair =>
                Nodes(new(0, leaves)).Contains(new(pair.First.First, pair.First.Count + pair.Second.Count)));
        }
        Assert.Single(SumTree.Branches(13, new(0, 13)));
    }

    private static string Written(LeafRange branch) => branch.Count == 1 ? $"{branch.First}"
        : $"({string.Join('+', Halves(branch).Select(Written))})";

    private static IEnumerable<LeafRange> Nodes(LeafRange branch) =>
        branch.Count == 1 ? [branch] : Halves(branch).SelectMany(Nodes).Prepend(branch);

    private static LeafRange[] Halves(LeafRange branch)
    {
        var left = SumTree.Left(branch.Count);
        return [new(branch.First, left), new(branch.First + left, branch.Count - left)];
    }
}
