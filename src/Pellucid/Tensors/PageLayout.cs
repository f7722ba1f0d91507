namespace Pellucid.Tensors;

/// <summary>
/// Where a page of a <see cref="KeyValueStore"/> holds what. For each key-value head there is a tile of keys (D, 64), a lane a position,
/// and behind it the tile of values (64, D): attention reads one after the other. A tile of q8_0 begins with its scales, for every 32
/// columns of D the halves of 64 positions, position j in word j % 32, those from 32 on in the upper half; its signed bytes follow.
/// </summary>
/// <param name="Type">How numbers are stored.</param>
/// <param name="Heads">K: heads that have keys and values.</param>
/// <param name="Width">D: columns of a head.</param>
internal readonly record struct PageLayout(ElementType Type, int Heads, int Width)
{
    private const int Lanes = KeyValueStore.TileLength;

    /// <summary>Blocks of 32 columns in a row of q8_0; the last may be shorter.</summary>
    public int Blocks => (Width + WeightBlock.Length - 1) / WeightBlock.Length;

    /// <summary>Bytes of a tile before its numbers: the scales of q8_0.</summary>
    public int ScaleBytes => Type == ElementType.Q8_0 ? Blocks * Lanes * sizeof(ushort) : 0;

    /// <summary>Bytes of a tile, a multiple of 64.</summary>
    public long TileBytes => ScaleBytes + (long)Width * Lanes * (Type == ElementType.Q8_0 ? 1 : Type.Bytes());

    /// <summary>Bytes of a page.</summary>
    public long Bytes => 2 * Heads * TileBytes;

    /// <summary>Bytes before the keys of a head.</summary>
    public long Keys(int head) => 2 * head * TileBytes;

    /// <summary>Bytes before the values of a head.</summary>
    public long Values(int head) => Keys(head) + TileBytes;

    /// <summary>Where among the halves of a block the scale of a position stands.</summary>
    public static int ScaleOf(int lane) => 2 * (lane % (Lanes / 2)) + lane / (Lanes / 2);

    /// <summary>Stores the key of a position in memory that the host writes.</summary>
    public void PutKey(nint tile, int lane, ReadOnlySpan<float> key) => Put(tile, lane, key, lane, Lanes);

    /// <summary>Stores the value of a position in memory that the host writes.</summary>
    public void PutValue(nint tile, int lane, ReadOnlySpan<float> value) => Put(tile, lane, value, lane * Width, 1);

    /// <summary>A number of the key of a position, from memory that the host reads.</summary>
    public double Key(nint tile, int lane, int d) => Get(tile, lane, d, lane + d * Lanes);

    /// <summary>A number of the value of a position, from memory that the host reads.</summary>
    public double Value(nint tile, int lane, int d) => Get(tile, lane, d, lane * Width + d);

    private unsafe void Put(nint tile, int lane, ReadOnlySpan<float> row, int start, int step)
    {
        var numbers = tile + ScaleBytes;
        switch (Type)
        {
            case ElementType.Float32:
                for (var d = 0; d < row.Length; d++)
                    ((float*)numbers)[start + d * step] = row[d];
                break;
            case ElementType.BFloat16:
                for (var d = 0; d < row.Length; d++)
                    ((ushort*)numbers)[start + d * step] = WeightBlock.ToBFloat16(row[d]);
                break;
            default:
                PutBlocks(tile, lane, row, start, step);
                break;
        }
    }

    // Each block as GGUF rounds it; what is not a number gives a scale that is not finite.
    private unsafe void PutBlocks(nint tile, int lane, ReadOnlySpan<float> row, int start, int step)
    {
        Span<float> block = stackalloc float[WeightBlock.Length];
        Span<sbyte> q = stackalloc sbyte[WeightBlock.Length];
        var numbers = (sbyte*)(tile + ScaleBytes) + start;
        for (var b = 0; b < Blocks; b++)
        {
            var part = row[(b * WeightBlock.Length)..Math.Min(row.Length, (b + 1) * WeightBlock.Length)];
            block.Clear();
            part.CopyTo(block);
            var scale = WeightBlock.QuantiseQ8(block, q);
            ((Half*)tile)[b * Lanes + ScaleOf(lane)] = Half.IsFinite(scale) ? scale : Half.PositiveInfinity;
            for (var d = 0; d < part.Length; d++, numbers += step)
                *numbers = q[d];
        }
    }

    private unsafe double Get(nint tile, int lane, int d, int index) => Type switch
    {
        ElementType.Float32 => ((float*)tile)[index],
        ElementType.Float64 => ((double*)tile)[index],
        ElementType.BFloat16 => WeightBlock.FromBFloat16(((ushort*)tile)[index]),
        _ => Scale(((Half*)tile)[d / WeightBlock.Length * Lanes + ScaleOf(lane)]) * ((sbyte*)(tile + ScaleBytes))[index],
    };

    private static double Scale(Half scale) => Half.IsFinite(scale) ? (double)scale : double.NaN;
}
