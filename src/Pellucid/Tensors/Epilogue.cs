namespace Pellucid.Tensors;

/// <summary>
/// What becomes of the elements of a product, in the pass that forms them: of a product that is stored first and read again
/// for it, every element would go to memory and back.
/// </summary>
internal readonly record struct Epilogue
{
    internal EpilogueKind Kind { get; private init; }

    /// <summary>A tensor of the product's shape that it reads or writes beside the destination.</summary>
    internal Tensor Other { get; private init; }

    internal float Probability { get; private init; }

    internal RandomStream Random { get; private init; }

    internal Nonlinearity Nonlinearity { get; private init; }

    /// <summary>
    /// destination = f(product), and unless it is empty <paramref name="slope"/> = f'(product), of which the same work is the larger part.
    /// </summary>
    public static Epilogue Activate(Nonlinearity nonlinearity, Tensor slope) =>
        new() { Kind = EpilogueKind.Activate, Nonlinearity = nonlinearity, Other = slope };

    /// <summary>destination = f(gate) · product.</summary>
    public static Epilogue GateBy(Tensor gate, Nonlinearity nonlinearity) =>
        new() { Kind = EpilogueKind.Gate, Nonlinearity = nonlinearity, Other = gate };

    /// <summary>destination = product · factor, element by element:
    /// a gradient on its way back through a function whose slope was kept.</summary>
    public static Epilogue MultiplyBy(Tensor factor) => new() { Kind = EpilogueKind.MultiplyBy, Other = factor };

    /// <summary>destination = residual + product, which <see cref="Backend.Dropout"/> with that probability thins out before.</summary>
    public static Epilogue AddTo(Tensor residual, float probability = 0, RandomStream random = default) =>
        new() { Kind = EpilogueKind.AddTo, Other = residual, Probability = probability, Random = random };
}

internal enum EpilogueKind
{
    None,
    Activate,
    Gate,
    MultiplyBy,
    AddTo,
}
