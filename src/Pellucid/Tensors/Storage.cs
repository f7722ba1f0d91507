namespace Pellucid.Tensors;

/// <summary>A block of a backend's memory. Freed by whoever made it, or by the collector at the latest.</summary>
internal sealed class Storage(Backend backend, long bytes, ParameterSet? parameters = null)
{
    private nint _address = backend.Allocate(bytes);

    /// <summary>Where it begins. What was given back is never read or written again, whoever still holds a tensor of it.</summary>
    /// <exception cref="ObjectDisposedException">The memory was given back.</exception>
    public nint Address => _address != 0 ? _address
        : throw new ObjectDisposedException(nameof(Tensor),
            "the memory of this tensor was given back: its model, or whatever held it, is disposed");

    public long Bytes { get; } = bytes;

    /// <summary>The set whose parameters lie here: so gradients find their way to it, whatever models share a tape.</summary>
    public ParameterSet? Parameters => parameters;

    public void Free()
    {
        if (_address == 0)
            return;
        backend.Release(_address, Bytes);
        _address = 0;
        GC.SuppressFinalize(this);
    }

    ~Storage() => Free();
}
