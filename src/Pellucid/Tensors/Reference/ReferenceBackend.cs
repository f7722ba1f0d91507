namespace Pellucid.Tensors.Reference;

/// <summary>
/// Plain loops that anyone can check by eye, on tensors of float32 or float64. Every fast backend is judged by it.
/// </summary>
public sealed unsafe partial class ReferenceBackend : Backend
{
    /// <inheritdoc/>
    public override string Name => "reference";

    internal override nint Allocate(long bytes) => AlignedMemory.Allocate(bytes);

    internal override void Release(nint address, long bytes) => AlignedMemory.Free(address);

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<float> source, Tensor destination)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(source.Length, destination.Count);
        if (destination.Type == ElementType.Float32)
        {
            source.CopyTo(new Span<float>(destination.Floats, source.Length));
            return;
        }
        var y = new Elements(destination);
        for (var i = 0; i < source.Length; i++)
            y[i] = source[i];
    }

    internal override void Write(ReadOnlySpan<double> source, Tensor destination)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(source.Length, destination.Count);
        var y = new Elements(destination);
        for (var i = 0; i < source.Length; i++)
            y[i] = source[i];
    }

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<int> source, Tensor destination)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(source.Length, destination.Count);
        source.CopyTo(new Span<int>(destination.Integers, source.Length));
    }

    /// <inheritdoc/>
    public override void Read(Tensor source, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(destination.Length, source.Count);
        if (source.Type == ElementType.Float32)
        {
            new ReadOnlySpan<float>(source.Floats, destination.Length).CopyTo(destination);
            return;
        }
        var x = new Elements(source);
        for (var i = 0; i < destination.Length; i++)
            destination[i] = (float)x[i];
    }

    /// <inheritdoc/>
    public override void Read(Tensor source, Span<int> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(destination.Length, source.Count);
        new ReadOnlySpan<int>(source.Integers, destination.Length).CopyTo(destination);
    }

    /// <inheritdoc/>
    public override void Fill(Tensor destination, float value)
    {
        var y = new Elements(destination);
        for (var i = 0L; i < destination.Count; i++)
            y[i] = value;
    }

    /// <inheritdoc/>
    public override void Copy(Tensor source, Tensor destination)
    {
        if (source.Type != destination.Type || source.Count != destination.Count)
            throw new ArgumentException($"cannot copy {source.Type} {source.Shape} to {destination.Type} {destination.Shape}");
        Buffer.MemoryCopy((void*)source.Address, (void*)destination.Address, destination.Bytes, source.Bytes);
    }
}
