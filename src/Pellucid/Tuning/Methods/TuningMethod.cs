using Pellucid.Tensors;

namespace Pellucid.Tuning.Methods;

/// <summary>
/// What is learned from a list of items, and how. A step takes some of them; each of its updates begins with all that it learns
/// from, and then has some of that computed after others, whose losses and gradients are parts of the update's. Each item's are the
/// same bits alone and in company: a method sums over rows of an item, and never over items.
/// </summary>
internal abstract class TuningMethod : IDisposable
{
    protected TuningMethod(TuningStep step, Backend backend) => (Step, Batch) = (step, new AnswerBatch(backend));

    /// <summary>Items that there are.</summary>
    public abstract int Count { get; }

    /// <summary>What a step is measured by beside its loss: means over its items.</summary>
    public Measures Measures { get; } = new();

    /// <summary>Tokens of an item that pass through the model.</summary>
    public abstract int TokensOf(int item);

    /// <summary>The model with its adapter.</summary>
    protected TuningStep Step { get; }

    /// <summary>What is computed together.</summary>
    protected AnswerBatch Batch { get; }

    /// <summary>How many items an update learns from, where a step takes so many.</summary>
    public virtual int UpdateSize(int batch) => batch;

    /// <summary>
    /// Prepares a step with all of its items; returns what each of its updates learns from. Most methods make one update of the items
    /// themselves; policies write answers to them and learn from those.
    /// </summary>
    /// <param name="items">The step's.</param>
    /// <param name="step">Its number, from 1; 0 where it is to be evaluated with.</param>
    /// <param name="cancellation">Nothing has changed when it comes.</param>
    public virtual IReadOnlyList<int[]> Prepare(int[] items, int step, CancellationToken cancellation) => [items];

    /// <summary>A number that the method carries from step to step, beside what it learns; null where there is none.</summary>
    public virtual double? State { get => null; set { } }

    /// <summary>Ends a step.</summary>
    public virtual void End()
    {
    }

    /// <summary>Begins an update with all that it learns from; false where nothing can be learned of it.</summary>
    public virtual bool Begin(IReadOnlyList<int> items) => true;

    /// <summary>Most items that are computed together; it changes memory and time, and no result.</summary>
    public int Together { get; set; } = 1;

    /// <summary>The parts of the loss that items are; gradients go to the adapter, of each item where it collects them.</summary>
    /// <param name="items">Which.</param>
    /// <param name="random">Of the first one's dropout; each has a step of its own from there.</param>
    /// <param name="losses">Receives each item's part.</param>
    public abstract void Learn(ReadOnlySpan<int> items, RandomStream random, Span<double> losses);

    /// <summary>The same parts of the loss, without dropout and gradients.</summary>
    public abstract void Evaluate(ReadOnlySpan<int> items, Span<double> losses);

    /// <summary>The sum of the parts.</summary>
    public double Learn(ReadOnlySpan<int> items, RandomStream random)
    {
        var losses = new double[items.Length];
        Learn(items, random, losses);
        return losses.Sum();
    }

    /// <summary>The sum of the parts.</summary>
    public double Evaluate(ReadOnlySpan<int> items)
    {
        var losses = new double[items.Length];
        Evaluate(items, losses);
        return losses.Sum();
    }

    /// <summary>The first activation of the items before that is not all numbers; null if there is none.</summary>
    public string? FirstOverflow() => Step.FirstOverflow(Batch);

    /// <inheritdoc/>
    public virtual void Dispose() => Batch.Dispose();
}
