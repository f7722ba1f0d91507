using Pellucid.Scaling.Simulation;

namespace Pellucid.Tests.Scaling.Simulation;

/// <summary>Messages followed one by one come to the closed forms where those hold, and are held up by whoever is late.</summary>
public sealed class CollectiveClockTests
{
    private const double Bytes = 1e9;

    private static readonly SimulatedNetwork Network = new(1e-4, 1e9);

    [Theory]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(64)]
    public void A_ring_takes_two_rounds_of_messages_of_a_share_each(int nodes)
    {
        AssertAll(Ends(nodes, Collective.Ring), 2 * (nodes - 1) * (1e-4 + Bytes / nodes / 1e9));
        AssertAll(Ends(nodes, Collective.Exchange), 2 * (nodes - 1) * (1e-4 + Bytes / nodes / 1e9));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(64)]
    public void Halving_sends_as_many_bytes_in_fewer_messages(int nodes) =>
        AssertAll(Ends(nodes, Collective.Halving), 2 * int.Log2(nodes) * 1e-4 + 2 * (nodes - 1.0) / nodes * Bytes / 1e9);

    [Fact]
    public void Beyond_a_power_of_two_the_rest_hands_all_to_a_partner_first() =>
        Assert.Equal(2 * 1.0001 + 2 * 2 * 1e-4 + 2 * 0.75, Ends(6, Collective.Halving).Max(), 1e-12);

    [Theory]
    [InlineData(Collective.Ring)]
    [InlineData(Collective.Halving)]
    [InlineData(Collective.Exchange)]
    public void Nobody_ends_before_the_latest_has_begun(Collective collective)
    {
        double[] ready = [0, 0, 5, 0];
        CollectiveClock.Run(ready, Bytes, Network, collective);
        // What the late one has to tell takes at least one message of its shard to each.
        Assert.All(ready, end => Assert.True(end > 5.25));
        // And it is late by no more than it began late.
        Assert.True(ready.Max() <= 5 + Ends(4, collective).Max() + 1e-9);
    }

    private static double[] Ends(int nodes, Collective collective)
    {
        var ready = new double[nodes];
        CollectiveClock.Run(ready, Bytes, Network, collective);
        return ready;
    }

    private static void AssertAll(double[] ends, double expected) =>
        Assert.All(ends, end => Assert.Equal(expected, end, expected * 1e-12));
}
