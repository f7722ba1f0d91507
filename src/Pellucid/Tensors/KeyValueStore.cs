namespace Pellucid.Tensors;

/// <summary>
/// Keys and values of earlier positions, for every layer, sequence and key-value head. How they lie inside is the backend's
/// matter; here is only room for <see cref="Capacity"/> positions a sequence, in whole tiles.
/// </summary>
public sealed class KeyValueStore : IDisposable
{
    /// <summary>Positions a tile of keys holds.
    /// Tiles are counted from position 0, so that a row's arithmetic does not depend on how it was computed.</summary>
    public const int TileLength = 64;

    private readonly Backend _backend;
    private readonly Arena _arena;

    /// <summary>Room for <paramref name="sequences"/> sequences of up to <paramref name="positions"/> positions.</summary>
    /// <param name="backend">Where they lie.</param>
    /// <param name="layers">Layers of the model.</param>
    /// <param name="sequences">Sequences held at once.</param>
    /// <param name="positions">Positions of each.</param>
    /// <param name="keyValueHeads">Heads of a layer that have keys and values.</param>
    /// <param name="headWidth">Columns of a head.</param>
    /// <param name="type">How they are stored.</param>
    /// <param name="cleared">
    /// Whether all is zero at once; if not, each sequence is to be <see cref="Clear">cleared</see> before it is first used,
    /// and takes no memory before.
    /// </param>
    public KeyValueStore(Backend backend, int layers, int sequences, int positions, int keyValueHeads, int headWidth,
        ElementType type = ElementType.Float32, bool cleared = true)
    {
        ArgumentNullException.ThrowIfNull(backend);
        _backend = backend;
        _arena = new Arena(backend);
        Sequences = sequences;
        Capacity = (positions + TileLength - 1) / TileLength * TileLength;
        KeyValueHeads = keyValueHeads;
        HeadWidth = headWidth;
        var perLayer = Shape.Of(sequences, keyValueHeads, Capacity, headWidth);
        Keys = [.. Enumerable.Range(0, layers).Select(_ => _arena.Allocate(perLayer, type))];
        Values = [.. Enumerable.Range(0, layers).Select(_ => _arena.Allocate(perLayer, type))];
        for (var sequence = 0; cleared && sequence < sequences; sequence++)
            Clear(sequence);
    }

    /// <summary>Number of sequences.</summary>
    public int Sequences { get; }

    /// <summary>Positions a sequence can hold.</summary>
    public int Capacity { get; }

    /// <summary>Heads of a layer that have keys and values.</summary>
    public int KeyValueHeads { get; }

    /// <summary>Columns of a head.</summary>
    public int HeadWidth { get; }

    /// <summary>Bytes held.</summary>
    public long Bytes => _arena.Bytes;

    /// <summary>One tensor a layer: a sequence after the other, each (key-value heads, capacity,
    /// head width) elements in the backend's own order.</summary>
    internal Tensor[] Keys { get; }

    /// <inheritdoc cref="Keys"/>
    internal Tensor[] Values { get; }

    /// <summary>Makes the memory of a sequence zero. Lanes of a tile that no position has filled yet are multiplied by zero:
    /// they must be numbers.</summary>
    public void Clear(int sequence)
    {
        foreach (var tensor in Keys.Concat(Values))
            _backend.Fill(tensor.RowRange(sequence * KeyValueHeads * Capacity, KeyValueHeads * Capacity), 0);
    }

    /// <summary>Gives a sequence the first positions of another one.</summary>
    /// <param name="from">Sequence that holds them.</param>
    /// <param name="to">Sequence that gets them.</param>
    /// <param name="positions">How many; those behind them in the last tile come along, and mean nothing.</param>
    public void Copy(int from, int to, int positions)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(positions, Capacity);
        var rows = (positions + TileLength - 1) / TileLength * TileLength;
        foreach (var tensor in Keys.Concat(Values))
            for (var head = 0; head < KeyValueHeads; head++)
                _backend.Copy(tensor.RowRange((from * KeyValueHeads + head) * Capacity, rows),
                    tensor.RowRange((to * KeyValueHeads + head) * Capacity, rows));
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => _arena.Dispose();
}
