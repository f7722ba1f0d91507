using Pellucid.Looking;

namespace Pellucid.Tests.Looking;

public sealed class EstimateTests
{
    [Fact]
    public void Values_of_one_group_are_not_taken_for_independent()
    {
        // Two groups that say the same thing twice know as much as two values do.
        Assert.Equal(Estimate.Of([1.0, 3.0]), Estimate.OfGroups([[1, 1], [3, 3]]) with { Count = 2 });
        Assert.Equal(4, Estimate.OfGroups([[1, 1], [3, 3]]).Count);
        // Groups of one are values, and a single group tells nothing of others.
        var (values, alone) = (Estimate.Of([1.0, 2, 4, 9]), Estimate.OfGroups([[1], [2], [4], [9]]));
        Assert.Equal((values.Mean, values.Count), (alone.Mean, alone.Count));
        Assert.Equal(values.StandardError, alone.StandardError, 1e-12);
        Assert.True(double.IsNaN(Estimate.OfGroups([[1, 2, 3]]).StandardError));
    }
}
