namespace Pellucid.Tensors;

/// <summary>One recorded operation: what its backward needs. A plain value, so that a reused tape makes no garbage.</summary>
internal readonly record struct TapeEntry(BackwardOperation Backward)
{
    public Tensor Output { get; init; }
    public Tensor A { get; init; }
    public Tensor B { get; init; }
    public Tensor C { get; init; }
    public Tensor D { get; init; }
    public Tensor E { get; init; }

    /// <summary>Of a function of an operation's result: its slope, in the place of that result.</summary>
    public Tensor Slope { get; init; }

    /// <summary>Weights and biases of groups of rows.</summary>
    public (Tensor[] Weights, Tensor[] Biases) Groups { get; init; }

    /// <summary>What is added to columns of a product.</summary>
    public ColumnsAdded Added { get; init; }

    public bool Transposed { get; init; }
    public AttentionShape Shape { get; init; }
    public Nonlinearity Nonlinearity { get; init; }
    public float Number { get; init; }
    public float OtherNumber { get; init; }
    public RandomStream Random { get; init; }
    public EditRegion Region { get; init; }
    public EditOperation Edit { get; init; }
    public TokenRows? Rows { get; init; }
    public RotaryTable? Rotary { get; init; }
    public Operations? Operations { get; init; }

    /// <summary>What is computed again on the way back.</summary>
    public Func<Tensor, Tensor>? Part { get; init; }
}

/// <summary>Adds to the gradients of an operation's sources from the gradient of its output.</summary>
internal delegate void BackwardOperation(Tape tape, in TapeEntry entry);
