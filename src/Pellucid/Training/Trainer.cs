using System.Diagnostics;
using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Training;

/// <summary>What happened in a step.</summary>
/// <param name="Step">Updates done, from 1.</param>
/// <param name="TrainLoss">Mean next-token loss of the step's batch, in nats.</param>
/// <param name="ValidationLoss">The same on the validation part, where this step evaluated it.</param>
/// <param name="IsBest">Whether no evaluation before was better.</param>
/// <param name="LearningRate">Rate of the step.</param>
/// <param name="GradientNorm">Norm of all gradients together, before clipping.</param>
/// <param name="TokensPerSecond">Tokens trained on over the seconds that the step took, evaluation aside.</param>
/// <param name="Spike">Set where the loss is far above those of the steps before.</param>
public readonly record struct TrainingReport(int Step, double TrainLoss, double? ValidationLoss, bool IsBest, float LearningRate, double GradientNorm, double TokensPerSecond, LossSpike? Spike = null);

/// <summary>The loss is no longer a number: training has come apart.</summary>
public sealed class TrainingDivergedException(int step, string what) : Exception($"{what} is not a number at step {step}; try a smaller learning rate or a longer warm-up")
{
    /// <summary>The step it was seen at.</summary>
    public int Step => step;
}

/// <summary>Next-token training: forward, loss at every position, backward, AdamW. After a few steps nothing is allocated any more.</summary>
public sealed class Trainer : IDisposable
{
    private readonly Gpt _gpt;
    private readonly TokenStream _stream;
    private readonly TrainingOptions _options;
    private readonly Arena _arena;
    private readonly Tape _tape;
    private readonly TokenRows _rows;
    private readonly GptRun _training, _evaluation;
    private readonly Func<int, bool> _decays;
    private readonly int[] _targets;
    private readonly float[] _logProbabilities;
    private readonly double[] _sequenceLosses;
    private readonly LossSpikes _spikes = new();

    /// <summary>A trainer of that model on that stream.</summary>
    public Trainer(Gpt gpt, TokenStream stream, TrainingOptions options)
    {
        ArgumentNullException.ThrowIfNull(gpt);
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        if (stream.SequenceLength > gpt.Config.Context)
            throw new ArgumentException($"sequences of {stream.SequenceLength} tokens do not fit a context of {gpt.Config.Context}");
        (_gpt, _stream, _options, _decays) = (gpt, stream, options, gpt.Decays);
        _arena = new Arena(gpt.Backend);
        _tape = new Tape(gpt.Backend);
        _rows = new TokenRows(gpt.Backend);
        _training = new GptRun(new Operations(gpt.Backend, _arena, _tape)) { Dropout = options.Dropout };
        _evaluation = new GptRun(new Operations(gpt.Backend, _arena));
        _targets = new int[options.Batch * stream.SequenceLength];
        _logProbabilities = new float[_targets.Length];
        _sequenceLosses = new double[options.Batch * options.Accumulate];
        gpt.Parameters.PrepareTraining();
    }

    /// <summary>Updates done.</summary>
    public int Step { get; private set; }

    /// <summary>Smallest validation loss so far.</summary>
    public double BestValidationLoss { get; private set; } = double.PositiveInfinity;

    /// <summary>Bytes held for activations and gradients of them, beside the model's own.</summary>
    public long WorkingBytes => _arena.Bytes + _tape.Bytes;

    /// <summary>Goes on where another trainer stopped, after the model's weights and moments were set as they were then.</summary>
    /// <param name="step">Updates done.</param>
    /// <param name="bestValidationLoss">Smallest validation loss so far.</param>
    /// <param name="losses">Training losses of the last steps, by which spikes are told.</param>
    public void GoOn(int step, double bestValidationLoss, IEnumerable<double> losses)
    {
        ArgumentNullException.ThrowIfNull(losses);
        (Step, BestValidationLoss) = (step, bestValidationLoss);
        foreach (var loss in losses)
            _spikes.Take(loss);
    }

