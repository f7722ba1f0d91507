using System.Runtime.InteropServices;

namespace Pellucid.Tensors;

/// <summary>
/// Keys and values of earlier positions, for every layer, sequence and key-value head. They lie in pages of 64 positions, which a
/// sequence takes as it grows and gives back when it ends (Kwon et al. 2023, "PagedAttention"), so that memory follows the positions
/// that are held. Sequences may share the pages of what they begin with. Attention finds pages by a table (layers, sequences, pages).
/// </summary>
public sealed class KeyValueStore : IDisposable
{
    /// <summary>Positions that a page, and a tile of keys, holds.
    /// Tiles are counted from position 0, so that a row's arithmetic does not depend on how it was computed.</summary>
    public const int TileLength = 64;

    private readonly Backend _backend;
    private readonly Arena _arena;
    private readonly PagePool _pool;
    private readonly int[] _windows;
    private readonly SequencePages[] _pages; // of each layer and sequence
    private readonly Tensor _table; // an address each, two integers long

    /// <summary>Room for <paramref name="sequences"/> sequences of up to <paramref name="positions"/> positions.</summary>
    /// <param name="backend">Where they lie.</param>
    /// <param name="layers">Layers of the model.</param>
    /// <param name="sequences">Sequences held at once.</param>
    /// <param name="positions">Positions of each, at most.</param>
    /// <param name="keyValueHeads">Heads of a layer that have keys and values.</param>
    /// <param name="headWidth">Columns of a head.</param>
    /// <param name="type">How they are stored: in single precision, bf16 or q8_0; on the reference in double precision too.</param>
    /// <param name="windows">Keys that a row of each layer sees, 0 for all: of the others no more is held than is seen.
    /// All is held if left out.</param>
    /// <exception cref="NotSupportedException">Keys and values are not stored in that type.</exception>
    public KeyValueStore(Backend backend, int layers, int sequences, int positions, int keyValueHeads, int headWidth,
        ElementType type = ElementType.Float32, IReadOnlyList<int>? windows = null)
    {
        ArgumentNullException.ThrowIfNull(backend);
        if (type is not (ElementType.Float32 or ElementType.Float64 or ElementType.BFloat16 or ElementType.Q8_0))
            throw new NotSupportedException($"keys and values are stored as Float32, BFloat16 or Q8_0, not as {type}");
        if (windows is not null && windows.Count != layers)
            throw new ArgumentException($"{windows.Count} windows are given for {layers} layers", nameof(windows));
        (_backend, _arena) = (backend, new Arena(backend));
        (Layers, Sequences) = (layers, sequences);
        Capacity = (positions + TileLength - 1) / TileLength * TileLength;
        Layout = new PageLayout(type, keyValueHeads, headWidth);
        _windows = windows is null ? new int[layers] : [.. windows];
        _pool = new PagePool(backend, Layout.Bytes);
        _pages = [.. Enumerable.Range(0, layers * sequences).Select(_ => new SequencePages())];
        _table = _arena.Allocate(new Shape(layers * sequences * PagesOfSequence, 2), ElementType.Int32);
    }

    /// <summary>Layers of the model.</summary>
    public int Layers { get; }

    /// <summary>Number of sequences.</summary>
    public int Sequences { get; }

    /// <summary>Positions a sequence can hold.</summary>
    public int Capacity { get; }

    /// <summary>Heads of a layer that have keys and values.</summary>
    public int KeyValueHeads => Layout.Heads;

    /// <summary>Columns of a head.</summary>
    public int HeadWidth => Layout.Width;

    /// <summary>How keys and values are stored.</summary>
    public ElementType Type => Layout.Type;

    /// <summary>Bytes of the pages that are held, by sequences or for texts to come.</summary>
    public long Bytes => _pool.Taken * _pool.PageBytes;

    /// <summary>Where a page holds what.</summary>
    internal PageLayout Layout { get; }

    /// <summary>The pages, taken and free.</summary>
    internal PagePool Pool => _pool;

    /// <summary>Columns of the table: pages that a sequence of a layer can have.</summary>
    internal int PagesOfSequence => Capacity / TileLength;

    /// <summary>Addresses of a layer's pages (sequences · pages, 2): each the halves of one; what is not held is undefined.</summary>
    internal Tensor Table(int layer) => _table.RowRange(layer * Sequences * PagesOfSequence, Sequences * PagesOfSequence);

    /// <summary>Keys before which a row of the layer at that position sees none.</summary>
    internal int FirstKey(int layer, int position) => _windows[layer] == 0 ? 0 : Math.Max(0, position - _windows[layer] + 1);

    /// <summary>Gives all pages of a sequence back: it is empty then.</summary>
    public void Release(int sequence)
    {
        for (var layer = 0; layer < Layers; layer++)
        {
            var held = Of(layer, sequence);
            foreach (var page in CollectionsMarshal.AsSpan(held.Pages)[held.First..])
                if (page is not null)
                    _pool.Release(page);
            held.Pages.Clear();
            (held.First, held.FirstUnbroken) = (0, 0);
        }
    }

    /// <summary>Whether a sequence holds all that its rows from a position on see of the positions before.</summary>
    public bool Holds(int sequence, int positions)
    {
        for (var layer = 0; layer < Layers; layer++)
            if (FirstMissing(Of(layer, sequence), FirstKey(layer, positions), positions) is not null)
                return false;
        return true;
    }

