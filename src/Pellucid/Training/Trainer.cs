using System.Diagnostics;
using Pellucid.Distributed;
using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Training;

/// <summary>
/// Next-token training. A step draws a batch, computes the gradient of each of its micro-batches alone, sums them in a fixed
/// order, and makes one AdamW update of what the model says trains. After a few steps nothing is allocated any more.
/// </summary>
public sealed class Trainer : IDisposable
{
    private readonly Gpt _gpt;
    private readonly TokenStream _stream;
    private readonly TrainingOptions _options;
    private readonly Replicas _replicas;
    private readonly MicroBatch _batch;
    private readonly TrainingStep _step;
    private readonly GradientSum _gradients;
    private readonly Optimizer _optimizer;
    private readonly Action<LeafRange> _computeMicroBatch;
    private readonly LossSpikes _spikes = new();

    // Of each micro-batch its loss, summed over rows, and the mean loss of each of its sequences; of an evaluation each batch's loss.
    private readonly double[] _losses, _validationLosses;

    /// <summary>A trainer of that model on that stream.</summary>
    public Trainer(Gpt gpt, TokenStream stream, TrainingOptions options) : this(gpt, stream, options, Replicas.One)
    {
    }

    /// <summary>One of several trainers that train together, each a model of its own that begins like the others.</summary>
    public Trainer(Gpt gpt, TokenStream stream, TrainingOptions options, Replicas replicas)
    {
        ArgumentNullException.ThrowIfNull(gpt);
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(replicas);
        options.Validate();
        if (stream.SequenceLength > gpt.Context)
            throw new ArgumentException($"sequences of {stream.SequenceLength} tokens do not fit a context of {gpt.Context}");
        (_gpt, _stream, _options, _replicas) = (gpt, stream, options, replicas);
        _batch = new MicroBatch(gpt.Backend);
        _step = new TrainingStep(gpt, new CrossEntropy(), options.Dropout);
        _optimizer = new Optimizer(gpt, options, replicas);
        _gradients = new GradientSum(gpt.Backend, gpt.Parameters, replicas, MicroBatches);
        _computeMicroBatch = alone => ComputeMicroBatch(alone.First);
        (_losses, _validationLosses) = (new double[MicroBatches * (1 + Sequences)], new double[options.EvaluateBatches]);
    }

    /// <summary>Updates done.</summary>
    public int Step { get; private set; }

    /// <summary>Smallest validation loss so far.</summary>
    public double BestValidationLoss { get; private set; } = double.PositiveInfinity;

    /// <summary>Bytes held for activations and gradients of them, beside the model's own.</summary>
    internal long WorkingBytes => _step.Bytes;

    // Of a step, over all batches that it accumulates.
    private int MicroBatches => _options.Accumulate * _options.MicroBatches;

    // Of a micro-batch.
    private int Sequences => _options.Batch / _options.MicroBatches;

    private int RowsOfStep => MicroBatches * Sequences * _stream.SequenceLength;

    /// <summary>Takes up where another trainer stopped, after the model's weights and moments were set as they were then.</summary>
    /// <param name="step">Updates done.</param>
    /// <param name="bestValidationLoss">Smallest validation loss so far.</param>
    /// <param name="losses">Training losses of the last steps, by which spikes are told.</param>
    public void Resume(int step, double bestValidationLoss, IEnumerable<double> losses)
    {
        ArgumentNullException.ThrowIfNull(losses);
        (Step, BestValidationLoss) = (step, bestValidationLoss);
        foreach (var loss in losses)
            _spikes.Take(loss);
    }

    /// <summary>
    /// Trains to the last step, reporting each one. Before the first step the untrained model is evaluated and reported as step 0.
    /// </summary>
    /// <exception cref="TrainingDivergedException">
    /// Loss or gradients are no longer numbers; the message names the activation or the gradient that was none first. The weights
    /// are those before the step.
    /// </exception>
    /// <exception cref="OperationCanceledException">Between two steps.</exception>
    public void Run(Action<TrainingReport> report, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(report);
        if (Step == 0)
        {
            var untrained = BestValidationLoss = Evaluate();
            report(new TrainingReport(0, null, untrained, true, 0, 0, 0));
        }
        while (Step < _options.Steps)
        {
            if (_replicas.Any(cancellation.IsCancellationRequested))
                throw new OperationCanceledException(cancellation);
            var start = Stopwatch.GetTimestamp();
            var (loss, norm, rate) = TrainStep();
            var speed = RowsOfStep / Stopwatch.GetElapsedTime(start).TotalSeconds;
            var evaluates = Step % _options.EvaluateEvery == 0 || Step == _options.Steps;
            double? validation = evaluates ? Evaluate() : null;
            var spike = _spikes.Take(loss) is { } deviations ? Blame(deviations) : null;
            var best = validation < BestValidationLoss;
            if (best)
                BestValidationLoss = validation!.Value;
            report(new TrainingReport(Step, loss, validation, best, rate, norm, speed, spike, RowsOfStep));
        }
    }

