using Pellucid.Tensors;

namespace Pellucid.Tuning;

/// <summary>
/// Items in the order in which they are learned: all of them in a new order, or as they come, then all again. Which come in a step
/// follows from seed and step alone, so that a run that is resumed goes on where it was.
/// </summary>
internal sealed class ShuffledItems(int count, ulong seed, bool inOrder = false)
{
    private const uint Purpose = 1 << 20;

    private long _epoch = -1;
    private int[] _order = [];

    /// <summary>The items of a step, from 1.</summary>
    public int[] Of(int step, int batch)
    {
        var items = new int[batch];
        for (var i = 0; i < batch; i++)
        {
            var place = (long)(step - 1) * batch + i;
            items[i] = Order(place / count)[place % count];
        }
        return items;
    }

    private int[] Order(long epoch)
    {
        if (epoch == _epoch)
            return _order;
        var order = Enumerable.Range(0, count).ToArray();
        for (var i = count - 1; i > 0 && !inOrder; i--) // Fisher and Yates
        {
            var other = (int)(CounterRandom.Bits(seed, Purpose, (ulong)epoch, (ulong)i) % (uint)(i + 1));
            (order[i], order[other]) = (order[other], order[i]);
        }
        (_epoch, _order) = (epoch, order);
        return order;
    }
}