    /// <summary>Gives a sequence the first positions of another one: pages are shared, and copied where one of them writes on.</summary>
    /// <param name="from">Sequence that holds them.</param>
    /// <param name="to">Sequence that gets them, instead of what it has.</param>
    /// <param name="positions">How many.</param>
    /// <exception cref="InvalidOperationException">They are not held.</exception>
    public void Share(int from, int to, int positions)
    {
        if (!Holds(from, positions))
            throw new InvalidOperationException($"sequence {from} does not hold all that is seen of its first {positions} positions");
        if (from == to)
            return;
        Release(to);
        for (var layer = 0; layer < Layers; layer++)
        for (var tile = 0; tile * TileLength < positions; tile++)
            if (Page(layer, from, tile) is { } page)
                Give(layer, to, tile, page);
    }

    /// <summary>The page of a tile of a sequence; null where none is held.</summary>
    internal KeyValuePage? Page(int layer, int sequence, int tile) =>
        Of(layer, sequence).Pages is var pages && tile < pages.Count ? pages[tile] : null;

    /// <summary>Bytes that a row at a position takes: none where its sequence has a page for it that is its own.</summary>
    internal long BytesToTake(int sequence, int position) =>
        Page(0, sequence, position / TileLength) is { References: 1, IsKept: false } ? 0 : Layers * _pool.PageBytes;

    /// <summary>Gives a sequence a page that is written; where it writes behind what is there, it gets a copy then.</summary>
    internal void Give(int layer, int sequence, int tile, KeyValuePage page)
    {
        _pool.Retain(page);
        Put(layer, sequence, tile, page);
    }

    /// <summary>
    /// Sees to it that rows of a layer can be stored and find what they see: takes pages for them, gives back those that no row sees any
    /// more, and has a sequence's own what it is going to write.
    /// </summary>
    /// <exception cref="ArgumentException">Sequence or position are beyond what there is room for, or heads are others.</exception>
    /// <exception cref="InvalidOperationException">Earlier positions are not held.</exception>
    internal void Reserve(int layer, ReadOnlySpan<Segment> segments, in AttentionShape shape)
    {
        if (shape.KeyValueHeads != KeyValueHeads || shape.HeadWidth != HeadWidth)
            throw new ArgumentException($"{shape.KeyValueHeads} heads of {shape.HeadWidth} columns cannot be stored where there is room "
                + $"for {KeyValueHeads} of {HeadWidth}");
        foreach (var segment in segments)
        {
            if ((uint)segment.Sequence >= (uint)Sequences || segment.KeyCount > Capacity)
                throw new ArgumentException($"position {segment.KeyCount - 1} of sequence {segment.Sequence} cannot be stored where there "
                    + $"is room for {Capacity} positions of {Sequences} sequences");
            MakeRoom(layer, segment, shape.FirstKey(segment.FirstPosition));
        }
    }

    private void MakeRoom(int layer, in Segment segment, int firstSeen)
    {
        var (held, start) = (Of(layer, segment.Sequence), segment.FirstPosition);
        if (FirstMissing(held, firstSeen, start) is { } missing)
            throw new InvalidOperationException($"position {missing} of sequence {segment.Sequence}, which a row at position {start} sees, "
                + $"is not held in layer {layer}");
        for (var unseen = FirstKey(layer, start) / TileLength; held.First < Math.Min(unseen, held.Pages.Count); held.First++)
        {
            if (held.Pages[held.First] is { } page)
                _pool.Release(page);
            held.Pages[held.First] = null;
            held.FirstUnbroken = Math.Max(held.FirstUnbroken, held.First + 1);
        }
        for (var tile = start / TileLength; tile * TileLength < segment.KeyCount; tile++)
        {
            var page = Page(layer, segment.Sequence, tile);
            if (page is { References: 1, IsKept: false })
                continue;
            Put(layer, segment.Sequence, tile, page is not null && tile * TileLength < start ? _pool.TakeCopy(page) : _pool.Take());
            if (page is not null)
                _pool.Release(page);
        }
    }

    // The first position from a first one on whose page is not held.
    private static int? FirstMissing(SequencePages held, int first, int positions)
    {
        var tile = first / TileLength;
        if (tile >= held.FirstUnbroken)
            tile = Math.Max(tile, held.Pages.Count);
        for (; tile * TileLength < positions; tile++)
            if (tile >= held.Pages.Count || held.Pages[tile] is null)
                return Math.Max(first, tile * TileLength);
        return null;
    }

    private SequencePages Of(int layer, int sequence) => _pages[layer * Sequences + sequence];

    private void Put(int layer, int sequence, int tile, KeyValuePage page)
    {
        var held = Of(layer, sequence);
        if (tile > held.Pages.Count)
            held.FirstUnbroken = tile;
        while (held.Pages.Count <= tile)
            held.Pages.Add(null);
        held.Pages[tile] = page;
        held.First = Math.Min(held.First, tile);
        Span<nint> address = [page.Memory.Address];
        _backend.Write(MemoryMarshal.Cast<nint, int>(address), Table(layer).RowRange(sequence * PagesOfSequence + tile, 1));
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        _pool.Dispose();
        _arena.Dispose();
    }

    /// <summary>What a sequence holds of a layer.</summary>
    private sealed class SequencePages
    {
        /// <summary>A page a tile; null where none is held.</summary>
        public List<KeyValuePage?> Pages { get; } = [];

        /// <summary>No page before this one is held.</summary>
        public int First { get; set; }

        /// <summary>From this one on all are held.</summary>
        public int FirstUnbroken { get; set; }
    }
}
