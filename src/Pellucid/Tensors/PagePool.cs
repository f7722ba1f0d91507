namespace Pellucid.Tensors;

/// <summary>
/// Pages that are handed out and come back. Memory is taken from the backend in slabs as pages are needed; a slab whose pages are all
/// back goes too, except one, so that a sequence that comes and goes costs nothing.
/// </summary>
internal sealed class PagePool(Backend backend, long pageBytes) : IDisposable
{
    private readonly List<PageSlab> _slabs = [];

    /// <summary>Bytes of a page.</summary>
    public long PageBytes => pageBytes;

    /// <summary>Bytes held from the backend.</summary>
    public long Bytes { get; private set; }

    /// <summary>Pages that somebody holds.</summary>
    public int Taken { get; private set; }

    /// <summary>Of those, pages that are kept and not used.</summary>
    public int Idle { get; private set; }

    /// <summary>A page of zeros: lanes of a tile that no position has filled yet are multiplied by zero, and must be numbers.</summary>
    public KeyValuePage Take()
    {
        var page = TakeAny();
        backend.Fill(page.Memory, 0);
        return page;
    }

    /// <summary>A page that holds what another one does.</summary>
    public KeyValuePage TakeCopy(KeyValuePage source)
    {
        var page = TakeAny();
        backend.Copy(source.Memory, page.Memory);
        return page;
    }

    /// <summary>One more holds the page.</summary>
    public void Retain(KeyValuePage page)
    {
        Idle -= page.IsIdle ? 1 : 0;
        page.References++;
    }

    /// <summary>One less does; the last one gives it back.</summary>
    public void Release(KeyValuePage page)
    {
        Idle -= page.IsIdle ? 1 : 0;
        if (--page.References == 0)
            Return(page);
        else
            Idle += page.IsIdle ? 1 : 0;
    }

    /// <summary>Keeps a page that a sequence holds for texts to come.</summary>
    public void Keep(KeyValuePage page)
    {
        if (page.IsKept || page.References == 0)
            throw new InvalidOperationException("a page is kept once, and while a sequence holds it");
        page.References++;
        page.IsKept = true;
    }

    /// <summary>Keeps it no longer.</summary>
    public void Forget(KeyValuePage page)
    {
        Idle -= page.IsIdle ? 1 : 0;
        page.IsKept = false;
        if (--page.References == 0)
            Return(page);
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        _slabs.ForEach(slab => slab.Free());
        _slabs.Clear();
        Bytes = 0;
    }

    // Of the oldest slab that has one, so that the youngest become free.
    private KeyValuePage TakeAny()
    {
        var slab = _slabs.Find(slab => slab.HasFree);
        if (slab is null)
        {
            slab = new PageSlab(backend, pageBytes);
            _slabs.Add(slab);
            Bytes += slab.Bytes;
        }
        var page = slab.Take();
        page.References = 1;
        Taken++;
        return page;
    }

    private void Return(KeyValuePage page)
    {
        page.Slab.Return(page);
        Taken--;
        if (!page.Slab.IsAllFree || !_slabs.Exists(slab => slab != page.Slab && slab.IsAllFree))
            return;
        _slabs.Remove(page.Slab);
        page.Slab.Free();
        Bytes -= page.Slab.Bytes;
    }
}
