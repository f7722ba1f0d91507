using System.Runtime.ExceptionServices;
using Pellucid.Tensors;

namespace Pellucid.Distributed;

/// <summary>
/// Replicas in one process, a thread each, whose backends reach one another's memory. They sum as machines would: the
/// elements of all vectors are shared out in contiguous shards, and each replica finishes the tree for its own.
/// </summary>
internal sealed class ThreadReplicas : Replicas
{
    private readonly Group _group;
    private IReadOnlyList<LeafRange>[] _branches = [];
    private int _leaves;

    private ThreadReplicas(Group group, int rank) => (_group, Rank) = (group, rank);

    public override int Rank { get; }

    public override int Count => _group.Pieces.Length;

    /// <summary>Runs so many replicas side by side to their end. Where one fails, all end, and its failure is told.</summary>
    public static void Run(int count, Action<Replicas> work)
    {
        using var group = new Group(count);
        var threads = Enumerable.Range(0, count).Select(rank => new Thread(() => group.Guard(() => work(new ThreadReplicas(group, rank)))))
            .ToArray();
        foreach (var thread in threads)
            thread.Start();
        foreach (var thread in threads)
            thread.Join();
        group.Failure?.Throw();
    }

    internal override void Sum(Backend backend, int leaves, Tensor[] pieces)
    {
        if (_leaves != leaves)
            (_leaves, _branches) = (leaves, Branches(leaves));
        _group.Pieces[Rank] = pieces;
        _group.Wait();
        var shard = Shard(pieces[0].Count, Rank);
        Tensor Of(int rank, int piece) => _group.Pieces[rank][piece].Elements(shard.First, shard.Count);
        // Nobody else touches that shard of any vector meanwhile.
        if (shard.Count > 0 && SumShard(backend, _branches, new(0, leaves), Of) is var sum && Rank > 0)
            backend.Copy(sum, pieces[0].Elements(shard.First, shard.Count));
        _group.Wait(); // whoever goes on writes over what others read
    }

    internal override void Share(Backend backend, Tensor vector)
    {
        _group.Pieces[Rank] = [vector];
        _group.Wait();
        for (var rank = 0; rank < Count; rank++)
            if (rank != Rank && Shard(vector.Count, rank) is { Count: > 0 } shard)
                backend.Copy(_group.Pieces[rank][0].Elements(shard.First, shard.Count), vector.Elements(shard.First, shard.Count));
        _group.Wait();
    }

    internal override void Gather(double[] values, int each)
    {
        _group.Values[Rank] = values;
        _group.Wait();
        for (var rank = 0; rank < Count; rank++)
            if (rank != Rank && Own(values.Length / each, rank) is var range)
                Array.Copy(_group.Values[rank], range.First * each, values, range.First * each, range.Count * each);
        _group.Wait();
    }

    /// <summary>What the replicas of a run share.</summary>
    private sealed class Group(int count) : IDisposable
    {
        private readonly Barrier _barrier = new(count);
        private readonly CancellationTokenSource _failed = new();
        private ExceptionDispatchInfo? _failure;

        /// <summary>Vectors that each replica offers for the sum at hand.</summary>
        public Tensor[][] Pieces { get; } = new Tensor[count][];

        /// <summary>Numbers that each replica offers for the gathering at hand.</summary>
        public double[][] Values { get; } = new double[count][];

        /// <summary>What went wrong first.</summary>
        public ExceptionDispatchInfo? Failure => _failure;

        /// <summary>Returns when all replicas have come here.</summary>
        public void Wait() => _barrier.SignalAndWait(_failed.Token);

        /// <summary>Does a replica's work; if it fails, nobody waits for it any more.</summary>
        public void Guard(Action work)
        {
            try
            {
                work();
            }
            catch (Exception error)
            {
                Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(error), null);
                _failed.Cancel();
            }
        }

        public void Dispose()
        {
            _barrier.Dispose();
            _failed.Dispose();
        }
    }
}
