using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Training;

/// <summary>A micro-batch through the model and back: forward, objective, backward. After a few, nothing is allocated any more.</summary>
internal sealed class TrainingStep : IDisposable
{
    private readonly Gpt _gpt;
    private readonly Objective _objective;
    private readonly Arena _arena;
    private readonly Tape _tape;
    private readonly GptRun _training, _evaluation;
    private float[] _logProbabilities = [], _gradients = [];
    private int _rows;

    /// <summary>Steps of that model towards that objective.</summary>
    public TrainingStep(Gpt gpt, Objective objective, float dropout)
    {
        (_gpt, _objective) = (gpt, objective);
        (_arena, _tape) = (new Arena(gpt.Backend), new Tape(gpt.Backend));
        _training = new GptRun(new Operations(gpt.Backend, _arena, _tape)) { Dropout = dropout };
        _evaluation = new GptRun(new Operations(gpt.Backend, _arena));
    }

    /// <summary>Bytes held for activations and gradients of them.</summary>
    public long Bytes => _arena.Bytes + _tape.Bytes;

    /// <summary>Log-probability of each row's target in the micro-batch before.</summary>
    public ReadOnlySpan<float> LogProbabilities => _logProbabilities.AsSpan(0, _rows);

    /// <summary>
    /// The loss, summed over rows; gradients of <paramref name="weight"/> times it go where the model's parameters collect them.
    /// </summary>
    public double Train(MicroBatch batch, float weight, RandomStream random)
    {
        var (final, targets) = Forward(batch, _training, random);
        var logProbabilities = _objective.IsCrossEntropy ? _gpt.Loss(final, targets, weight, _training)
            : _gpt.LogProbabilities(final, targets, _training);
        var loss = Judge(logProbabilities);
        if (!_objective.IsCrossEntropy)
            Seed(logProbabilities, weight);
        _tape.Backward();
        return loss;
    }

    /// <summary>The loss, summed over rows, without dropout and gradients.</summary>
    public double Evaluate(MicroBatch batch)
    {
        var (final, targets) = Forward(batch, _evaluation, default);
        return Judge(_gpt.LogProbabilities(final, targets, _evaluation));
    }

    /// <summary>
    /// The first activation that is not all numbers in that micro-batch, in <see cref="Train"/> with random numbers, in
    /// <see cref="Evaluate"/> without; null if there is none.
    /// </summary>
    public string? FirstOverflow(MicroBatch batch, RandomStream? random = null)
    {
        var run = random is null ? _evaluation : _training;
        run.Operations.Random = random ?? default;
        return _gpt.FirstOverflow(batch.Rows, run);
    }

    /// <summary>Gives the memory back; the model stays.</summary>
    public void Dispose()
    {
        _tape.Dispose();
        _arena.Dispose();
    }

    private (Tensor Final, Tensor Targets) Forward(MicroBatch batch, GptRun run, RandomStream random)
    {
        run.Operations.Reset();
        run.Operations.Random = random;
        _rows = batch.Rows.Count;
        if (_logProbabilities.Length < _rows)
            (_logProbabilities, _gradients) = (new float[_rows], new float[_rows]);
        var targets = _arena.Allocate(new Shape(_rows), ElementType.Int32);
        _gpt.Backend.Write(batch.Targets, targets);
        return (_gpt.ForwardUnchecked(batch.Rows, run), targets);
    }

    private double Judge(Tensor logProbabilities)
    {
        _gpt.Backend.Read(logProbabilities, _logProbabilities.AsSpan(0, _rows));
        return _objective.Loss(LogProbabilities, _gradients.AsSpan(0, _rows));
    }

    private void Seed(Tensor logProbabilities, float weight)
    {
        var gradients = _gradients.AsSpan(0, _rows);
        foreach (ref var gradient in gradients)
            gradient *= weight;
        var seed = _arena.Allocate(logProbabilities.Shape, logProbabilities.Type);
        _gpt.Backend.Write(gradients, seed);
        _tape.Seed(logProbabilities, seed);
    }
}
