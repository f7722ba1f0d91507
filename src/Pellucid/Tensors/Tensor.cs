namespace Pellucid.Tensors;

/// <summary>
/// A view of a backend's memory: where it starts, its shape, and how an element is stored. Rows are contiguous and
/// the last axis is dense. A tensor is a value; the memory belongs to the <see cref="Arena"/> that made it and is
/// never freed through the tensor.
/// </summary>
public readonly struct Tensor
{
    internal Tensor(Storage storage, nint offset, Shape shape, ElementType type, int node = 0)
    {
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

    internal Tensor On(int node) => new(Storage, Offset, Shape, Type, node);

    internal Tensor Detached => On(0);

    private nint Expect(ElementType type) => Type == type
        ? Address
        : throw new InvalidOperationException($"a {type} tensor was expected, this one is {Type}");
}
