namespace Pellucid.Tensors;

/// <summary>
/// Memory handed out by moving a mark, and taken back all at once. A model or a session owns an arena; after the first
/// step its blocks, which grow with their sum, hold a whole step, and nothing is allocated any more.
/// </summary>
public sealed class Arena(Backend backend) : IDisposable
{
    private const int Alignment = 64;
    private const long SmallestBlock = 1 << 20;

    private readonly List<Storage> _blocks = [];
    private int _current;
    private long _used;

    /// <summary>Bytes held from the backend.</summary>
    internal long Bytes => _blocks.Sum(block => block.Bytes);

    /// <summary>Memory for a tensor; its contents are whatever was there before.</summary>
    public Tensor Allocate(Shape shape, ElementType type = ElementType.Float32)
    {
        var bytes = Math.Max(Alignment, (shape.Count * type.Bytes() + Alignment - 1) / Alignment * Alignment);
        while (_current < _blocks.Count && _used + bytes > _blocks[_current].Bytes)
        {
            _current++;
            _used = 0;
        }
        if (_current == _blocks.Count)
            _blocks.Add(new Storage(backend, Math.Max(bytes, Math.Max(SmallestBlock, Bytes / 8))));
        var tensor = new Tensor(_blocks[_current], (nint)_used, shape, type);
        _used += bytes;
        return tensor;
    }

    /// <summary>Takes back all that was handed out; tensors from before must not be used any more.</summary>
    public void Reset() => (_current, _used) = (0, 0);

    /// <summary>Gives the memory back to the backend.</summary>
    public void Dispose()
    {
        foreach (var block in _blocks)
            block.Free();
        _blocks.Clear();
        Reset();
    }
}
