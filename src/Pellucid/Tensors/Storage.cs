namespace Pellucid.Tensors;

/// <summary>A block of a backend's memory. Freed by the arena that owns it, or by the collector at the latest.</summary>
internal sealed class Storage(Backend backend, long bytes)
{
    public nint Address { get; private set; } = backend.Allocate(bytes);

    public long Bytes { get; } = bytes;

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
