using Pellucid.Tensors;

namespace Pellucid.Distributed;

/// <summary>
/// The gradient of a step: gradients of micro-batches, each computed alone and never into a running sum, added in the order
/// of a <see cref="SumTree"/>. Blocks of gradients that are there at once are at most one more than the tree is deep; with
/// one micro-batch that is the one block, which nothing is copied to or from.
/// </summary>
internal sealed class GradientSum
{
    private readonly Backend _backend;
    private readonly ParameterSet _parameters;
    private readonly Replicas _replicas;
    private readonly int _microBatches;
    private readonly IReadOnlyList<LeafRange> _branches;
    private readonly Tensor[] _pieces;

    /// <exception cref="ArgumentException">There are fewer micro-batches than replicas.</exception>
    public GradientSum(Backend backend, ParameterSet parameters, Replicas replicas, int microBatches)
    {
        if (microBatches < replicas.Count)
            throw new ArgumentException($"{microBatches} micro-batches cannot be shared by {replicas.Count} replicas");
        (_backend, _parameters, _replicas, _microBatches) = (backend, parameters, replicas, microBatches);
        _branches = SumTree.Branches(microBatches, replicas.Own(microBatches));
        _pieces = [.. Enumerable.Range(0, _branches.Count).Select(parameters.GradientBlock)];
    }

    /// <summary>
    /// Has gradients of this replica's micro-batches computed, one after another, and leaves, in this replica's shard, the sum
    /// over those of all.
    /// </summary>
    public void Run(Action<int> computeMicroBatch)
    {
        for (var piece = 0; piece < _branches.Count; piece++)
            Collect(_branches[piece], piece, computeMicroBatch);
        _replicas.Sum(_backend, _microBatches, _pieces);
        _parameters.GradientsAreSummed();
    }

    private void Collect(LeafRange branch, int block, Action<int> computeMicroBatch)
    {
        if (branch.Count == 1)
        {
            _parameters.CollectGradients(block);
            computeMicroBatch(branch.First);
            _ = _parameters.AllGradients; // zeros where nothing flowed to
            return;
        }
        var left = SumTree.Left(branch.Count);
        Collect(new(branch.First, left), block, computeMicroBatch);
        Collect(new(branch.First + left, branch.Count - left), block + 1, computeMicroBatch);
        _backend.AddScaled(_parameters.GradientBlock(block + 1), 1, _parameters.GradientBlock(block));
    }
}
