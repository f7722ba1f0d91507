namespace Pellucid.Tensors;

/// <summary>
/// Keys and values of earlier positions, for every layer, sequence and head. How they lie inside is the backend's
/// matter; here is only room for <see cref="Capacity"/> positions a sequence, in whole tiles.
/// </summary>
public sealed class KeyValueStore : IDisposable
{
    /// <summary>Positions a tile of keys holds. Tiles are counted from position 0, so that a row's arithmetic does not depend on how it was computed.</summary>
    public const int TileLength = 64;

    private readonly Arena _arena;

    /// <summary>Room for <paramref name="sequences"/> sequences of up to <paramref name="positions"/> positions.</summary>
    public KeyValueStore(Backend backend, int layers, int sequences, int positions, int heads, int headWidth, ElementType type = ElementType.Float32)
    {
        ArgumentNullException.ThrowIfNull(backend);
        _arena = new Arena(backend);
        Sequences = sequences;
        Capacity = (positions + TileLength - 1) / TileLength * TileLength;
        Heads = heads;
        HeadWidth = headWidth;
        var perLayer = Shape.Of(sequences, heads, Capacity, headWidth);
        Keys = [.. Enumerable.Range(0, layers).Select(_ => Zeroed(backend, perLayer, type))];
        Values = [.. Enumerable.Range(0, layers).Select(_ => Zeroed(backend, perLayer, type))];
    }

    /// <summary>Number of sequences.</summary>
    public int Sequences { get; }

    /// <summary>Positions a sequence can hold.</summary>
    public int Capacity { get; }

    /// <summary>Heads of a layer.</summary>
    public int Heads { get; }

    /// <summary>Columns of a head.</summary>
    public int HeadWidth { get; }

    /// <summary>Bytes held.</summary>
    public long Bytes => _arena.Bytes;

    /// <summary>One tensor a layer: (sequences, heads, capacity, head width) elements in the backend's own order.</summary>
    internal Tensor[] Keys { get; }

    /// <inheritdoc cref="Keys"/>
    internal Tensor[] Values { get; }

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => _arena.Dispose();

    // Lanes of a tile that no position has filled yet are multiplied by zero: they must be numbers.
    private Tensor Zeroed(Backend backend, Shape shape, ElementType type)
    {
        var tensor = _arena.Allocate(shape, type);
        backend.Fill(tensor, 0);
        return tensor;
    }
}
