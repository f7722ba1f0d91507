using System.Diagnostics;
using Pellucid.Distributed;
using Pellucid.Models;
using Pellucid.Models.Adapters;
using Pellucid.Tensors;
using Pellucid.Training;
using Pellucid.Tuning.Methods;

namespace Pellucid.Tuning;

/// <summary>
/// Tunes what an adapter learns by a method: a step takes items, has the gradient of each of them computed, sums those in a fixed order,
/// and makes one AdamW update. The model itself stays as it is. How many items are computed at once changes no bit: the gradient of each
/// is kept apart until it is summed.
/// </summary>
internal sealed class Tuner
{
    private const uint DropoutPurpose = 0;
    private const long MostApart = 512 << 20; // bytes of gradients that are kept apart

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
        _replicas = replicas ?? Replicas.One;
        options.Validate();
        if (method.Count == 0)
            throw new ArgumentException("there is nothing to learn from");
        (_adapter, _method, _evaluation, _options) = (adapter, method, evaluation, options);
        gpt.Parameters.Freeze();
        _optimizer = new Optimizer(adapter.Parameters, gpt.Backend, options.AsTraining(), adapter.Decays, _replicas);
        _losses = new double[method.UpdateSize(options.Batch)];
        method.Together = adapter.KeepsItemsApart ? (int)Math.Clamp(MostApart / adapter.BytesOfItem, 1, options.MicroBatch) : 1;
        if (evaluation is not null)
            evaluation.Together = options.MicroBatch;
        _gradients = new GradientSum(gpt.Backend, adapter.Parameters, _replicas, _losses.Length, method.Together);
        _items = new ShuffledItems(method.Count, options.Seed, options.InOrder);
    }

    /// <summary>Updates done.</summary>
    public int Step { get; private set; }

    /// <summary>The lowest evaluation so far, and the step after which it was.</summary>
    public (double Loss, int Step) Best { get; private set; } = (double.PositiveInfinity, 0);

    /// <summary>What a run that is resumed from here has to know.</summary>
    public TuningProgress Progress => new(Step, Best.Loss, Best.Step, _method.State);

    /// <summary>Whether nothing more is to be done: all steps, or as many evaluations without a better one as there may be.</summary>
    public bool HasEnded => Step >= _options.Steps
        || _options.Patience > 0 && Best.Step > 0
        && Step / _options.EvaluateEvery - Best.Step / _options.EvaluateEvery >= _options.Patience;

    /// <summary>Takes up after a step, once the adapter's parameters and moments were set as they were then.</summary>
    public void Resume(TuningProgress progress)
    {
        (Step, Best, _method.State) = (progress.Step, (progress.Best, progress.BestStep), progress.MethodState);
        _adapter.Refresh();
    }

    /// <summary>Tunes to the last step, reporting each one.</summary>
    /// <exception cref="TrainingDivergedException">Loss or gradients are no longer numbers; the adapter is as before the step.</exception>
    /// <exception cref="OperationCanceledException">Between two steps.</exception>
    public void Run(Action<TuningReport> report, CancellationToken cancellation = default)
    {
        while (!HasEnded)
        {
            if (_replicas.Any(cancellation.IsCancellationRequested))
                throw new OperationCanceledException(cancellation);
            report(TuneStep(_replicas.Count == 1 ? cancellation : CancellationToken.None));
        }
    }

    /// <summary>One step: an update, or the several of a method that learns from answers of its own.</summary>
    /// <exception cref="OperationCanceledException">Before the first update.</exception>
    public TuningReport TuneStep(CancellationToken cancellation = default)
    {
        var start = Stopwatch.GetTimestamp();
        var (rate, norms, losses, tokens) = (_options.RateAt(Step + 1), 0.0, new List<double>(), 0L);
        _method.Measures.Clear();
        var updates = _method.Prepare(_items.Of(Step + 1, _options.Batch), Step + 1, cancellation);
        for (var update = 0; update < updates.Count; update++)
        {
            _now = updates[update];
            tokens += _now.Sum(item => (long)_method.TokensOf(item));
            if (!_method.Begin(_now))
                continue;
            var measured = _method.Measures.Count;
            _gradients.Run(Compute);
            _replicas.Gather(_losses, 1);
            _method.Measures.Gather(_replicas, measured);
            losses.Add(_losses.Sum());
            var norm = _optimizer.GradientNorm();
            RequireNumbers(losses[^1], norm);
            _optimizer.Update(Step * updates.Count + update + 1, norm, rate);
            _adapter.Refresh();
            norms += norm;
        }
        _method.End();
        Step++;
        var speed = tokens / Stopwatch.GetElapsedTime(start).TotalSeconds;
        var evaluates = _evaluation is not null && (Step % _options.EvaluateEvery == 0 || Step == _options.Steps);
        double? loss = losses.Count > 0 ? losses.Sum() / losses.Count : null;
        double? evaluation = evaluates ? Evaluate() : null;
        var isBest = evaluation < Best.Loss;
        Best = isBest ? (evaluation!.Value, Step) : Best;
        return new TuningReport(Step, loss, evaluation, rate, norms / Math.Max(1, losses.Count), tokens, speed, isBest,
            _method.Measures.Means);
    }

    /// <summary>The loss of all items that are kept for evaluation.</summary>
    public double Evaluate()
    {
        var all = _evaluation!.Prepare([.. Enumerable.Range(0, _evaluation.Count)], 0, CancellationToken.None)[0];
        if (!_evaluation.Begin(all))
            throw new ArgumentException("there is nothing to evaluate with");
        var losses = new double[all.Length];
        var own = _replicas.Own(losses.Length);
        for (var first = own.First; first < own.End; first += _options.MicroBatch)
        {
            var count = Math.Min(_options.MicroBatch, own.End - first);
            _evaluation.Evaluate(all.AsSpan(first, count), losses.AsSpan(first, count));
        }
        _replicas.Gather(losses, 1);
        return losses.Sum();
    }

    private void Compute(LeafRange items) => _method.Learn(_now.AsSpan(items.First, items.Count),
        new RandomStream(_options.Seed, DropoutPurpose, (ulong)((long)(Step + 1) * _losses.Length + items.First)),
        _losses.AsSpan(items.First, items.Count));

    private void RequireNumbers(double loss, double norm)
    {
        if (!double.IsFinite(loss))
            throw new TrainingDivergedException(Step + 1, _method.FirstOverflow() ?? "the loss");
        if (!double.IsFinite(norm))
            throw new TrainingDivergedException(Step + 1, $"the gradient of {_optimizer.FirstOverflow() ?? "the adapter"}");
    }
}