    /// <summary>One update.</summary>
    public (double Loss, double GradientNorm, float LearningRate) TrainStep()
    {
        _gradients.Run(_computeMicroBatch);
        _replicas.Gather(_losses, 1 + Sequences);
        var loss = 0.0;
        for (var microBatch = 0; microBatch < MicroBatches; microBatch++)
            loss += _losses[microBatch * (1 + Sequences)];
        loss /= RowsOfStep;
        if (!double.IsFinite(loss))
            throw new TrainingDivergedException(Step + 1, FirstOverflow() ?? "the loss");
        var norm = _optimizer.GradientNorm();
        if (!double.IsFinite(norm))
            throw new TrainingDivergedException(Step + 1, $"the gradient{(_optimizer.FirstOverflow() is { } name ? $" of {name}" : "")}");
        var rate = _optimizer.Update(Step + 1, norm);
        Step++;
        return (loss, norm, rate);
    }

    /// <summary>Mean loss on sequences spread evenly over the validation part.</summary>
    public double Evaluate()
    {
        RequireAgreement();
        var own = _replicas.Own(_options.EvaluateBatches);
        for (var batch = own.First; batch < own.End; batch++)
            _validationLosses[batch] = BatchLoss(batch);
        _replicas.Gather(_validationLosses, 1);
        var loss = 0.0;
        foreach (var batch in _validationLosses)
            loss += batch / (_options.Batch * _stream.SequenceLength) / _options.EvaluateBatches;
        return double.IsFinite(loss) ? loss : throw new TrainingDivergedException(Step, FirstValidationOverflow() ?? "the validation loss");
    }

    /// <summary>Gives the memory back; the model stays.</summary>
    public void Dispose()
    {
        _batch.Dispose();
        _step.Dispose();
    }

    private void ComputeMicroBatch(int microBatch)
    {
        DrawMicroBatch(microBatch);
        var losses = _losses.AsSpan(microBatch * (1 + Sequences), 1 + Sequences);
        losses[0] = _step.Train(_batch, 1f / RowsOfStep, RandomOf(microBatch));
        for (var sequence = 0; sequence < Sequences; sequence++)
            losses[1 + sequence] = MeanLoss(sequence);
    }

    private void DrawMicroBatch(int microBatch)
    {
        _batch.Clear();
        for (var sequence = 0; sequence < Sequences; sequence++)
            _batch.Add(_stream.Draw(_options.Seed, Step + 1, microBatch * Sequences + sequence));
    }

    // The activation that a loss comes from which is none: every replica can tell, for what is drawn and dropped is known to all.
    private string? FirstOverflow()
    {
        for (var microBatch = 0; microBatch < MicroBatches; microBatch++)
        {
            if (double.IsFinite(_losses[microBatch * (1 + Sequences)]))
                continue;
            DrawMicroBatch(microBatch);
            return _step.FirstOverflow(_batch, RandomOf(microBatch));
        }
        return null;
    }

    private string? FirstValidationOverflow()
    {
        var batch = Array.FindIndex(_validationLosses, loss => !double.IsFinite(loss));
        for (var part = 0; batch >= 0 && part < _options.MicroBatches; part++)
        {
            DrawValidation(batch, part);
            if (_step.FirstOverflow(_batch) is { } first)
                return first;
        }
        return null;
    }

    // What is dropped follows from the step and the micro-batch, whoever computes it.
    private RandomStream RandomOf(int microBatch) => new(_options.Seed, 0, (ulong)((long)(Step + 1) * MicroBatches + microBatch));

    // As many sequences at a time as in training; a row's bits do not depend on its company.
    private double BatchLoss(int batch)
    {
        var loss = 0.0;
        for (var part = 0; part < _options.MicroBatches; part++)
        {
            DrawValidation(batch, part);
            loss += _step.Evaluate(_batch);
        }
        return loss;
    }

    private void DrawValidation(int batch, int part)
    {
        _batch.Clear();
        for (var sequence = part * Sequences; sequence < (part + 1) * Sequences; sequence++)
            _batch.Add(_stream.Validation(batch * _options.Batch + sequence, _options.EvaluateBatches * _options.Batch));
    }

    private double MeanLoss(int sequence)
    {
        var sum = 0.0;
        foreach (var value in _step.LogProbabilities.Slice(sequence * _stream.SequenceLength, _stream.SequenceLength))
            sum -= value;
        return sum / _stream.SequenceLength;
    }

    private LossSpike Blame(double deviations)
    {
        double LossOf(int sequence) => _losses[sequence / Sequences * (1 + Sequences) + 1 + sequence % Sequences];
        var sequences = Enumerable.Range(0, MicroBatches * Sequences).ToArray();
        var worst = sequences.MaxBy(LossOf);
        return new LossSpike(deviations, worst, LossOf(worst),
            [.. sequences.Select(sequence => _stream.PlaceOf(_options.Seed, Step, sequence))]);
    }

    // Replicas that do not begin alike, or do not compute alike, would learn on from a model that none of them is.
    private void RequireAgreement()
    {
        if (_replicas.Count == 1)
            return;
        var norms = new double[_replicas.Count];
        for (var index = 0; index < _gpt.Parameters.Count; index++)
            if (_gpt.Parameters.Trains(index))
                norms[_replicas.Rank] += _gpt.Backend.SquaredNorm(_gpt.Parameters[index]);
        _replicas.Gather(norms, 1);
        if (Array.FindIndex(norms, norm => norm != norms[0]) is var other and > 0)
            throw new InvalidOperationException($"replica {other} has other weights than replica 0 after {Step} steps");
    }
}
