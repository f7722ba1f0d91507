namespace Pellucid.Tensors;

/// <summary>
/// What a device can compute: every operation of the model with its backward beside it, in the order of the network.
/// Parameters go source, arguments, destination. A destination with <c>accumulate</c> is added to, otherwise overwritten.
/// Letters: R rows, C width, V vocabulary, H heads, K key-value heads, D columns of a head.
/// </summary>
public abstract partial class Backend : IDisposable
{
    /// <summary>Short name, as <c>doctor</c> prints it.</summary>
    public abstract string Name { get; }

    /// <summary>Threads of this machine that compute, for what else is computed beside it.</summary>
    public virtual int Threads => Environment.ProcessorCount;

    /// <summary>Bytes of aligned memory; zero-filled or not, as the device likes.</summary>
    internal abstract nint Allocate(long bytes);

    internal abstract void Release(nint address, long bytes);

    /// <summary>Brings values from host memory, converting from single precision to the tensor's type.</summary>
    public abstract void Write(ReadOnlySpan<float> source, Tensor destination);

    /// <summary>Brings values from host memory, rounding them to the tensor's type.</summary>
    internal abstract void Write(ReadOnlySpan<double> source, Tensor destination);

    /// <summary>Brings integers from host memory.</summary>
    public abstract void Write(ReadOnlySpan<int> source, Tensor destination);

    /// <summary>Brings values to host memory as single precision.</summary>
    public abstract void Read(Tensor source, Span<float> destination);

    /// <summary>Brings integers to host memory.</summary>
    public abstract void Read(Tensor source, Span<int> destination);

    /// <summary>Sets every element.</summary>
    public abstract void Fill(Tensor destination, float value);

    /// <summary>Copies; both of the same type and number of elements.</summary>
    public abstract void Copy(Tensor source, Tensor destination);

    /// <summary>Ends threads and frees scratch.</summary>
    public virtual void Dispose() => GC.SuppressFinalize(this);
}
