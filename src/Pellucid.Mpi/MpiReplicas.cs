using System.Runtime.InteropServices;
using Pellucid.Distributed;
using Pellucid.Tensors;

namespace Pellucid.Mpi;

/// <summary>
/// Replicas in processes of their own, on one machine or many, that an MPI launcher has started: <c>mpirun -np 4 program</c>.
/// Sums are not MPI's own, whose order differs from library to library and with the number of ranks: shards of whole branches
/// are exchanged, and each rank finishes the <see cref="SumTree"/> for its own.
/// </summary>
public sealed unsafe class MpiReplicas : Replicas, IDisposable
{
    // Whoever waits lets others compute: there may be more ranks than cores, and MPI libraries spin.
    private const int TestsBeforeSleep = 2000;

    private readonly MpiWorld _world;
    private readonly int[] _counts, _starts, _ownCounts, _ownStarts;
    private IReadOnlyList<LeafRange>[] _branches = [];
    private Storage? _received;
    private Tensor[] _pieces = [];
    private int _leaves;

    private MpiReplicas(MpiWorld world)
    {
        _world = world;
        (_counts, _starts, _ownCounts, _ownStarts) = (new int[Count], new int[Count], new int[Count], new int[Count]);
    }

    /// <inheritdoc/>
    public override int Rank => _world.Rank;

    /// <inheritdoc/>
    public override int Count => _world.Size;

    /// <summary>What the MPI library calls itself.</summary>
    public string Library => _world.Library.Version;

    /// <summary>
    /// Bytes of gradients and weights that this rank has sent: of P parameters, padded, on a power of two of R ranks that share the
    /// micro-batches evenly, 2 · 4P · (R − 1)/R in a step, as in a ring.
    /// </summary>
    public long BytesSent { get; private set; }

    /// <summary>
    /// Joins those that the launcher has started. The thread that calls it is the one that disposes it; from then on nobody can
    /// join again.
    /// </summary>
    /// <exception cref="MpiException">There is no MPI library, or it is not the launcher's, and each rank believes to be alone.</exception>
    public static MpiReplicas Join() => new(MpiWorld.Join(Launcher.Current));

    /// <summary>Waits for the others, as long as it takes, and leaves.</summary>
    public void Dispose()
    {
        _received?.Free();
        _world.Dispose();
    }

    /// <summary>
    /// Whether all others come to their end as well, within a moment: then it is one that all of them know of. If not, they wait for
    /// something that never comes, and <see cref="Abort"/> ends them.
    /// </summary>
    internal bool AllLeave(TimeSpan patience) => _world.Leave(patience);

    /// <summary>Ends all ranks at once with that exit code; does not return.</summary>
    internal void Abort(int code) => _world.Abort(code);

    internal override void Sum(Backend backend, int leaves, Tensor[] pieces)
    {
        if (Count == 1)
            return;
        if (_leaves != leaves)
            (_leaves, _branches) = (leaves, Branches(leaves));
        _pieces = pieces;
        var (elements, own) = (pieces[0].Count, Shard(pieces[0].Count, Rank));
        var rounds = _branches.Max(branches => branches.Count);
        Reserve(backend, (long)rounds * Count * own.Count * pieces[0].Type.Bytes());
        for (var round = 0; round < rounds; round++)
            Exchange(round, elements, own.Count);
        Tensor Of(int rank, int piece) =>
            rank == Rank ? pieces[piece].Elements(own.First, own.Count) : Slot(piece, rank, own.Count);
        if (own.Count == 0)
            return;
        var (sum, target) = (SumShard(backend, _branches, new(0, leaves), Of), pieces[0].Elements(own.First, own.Count));
        if (sum.Address != target.Address)
            backend.Copy(sum, target);
    }

    internal override void Share(Backend backend, Tensor vector)
    {
        if (Count == 1)
            return;
        Parts(vector.Count);
        fixed (int* counts = _counts, starts = _starts)
        {
            nint request = 0;
            _world.Library.Require(_world.Library.GatherParts((void*)_world.Library.Handles.InPlace, 0, TypeOf(vector),
                (void*)vector.Address, counts, starts, TypeOf(vector), _world.Handle, &request), "bringing weights together");
            Wait(request);
        }
        BytesSent += (long)_counts[Rank] * (Count - 1) * vector.Type.Bytes();
    }

    internal override void Gather(double[] values, int each)
    {
        if (Count == 1)
            return;
        for (var rank = 0; rank < Count; rank++)
            (_counts[rank], _starts[rank]) = (Own(values.Length / each, rank).Count * each, Own(values.Length / each, rank).First * each);
        // MPI calls return before the numbers have come, so that these must lie where nothing moves them.
        var memory = (double*)NativeMemory.Alloc((nuint)Math.Max(1, values.Length), sizeof(double));
        values.CopyTo(new Span<double>(memory, values.Length));
        fixed (int* counts = _counts, starts = _starts)
        {
            nint request = 0;
            _world.Library.Require(_world.Library.GatherParts((void*)_world.Library.Handles.InPlace, 0, _world.Library.Handles.Double,
                memory, counts, starts, _world.Library.Handles.Double, _world.Handle, &request), "bringing numbers together");
            Wait(request);
        }
        new ReadOnlySpan<double>(memory, values.Length).CopyTo(values);
        NativeMemory.Free(memory);
    }

    // The round-th branch of each rank, if it has so many: its shards go to whom they belong, and mine of all others come here.
    private void Exchange(int round, long elements, int shard)
    {
        Parts(elements);
        var sends = round < _branches[Rank].Count;
        for (var rank = 0; rank < Count; rank++)
        {
            _ownCounts[rank] = rank != Rank && round < _branches[rank].Count ? shard : 0;
            _ownStarts[rank] = rank * shard;
            if (!sends || rank == Rank)
                _counts[rank] = 0;
            BytesSent += (long)_counts[rank] * _pieces[0].Type.Bytes();
        }
        var source = sends ? _pieces[round] : _pieces[0];
        fixed (int* counts = _counts, starts = _starts, ownCounts = _ownCounts, ownStarts = _ownStarts)
        {
            nint request = 0;
            _world.Library.Require(_world.Library.ExchangeParts((void*)source.Address, counts, starts, TypeOf(source),
                (void*)Slot(round, 0, shard).Address, ownCounts, ownStarts, TypeOf(source), _world.Handle, &request),
                "exchanging gradients");
            Wait(request);
        }
    }

    // Where the shard of a rank's branch is received.
    private Tensor Slot(int round, int rank, int shard) =>
        new Tensor(_received!, 0, new Shape(shard), _pieces[0].Type).Elements(((long)round * Count + rank) * shard, shard);

    // Shards of a vector.
    private void Parts(long elements)
    {
        for (var rank = 0; rank < Count; rank++)
            (_starts[rank], _counts[rank]) = Shard(elements, rank);
    }

    private void Reserve(Backend backend, long bytes)
    {
        if (_received?.Bytes >= bytes)
            return;
        _received?.Free();
        _received = new Storage(backend, Math.Max(64, bytes));
    }

    private nint TypeOf(Tensor vector) => vector.Type switch
    {
        ElementType.Float32 => _world.Library.Handles.Float,
        ElementType.Float64 => _world.Library.Handles.Double,
        var type => throw new NotSupportedException($"replicas do not exchange {type.Name()}"),
    };

    private void Wait(nint request)
    {
        for (var tests = 0; !_world.IsDone(&request); tests++)
            if (tests < TestsBeforeSleep)
                Thread.Yield();
            else
                Thread.Sleep(0);
    }
}
