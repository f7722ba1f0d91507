using Pellucid.Tensors;

namespace Pellucid.Distributed;

/// <summary>
/// Copies of a model that train together, this one among them. Each computes the micro-batches of a range of its own; then
/// all have the sum of all gradients, and make the same update. What they compute has the same bits whatever their number.
/// </summary>
internal abstract class Replicas
{
    /// <summary>Which one this is, from 0.</summary>
    public abstract int Rank { get; }

    /// <summary>How many there are.</summary>
    public abstract int Count { get; }

    /// <summary>The range of so many items, such as micro-batches, that this replica computes.</summary>
    public LeafRange Own(int items) => Own(items, Rank);

    /// <summary>
    /// Sums over all leaves in the order of a <see cref="SumTree"/>. All replicas call it together.
    /// </summary>
    /// <param name="backend">Where this replica's pieces lie.</param>
    /// <param name="leaves">Leaves of the tree.</param>
    /// <param name="pieces">
    /// Sums, equally long vectors, of the <see cref="SumTree.Branches"/> of this replica's leaves. Afterwards the first one
    /// holds the sum of all leaves; the others hold nothing.
    /// </param>
    public abstract void Sum(Backend backend, int leaves, Tensor[] pieces);

    /// <summary>Brings together numbers of items, <paramref name="each"/> of an item, of which every replica has those it owns.</summary>
    public abstract void Gather(double[] values, int each);

    /// <summary>The range of a replica: items in equal parts, in order.</summary>
    protected LeafRange Own(int items, int rank)
    {
        var first = (int)((long)items * rank / Count);
        return new(first, (int)((long)items * (rank + 1) / Count) - first);
    }
}

/// <summary>One replica by itself.</summary>
internal sealed class OneReplica : Replicas
{
    public override int Rank => 0;

    public override int Count => 1;

    public override void Sum(Backend backend, int leaves, Tensor[] pieces)
    {
    }

    public override void Gather(double[] values, int each)
    {
    }
}
