namespace Pellucid.Tensors;

/// <summary>
/// Keys and values of one layer at 64 positions, for all key-value heads: what a <see cref="KeyValueStore"/> takes and gives back
/// at a time. Sequences that begin alike hold the same pages, which nobody writes any more.
/// </summary>
internal sealed class KeyValuePage(PageSlab slab, Tensor memory)
{
    /// <summary>The memory it is cut from.</summary>
    public PageSlab Slab => slab;

    /// <summary>Its bytes, seen as singles to be cleared and copied.</summary>
    public Tensor Memory => memory;

    /// <summary>How many hold it: sequences, and whoever <see cref="IsKept">keeps</see> it.</summary>
    public int References { get; set; }

    /// <summary>Whether one of those who hold it keeps it for texts to come.</summary>
    public bool IsKept { get; set; }

    /// <summary>Whether it is kept, and nobody uses it now.</summary>
    public bool IsIdle => IsKept && References == 1;
}

/// <summary>Memory for several pages, large enough for huge pages of the system.</summary>
internal sealed class PageSlab
{
    private const long LeastBytes = 4 << 20;
    private const int Columns = 16;

    private readonly Storage _storage;
    private readonly Stack<KeyValuePage> _free = new();
    private readonly int _pages;

    public PageSlab(Backend backend, long pageBytes)
    {
        _pages = (int)Math.Max(1, (LeastBytes + pageBytes - 1) / pageBytes);
        _storage = new Storage(backend, _pages * pageBytes);
        var shape = new Shape((int)(pageBytes / (Columns * sizeof(float))), Columns);
        for (var i = _pages - 1; i >= 0; i--)
            _free.Push(new KeyValuePage(this, new Tensor(_storage, (nint)(i * pageBytes), shape, ElementType.Float32)));
    }

    /// <summary>Bytes of all pages.</summary>
    public long Bytes => _storage.Bytes;

    public bool HasFree => _free.Count > 0;

    public bool IsAllFree => _free.Count == _pages;

    public KeyValuePage Take() => _free.Pop();

    public void Return(KeyValuePage page) => _free.Push(page);

    public void Free() => _storage.Free();
}