    /// <summary>Trains to the last step, reporting each one. Before the first step the untrained model is evaluated and reported as step 0.</summary>
    /// <exception cref="TrainingDivergedException">Loss or gradients are no longer numbers. The weights are those before the step.</exception>
    /// <exception cref="OperationCanceledException">Between two steps.</exception>
    public void Run(Action<TrainingReport> report, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(report);
        if (Step == 0)
        {
            var untrained = BestValidationLoss = Evaluate();
            report(new TrainingReport(0, untrained, untrained, true, 0, 0, 0));
        }
        while (Step < _options.Steps)
        {
            cancellation.ThrowIfCancellationRequested();
            var start = Stopwatch.GetTimestamp();
            var (loss, norm, rate) = TrainStep();
            var speed = _options.Accumulate * _targets.Length / Stopwatch.GetElapsedTime(start).TotalSeconds;
            var evaluates = Step % _options.EvaluateEvery == 0 || Step == _options.Steps;
            double? validation = evaluates ? Evaluate() : null;
            var spike = _spikes.Take(loss) is { } deviations ? Blame(deviations) : null;
            var best = validation < BestValidationLoss;
            if (best)
                BestValidationLoss = validation!.Value;
            report(new TrainingReport(Step, loss, validation, best, rate, norm, speed, spike));
        }
    }

    /// <summary>One update.</summary>
    public (double Loss, double GradientNorm, float LearningRate) TrainStep()
    {
        var (step, loss) = (Step + 1, 0.0);
        _gpt.Parameters.ClearGradients();
        for (var part = 0; part < _options.Accumulate; part++)
        {
            _training.Operations.Reset();
            _training.Operations.Random = new RandomStream(_options.Seed, 0, (ulong)((long)step * _options.Accumulate + part));
            _rows.Clear();
            for (var i = 0; i < _options.Batch; i++)
                AddSequence(_stream.Draw(_options.Seed, step, part * _options.Batch + i), i);
            loss += BatchLoss(_training, 1f / (_options.Accumulate * _targets.Length)) / _options.Accumulate;
            for (var i = 0; i < _options.Batch; i++)
                _sequenceLosses[part * _options.Batch + i] = SequenceLoss(i);
            _tape.Backward();
        }
        RequireNumber(loss, "the loss", step);
        var norm = Math.Sqrt(_gpt.Backend.SquaredNorm(_gpt.Parameters.AllGradients));
        RequireNumber(norm, "the gradient", step);
        var scale = _options.Clip > 0 && norm > _options.Clip ? (float)(_options.Clip / norm) : 1;
        var rate = LearningRate.At(step, _options);
        _gpt.Parameters.Update(new AdamWStep(rate, _options.Beta1, _options.Beta2, _options.Epsilon, _options.WeightDecay, step), scale, _decays);
        Step = step;
        return (loss, norm, rate);
    }

    /// <summary>Mean loss on sequences spread evenly over the validation part.</summary>
    public double Evaluate()
    {
        var loss = 0.0;
        for (var batch = 0; batch < _options.EvaluateBatches; batch++)
        {
            _evaluation.Operations.Reset();
            _rows.Clear();
            for (var i = 0; i < _options.Batch; i++)
                AddSequence(_stream.Validation(batch * _options.Batch + i, _options.EvaluateBatches * _options.Batch), i);
            loss += BatchLoss(_evaluation, 0) / _options.EvaluateBatches;
        }
        RequireNumber(loss, "the validation loss", Step);
        return loss;
    }

    private void AddSequence(ReadOnlySpan<int> sequence, int index)
    {
        _rows.Add(sequence[..^1]);
        sequence[1..].CopyTo(_targets.AsSpan(index * _stream.SequenceLength));
    }

    private double BatchLoss(GptRun run, float weight)
    {
        var targets = _arena.Allocate(new Shape(_targets.Length), ElementType.Int32);
        _gpt.Backend.Write(_targets, targets);
        _gpt.Backend.Read(_gpt.Loss(_gpt.Forward(_rows, run), targets, weight, run), _logProbabilities);
        var sum = 0.0;
        foreach (var value in _logProbabilities)
            sum -= value;
        return sum / _logProbabilities.Length;
    }

    private double SequenceLoss(int index)
    {
        var sum = 0.0;
        foreach (var value in _logProbabilities.AsSpan(index * _stream.SequenceLength, _stream.SequenceLength))
            sum -= value;
        return sum / _stream.SequenceLength;
    }

    private LossSpike Blame(double deviations)
    {
        var worst = Array.IndexOf(_sequenceLosses, _sequenceLosses.Max());
        return new LossSpike(deviations, worst, _sequenceLosses[worst], [.. _sequenceLosses.Select((_, sequence) => _stream.PlaceOf(_options.Seed, Step, sequence))]);
    }

    private static void RequireNumber(double value, string what, int step)
    {
        if (!double.IsFinite(value))
            throw new TrainingDivergedException(step, what);
    }

    /// <summary>Gives the memory back; the model stays.</summary>
    public void Dispose()
    {
        _rows.Dispose();
        _tape.Dispose();
        _arena.Dispose();
    }
}
