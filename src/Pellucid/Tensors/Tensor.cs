namespace Pellucid.Tensors;

/// <summary>
/// A view of a backend's memory: where it starts, its shape, and how an element is stored. Rows are contiguous and
/// the last axis is dense. A tensor is a value; the memory belongs to the <see cref="Arena"/> that made it and is
/// never freed through the tensor.
/// </summary>
public readonly struct Tensor
{
    internal Tensor(Storage storage, nint offset, Shape shape, ElementType type, int node = 0, WeightLayout? layout = null)
    {
        Layout = layout;
        Storage = storage;
        Offset = offset;
        Shape = shape;
        Type = type;
        Node = node;
    }

    internal Storage Storage { get; }

    /// <summary>Bytes from the start of the storage.</summary>
    internal nint Offset { get; }

    /// <summary>Where gradients of this tensor are kept: positive on a tape, negative a parameter, 0 nowhere.</summary>
    internal int Node { get; }

    /// <summary>The parts of a weight whose outputs are stored in several types; null of all others.</summary>
    internal WeightLayout? Layout { get; }

    /// <summary>Sizes, slowest axis first.</summary>
    public Shape Shape { get; }

    /// <summary>How one element is stored.</summary>
    public ElementType Type { get; }

    /// <summary>Whether this is the default value, which refers to no memory.</summary>
    public bool IsEmpty => Storage is null;

    /// <summary>Number of elements.</summary>
    public long Count => Shape.Count;

    /// <summary>Number of rows: the product of every axis but the last.</summary>
    public int Rows => Shape.Rows;

    /// <summary>Width of a row.</summary>
    public int Columns => Shape.Columns;

    /// <summary>Bytes of all elements.</summary>
    public long Bytes => Count * Type.Bytes();

    internal nint Address => Storage.Address + Offset;

    internal unsafe float* Floats => (float*)Expect(ElementType.Float32);

    internal unsafe int* Integers => (int*)Expect(ElementType.Int32);

    internal unsafe T* Pointer<T>() where T : unmanaged => (T*)Address;

    /// <summary>The same memory under another shape of as many elements.</summary>
    /// <exception cref="ArgumentException">The number of elements differs.</exception>
    public Tensor Reshape(Shape shape) => shape.Count == Count
        ? new(Storage, Offset, shape, Type, Node)
        : throw new ArgumentException($"{Shape} cannot be seen as {shape}");

    /// <summary>Rows <paramref name="first"/> up to <paramref name="first"/> + <paramref name="count"/>; not on any tape.</summary>
    public Tensor RowRange(int first, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)first + count, Rows);
        return new(Storage, Offset + (nint)((long)first * Columns * Type.Bytes()), new Shape(count, Columns), Type);
    }

    /// <summary>Elements one after another as a vector; not on any tape.</summary>
    internal Tensor Elements(long first, long count) =>
        new(Storage, Offset + (nint)(first * Type.Bytes()), new Shape(checked((int)count)), Type);

    internal Tensor On(int node) => new(Storage, Offset, Shape, Type, node, Layout);

    internal Tensor Detached => On(0);

    /// <summary>Parts of outputs that are each of one type: 1, but for a weight of several.</summary>
    internal int PartCount => Layout?.Parts.Count ?? 1;

    /// <summary>One of them, as a weight of its own.</summary>
    /// <param name="part">Which.</param>
    /// <param name="transposed">Whether the weight is (out, in).</param>
    /// <param name="first">Its first output.</param>
    internal Tensor Part(int part, bool transposed, out int first)
    {
        first = 0;
        if (Layout is null)
            return this;
        (first, var outputs, var type, var start) = Layout.Parts[part];
        return new(Storage, Offset + start, transposed ? new(outputs, Shape[1]) : new(Shape[0], outputs), type);
    }

    /// <summary>
    /// Whether rows are rounded to integers of eight bits before they meet this weight; of sixteen bits, in two parts of eight,
    /// where it is (out, in), the table of tokens: there a rounding would decide which of two near tokens comes first.
    /// </summary>
    internal bool MeetsRoundedRows => Type.IsBlocks() && Storage.Parameters is not { RoundsActivations: false };

    private nint Expect(ElementType type) => Type == type
        ? Address
        : throw new InvalidOperationException($"a {type} tensor was expected, this one is {Type}");
}
