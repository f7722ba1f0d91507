namespace Pellucid.Tensors;

/// <summary>A block of a backend's memory. Freed by whoever made it, or by the collector at the latest.</summary>
internal sealed class Storage(Backend backend, long bytes, ParameterSet? parameters = null)
{
    public nint Address { get; private set; } = backend.Allocate(bytes);

    public long Bytes { get; } = bytes;

    /// <summary>The set whose parameters lie here: so gradients find their way to it, whatever models share a tape.</summary>
    public ParameterSet? Parameters => parameters;

    public void Free()
    {
        if (Address == 0)
            return;
        backend.Release(Address, Bytes);
        Address = 0;
        GC.SuppressFinalize(this);
    }

    ~Storage() => Free();
}
