using Pellucid.Tensors;

namespace Pellucid.Tuning.Methods;

/// <summary>
/// What is learned from a list of items, and how. A step takes some of them, begins with all of those, and then has leaves of them
/// computed one after another, whose losses and gradients are parts of the step's.
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

    /// <summary>Begins a step with all of its items; false where nothing can be learned of them.</summary>
    public virtual bool Begin(IReadOnlyList<int> items) => true;

    /// <summary>A leaf's part of the loss; gradients go to the adapter.</summary>
    /// <param name="items">The leaf's.</param>
    /// <param name="random">Of dropout.</param>
    public abstract double Learn(ReadOnlySpan<int> items, RandomStream random);

    /// <summary>The same part of the loss, without dropout and gradients.</summary>
    public abstract double Evaluate(ReadOnlySpan<int> items);

    /// <summary>The first activation of the leaf before that is not all numbers; null if there is none.</summary>
    public string? FirstOverflow() => Step.FirstOverflow(Batch);

    /// <inheritdoc/>
    public virtual void Dispose() => Batch.Dispose();
}
