using System.Diagnostics;
using Pellucid.Distributed;
using Pellucid.Models;
using Pellucid.Models.Adapters;
using Pellucid.Tensors;
using Pellucid.Training;
using Pellucid.Tuning.Methods;

namespace Pellucid.Tuning;

/// <summary>
/// Tunes what an adapter learns by a method: a step takes items, has the gradient of each leaf of them computed alone, sums those in a
/// fixed order, and makes one AdamW update. The model itself stays as it is.
/// </summary>
internal sealed class Tuner
{
    private const uint DropoutPurpose = 0;

    private readonly Adapter _adapter;
    private readonly TuningMethod _method;
    private readonly TuningMethod? _evaluation;
    private readonly TuningOptions _options;
    private readonly Optimizer _optimizer;
    private readonly GradientSum _gradients;
    private readonly ShuffledItems _items;
    private readonly Replicas _replicas;
    private readonly double[] _losses;
    private int[] _now = [];

    /// <summary>A tuner of that adapter by that method; with another method's items it is evaluated.</summary>
    /// <exception cref="ArgumentException">There are no items, or the options make no sense.</exception>
    public Tuner(Gpt gpt, Adapter adapter, TuningMethod method, TuningOptions options, TuningMethod? evaluation = null,
        Replicas? replicas = null)
    {
        _replicas = replicas ?? new OneReplica();
        options.Validate();
        if (method.Count == 0)
            throw new ArgumentException("there is nothing to learn from");
        (_adapter, _method, _evaluation, _options) = (adapter, method, evaluation, options);
        gpt.Parameters.Freeze();
        _optimizer = new Optimizer(adapter.Parameters, gpt.Backend, options.AsTraining(), adapter.Decays, _replicas);
        _losses = new double[options.Batch / options.MicroBatch];
        _gradients = new GradientSum(gpt.Backend, adapter.Parameters, _replicas, _losses.Length);
        _items = new ShuffledItems(method.Count, options.Seed);
    }

    /// <summary>Updates done.</summary>
    public int Step { get; private set; }

    /// <summary>Takes up after a step, once the adapter's parameters and moments were set as they were then.</summary>
    public void Resume(int step)
    {
        Step = step;
        _adapter.Refresh();
    }

    /// <summary>Tunes to the last step, reporting each one.</summary>
    /// <exception cref="TrainingDivergedException">Loss or gradients are no longer numbers; the adapter is as before the step.</exception>
    /// <exception cref="OperationCanceledException">Between two steps.</exception>
    public void Run(Action<TuningReport> report, CancellationToken cancellation = default)
    {
        while (Step < _options.Steps)
        {
            if (_replicas.Any(cancellation.IsCancellationRequested))
                throw new OperationCanceledException(cancellation);
            report(TuneStep());
        }
    }

    /// <summary>One update.</summary>
    public TuningReport TuneStep()
    {
        var start = Stopwatch.GetTimestamp();
        _now = _items.Of(Step + 1, _options.Batch);
        _method.Measures.Clear();
        var (rate, norm, loss) = (_options.RateAt(Step + 1), 0.0, default(double?));
        if (_method.Begin(_now))
        {
            _gradients.Run(ComputeLeaf);
            _replicas.Gather(_losses, 1);
            _method.Measures.Gather(_replicas);
            loss = _losses.Sum();
            norm = _optimizer.GradientNorm();
            RequireNumbers(loss.Value, norm);
            _optimizer.Update(Step + 1, norm, rate);
            _adapter.Refresh();
        }
        Step++;
        var speed = _now.Sum(item => (long)_method.TokensOf(item)) / Stopwatch.GetElapsedTime(start).TotalSeconds;
        var measures = _method.Measures.Means;
        var evaluates = _evaluation is not null && (Step % _options.EvaluateEvery == 0 || Step == _options.Steps);
        return new TuningReport(Step, loss, evaluates ? Evaluate() : null, rate, norm, speed, measures);
    }

    /// <summary>The loss of all items that are kept for evaluation.</summary>
    public double Evaluate()
    {
        int[] all = [.. Enumerable.Range(0, _evaluation!.Count)];
        if (!_evaluation.Begin(all))
            throw new ArgumentException("there is nothing to evaluate with");
        var losses = new double[(all.Length + _options.MicroBatch - 1) / _options.MicroBatch];
        var own = _replicas.Own(losses.Length);
        for (var leaf = own.First; leaf < own.End; leaf++)
            losses[leaf] = _evaluation.Evaluate(all.AsSpan(leaf * _options.MicroBatch)[..Math.Min(_options.MicroBatch,
                all.Length - leaf * _options.MicroBatch)]);
        _replicas.Gather(losses, 1);
        return losses.Sum();
    }

    private void ComputeLeaf(int leaf) => _losses[leaf] = _method.Learn(_now.AsSpan(leaf * _options.MicroBatch, _options.MicroBatch),
        new RandomStream(_options.Seed, DropoutPurpose, (ulong)((long)(Step + 1) * _losses.Length + leaf)));

    private void RequireNumbers(double loss, double norm)
    {
        if (!double.IsFinite(loss))
            throw new TrainingDivergedException(Step + 1, _method.FirstOverflow() ?? "the loss");
        if (!double.IsFinite(norm))
            throw new TrainingDivergedException(Step + 1, $"the gradient of {_optimizer.FirstOverflow() ?? "the adapter"}");
    }
}
