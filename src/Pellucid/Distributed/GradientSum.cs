using Pellucid.Tensors;

namespace Pellucid.Distributed;

/// <summary>
/// The gradient of a step: gradients of micro-batches, each computed alone and never into a running sum, added in the order
/// of a <see cref="SumTree"/>. Blocks of gradients that are there at once are at most one more than the tree is deep; with
/// one micro-batch that is the one block, which nothing is copied to or from. Leaves may be computed together, in whole branches, as
/// long as their gradients are kept apart: that takes a block for each of them, and leaves the same bits.
/// </summary>
internal sealed class GradientSum
{
    private readonly Backend _backend;
    private readonly ParameterSet _parameters;
    private readonly Replicas _replicas;
    private readonly int _microBatches, _together;
    private readonly IReadOnlyList<LeafRange> _branches;
    private readonly Tensor[] _pieces;

    /// <param name="backend">Where gradients lie.</param>
    /// <param name="parameters">Of what.</param>
    /// <param name="replicas">Who computes.</param>
    /// <param name="microBatches">Leaves of a step.</param>
    /// <param name="together">Most leaves that are computed at once.</param>
    /// <exception cref="ArgumentException">There are fewer micro-batches than replicas.</exception>
    public GradientSum(Backend backend, ParameterSet parameters, Replicas replicas, int microBatches, int together = 1)
    {
        if (microBatches < replicas.Count)
            throw new ArgumentException($"{microBatches} micro-batches cannot be shared by {replicas.Count} replicas");
        (_backend, _parameters, _replicas, _microBatches, _together) = (backend, parameters, replicas, microBatches, together);
        _branches = SumTree.Branches(microBatches, replicas.Own(microBatches));
        _pieces = [.. Enumerable.Range(0, _branches.Count).Select(parameters.GradientBlock)];
    }

    /// <summary>
    /// Has gradients of this replica's micro-batches computed, one after another, and leaves, in this replica's shard, the sum
    /// over those of all.
    /// </summary>
    public void Run(Action<LeafRange> compute)
    {
        for (var piece = 0; piece < _branches.Count; piece++)
            Collect(_branches[piece], piece, compute);
        _replicas.Sum(_backend, _microBatches, _pieces);
        _parameters.GradientsAreSummed();
    }

    private void Collect(LeafRange branch, int block, Action<LeafRange> compute)
    {
        if (branch.Count <= _together)
        {
            _parameters.CollectGradients(block, branch.Count);
            compute(branch);
            _ = _parameters.AllGradients; // zeros where nothing flowed to
            AddUp(branch.Count, block);
            return;
        }
        var left = SumTree.Left(branch.Count);
        Collect(new(branch.First, left), block, compute);
        Collect(new(branch.First + left, branch.Count - left), block + 1, compute);
        _backend.AddScaled(_parameters.GradientBlock(block + 1), 1, _parameters.GradientBlock(block));
    }

    // A branch whose leaves lie in blocks beside each other.
    private void AddUp(int leaves, int block)
    {
        if (leaves == 1)
            return;
        var left = SumTree.Left(leaves);
        AddUp(left, block);
        AddUp(leaves - left, block + left);
        _backend.AddScaled(_parameters.GradientBlock(block + left), 1, _parameters.GradientBlock(block));
    }
}
