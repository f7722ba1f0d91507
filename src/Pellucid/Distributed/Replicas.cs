using Pellucid.Tensors;

namespace Pellucid.Distributed;

/// <summary>
/// Copies of a model that train together, this one among them. Each computes the micro-batches of a range of its own, keeps
/// the moments of a shard of the parameters, updates that shard, and gets the others from the rest (ZeRO-1: Rajbhandari et
/// al. 2020). What they leave has the same bits whatever their number.
/// </summary>
public abstract class Replicas
{
    // Borders of shards: whole blocks of a norm, so that each replica sums squares of its own shard alone.
    private const int ShardGrain = Backend.NormBlock;

    private protected Replicas()
    {
    }

    /// <summary>A model that trains by itself.</summary>
    public static Replicas One { get; } = new OneReplica();

    /// <summary>Which one this is, from 0.</summary>
    public abstract int Rank { get; }

    /// <summary>How many there are.</summary>
    public abstract int Count { get; }

    /// <summary>The range of so many items, such as micro-batches, that this replica computes.</summary>
    internal LeafRange Own(int items) => Own(items, Rank);

    /// <summary>The range of a replica: items in equal parts, in order.</summary>
    internal LeafRange Own(int items, int rank)
    {
        var first = (int)((long)items * rank / Count);
        return new(first, (int)((long)items * (rank + 1) / Count) - first);
    }

    /// <summary>The elements of a vector that a replica keeps for all.</summary>
    internal LeafRange Shard(long elements, int rank)
    {
        var blocks = Own(Backend.NormBlocks(elements), rank);
        var first = Math.Min(elements, (long)blocks.First * ShardGrain);
        return new((int)first, (int)(Math.Min(elements, (long)blocks.End * ShardGrain) - first));
    }

    /// <summary>
    /// Sums over all leaves in the order of a <see cref="SumTree"/>. All replicas call it together.
    /// </summary>
    /// <param name="backend">Where this replica's pieces lie.</param>
    /// <param name="leaves">Leaves of the tree.</param>
    /// <param name="pieces">
    /// Sums, equally long vectors, of the <see cref="SumTree.Branches"/> of this replica's leaves. Afterwards the replica's
    /// shard of the first one holds the sum of all leaves; the rest holds nothing.
    /// </param>
    internal abstract void Sum(Backend backend, int leaves, Tensor[] pieces);

    /// <summary>The <see cref="SumTree.Branches"/> of each replica's leaves.</summary>
    internal IReadOnlyList<LeafRange>[] Branches(int leaves) =>
        [.. Enumerable.Range(0, Count).Select(rank => SumTree.Branches(leaves, Own(leaves, rank)))];

    /// <summary>Finishes, in place, a branch of the tree for this replica's shard.</summary>
    /// <param name="backend">Where the shards lie.</param>
    /// <param name="branches">The <see cref="Branches"/> of all.</param>
    /// <param name="branch">What is summed.</param>
    /// <param name="shardOf">This replica's shard of a rank's branch, by the rank and the branch's place among that rank's.</param>
    internal static Tensor SumShard(Backend backend, IReadOnlyList<LeafRange>[] branches, LeafRange branch, Func<int, int, Tensor> shardOf)
    {
        for (var rank = 0; rank < branches.Length; rank++)
        for (var piece = 0; piece < branches[rank].Count; piece++)
            if (branches[rank][piece] == branch)
                return shardOf(rank, piece);
        var count = SumTree.Left(branch.Count);
        var left = SumShard(backend, branches, new(branch.First, count), shardOf);
        backend.AddScaled(SumShard(backend, branches, new(branch.First + count, branch.Count - count), shardOf), 1, left);
        return left;
    }

    /// <summary>Brings together a vector of which every replica has its shard. All call it together.</summary>
    internal abstract void Share(Backend backend, Tensor vector);

    /// <summary>Brings together numbers of items, <paramref name="each"/> of an item, of which every replica has those it owns.</summary>
    internal abstract void Gather(double[] values, int each);

    /// <summary>Whether it is so for any of them. All ask together, and all get the same answer.</summary>
    public bool Any(bool here)
    {
        if (Count == 1)
            return here;
        var answers = new double[Count];
        answers[Rank] = here ? 1 : 0;
        Gather(answers, 1);
        return answers.Any(answer => answer > 0);
    }

    /// <summary>A text of each of them, in order.</summary>
    internal string[] Texts(string here)
    {
        var lengths = new double[Count];
        lengths[Rank] = here.Length;
        Gather(lengths, 1);
        var longest = Math.Max(1, (int)lengths.Max());
        var letters = new double[Count * longest];
        for (var i = 0; i < here.Length; i++)
            letters[Rank * longest + i] = here[i];
        Gather(letters, longest);
        return [.. lengths.Select((length, rank) =>
            string.Create((int)length, letters.AsMemory(rank * longest), (text, from) =>
            {
                for (var i = 0; i < text.Length; i++)
                    text[i] = (char)from.Span[i];
            }))];
    }

    /// <summary>Has the first do something before the others do it, so that these find what it has left.</summary>
    public TResult FirstThenOthers<TResult>(Func<TResult> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        if (Rank > 0)
            Any(false);
        var result = work();
        if (Rank == 0)
            Any(false);
        return result;
    }
}

/// <summary>One replica by itself.</summary>
internal sealed class OneReplica : Replicas
{
    public override int Rank => 0;

    public override int Count => 1;

    internal override void Sum(Backend backend, int leaves, Tensor[] pieces)
    {
    }

    internal override void Share(Backend backend, Tensor vector)
    {
    }

    internal override void Gather(double[] values, int each)
    {
    }
}
