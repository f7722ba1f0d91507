using Pellucid.Distributed;
using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Training;

/// <summary>
/// AdamW (Loshchilov and Hutter 2019) on all that trains, after clipping the gradient by its norm. Of several replicas each
/// keeps the moments of a shard, updates it, and gets the others' from them.
/// </summary>
internal sealed class Optimizer
{
    private readonly ParameterSet _parameters;
    private readonly Backend _backend;
    private readonly TrainingOptions _options;
    private readonly Func<int, bool> _decays;
    private readonly Replicas _replicas;
    private readonly LeafRange _shard;
    private readonly double[] _squares;

    public Optimizer(Gpt gpt, TrainingOptions options, Replicas replicas) : this(gpt.Parameters, gpt.Backend, options, gpt.Decays, replicas)
    {
    }

    /// <summary>Of any parameters, of which some decay.</summary>
    public Optimizer(ParameterSet parameters, Backend backend, TrainingOptions options, Func<int, bool> decays, Replicas replicas)
    {
        (_parameters, _backend, _options, _decays, _replicas) = (parameters, backend, options, decays, replicas);
        _shard = replicas.Shard(parameters.TrainedElements, replicas.Rank);
        _squares = new double[Backend.NormBlocks(parameters.TrainedElements)];
        _parameters.PrepareTraining(_shard.First, _shard.Count);
    }

    /// <summary>Norm of all gradients together: sums of blocks, each computed by whose shard it lies in, added in order.</summary>
    public double GradientNorm()
    {
        var own = _replicas.Own(_squares.Length);
        if (own.Count > 0)
            _backend.SquaredNorms(_parameters.AllGradients.Elements(_shard.First, _shard.Count), _squares.AsSpan(own.First, own.Count));
        _replicas.Gather(_squares, 1);
        var sum = 0.0;
        foreach (var square in _squares)
            sum += square;
        return Math.Sqrt(sum);
    }

    /// <summary>The parameter, nearest to the loss, whose gradient is not all numbers; null if there is none.</summary>
    public string? FirstOverflow()
    {
        _replicas.Share(_backend, _parameters.AllGradients);
        for (var index = _parameters.Count - 1; index >= 0; index--)
            if (_parameters.Trains(index) && !double.IsFinite(_backend.SquaredNorm(_parameters.Gradient(_parameters[index]))))
                return _parameters.NameOf(index);
        return null;
    }

    /// <summary>The update of a step, from 1, by gradients of that norm; tells the learning rate.</summary>
    public float Update(int step, double gradientNorm)
    {
        var rate = LearningRate.At(step, _options);
        Update(step, gradientNorm, rate);
        return rate;
    }

    /// <summary>The same with a learning rate that somebody else has chosen.</summary>
    public void Update(int step, double gradientNorm, float rate)
    {
        var scale = _options.Clip > 0 && gradientNorm > _options.Clip ? (float)(_options.Clip / gradientNorm) : 1;
        var adamW = new AdamWStep(rate, _options.Beta1, _options.Beta2, _options.Epsilon, _options.WeightDecay, step);
        _parameters.Update(adamW, scale, _decays);
        if (_replicas.Count > 1)
            ShareValues();
    }

    // Gradients are done with: their memory brings the new values, which may lie apart from one another, where they are to go.
    private void ShareValues()
    {
        var (block, all) = (_parameters.GradientBlock(0), _parameters.TrainedElements);
        _parameters.CopyValues(block, _shard.First, _shard.Count, fromBlock: false);
        _replicas.Share(_backend, block);
        _parameters.CopyValues(block, 0, _shard.First, fromBlock: true);
        _parameters.CopyValues(block, _shard.End, all - _shard.End, fromBlock: true);
    }
}
