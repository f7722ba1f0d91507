using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Pellucid.Tensors.Cpu;

/// <summary>Keys and values in the pages of a store: how they get there, and how attention reads them as singles.</summary>
internal sealed unsafe partial class SimdBackend<T>
{
    /// <summary>
    /// A layer's pages, found by a table of addresses. Tiles of singles are read where they lie; of other types they are widened into
    /// memory of the member that reads them, every number exactly.
    /// </summary>
    private readonly struct StoredTiles(nint* table, int pagesOfSequence, PageLayout layout)
    {
        public static StoredTiles Of(KeyValueStore? store, int layer) => store is null ? default
            : store.Type == ElementType.Float64
                ? throw new NotSupportedException("processors compute attention in single precision, not over keys and values in Float64")
                : new(store.Table(layer).Pointer<nint>(), store.PagesOfSequence, store.Layout);

        public bool Exist => table != null;

        /// <summary>Floats that a member needs to widen a tile of keys and one of values.</summary>
        public long Floats => layout.Type == ElementType.Float32 ? 0 : (2L * layout.Width + layout.Blocks) * Tile;

        /// <summary>The tile (D, 64) of keys that holds a position.</summary>
        public float* Keys(int sequence, int head, int position, float* memory)
        {
            var tile = Page(sequence, position) + layout.Keys(head);
            if (layout.Type == ElementType.Float32)
                return (float*)tile;
            if (layout.Type == ElementType.BFloat16)
                WidenBFloat16((ushort*)tile, memory, layout.Width * Tile);
            else
                WidenKeys(tile, layout, memory, memory + 2L * layout.Width * Tile);
            return memory;
        }

        /// <summary>The tile (64, D) of values that holds a position.</summary>
        public float* Values(int sequence, int head, int position, float* memory)
        {
            byte* tile = Page(sequence, position) + layout.Values(head);
            var values = memory + (long)layout.Width * Tile;
            if (layout.Type == ElementType.Float32)
                return (float*)tile;
            if (layout.Type == ElementType.BFloat16)
                WidenBFloat16((ushort*)tile, values, layout.Width * Tile);
            else
                WidenValues(tile, layout, values, values + (long)layout.Width * Tile);
            return values;
        }

        /// <summary>Fetches the beginning of a tile of keys.</summary>
        public void FetchKeys(int sequence, int head, int position)
        {
            if (!Sse.IsSupported)
                return;
            var tile = Page(sequence, position) + layout.Keys(head);
            for (var line = 0; line < Ahead; line += 64)
                Sse.Prefetch0(tile + line);
        }

        /// <summary>Stores keys and values of rows at consecutive positions, which lie in one tile.</summary>
        public void Put(int sequence, int head, int position, int rows, MatrixView keys, MatrixView values)
        {
            var (first, D) = (position % Tile, layout.Width);
            byte* page = Page(sequence, position), keyTile = page + layout.Keys(head), valueTile = page + layout.Values(head);
            if (layout.Type == ElementType.Float32 && rows == Tile)
                Packing.Panels(keys.Transposed, D, Tile, Tile, (float*)keyTile);
            for (var row = 0; row < rows; row++)
            {
                if (layout.Type != ElementType.Float32 || rows < Tile)
                    layout.PutKey((nint)keyTile, first + row, new(keys.From(row, 0).Start, D));
                layout.PutValue((nint)valueTile, first + row, new(values.From(row, 0).Start, D));
            }
        }

        private byte* Page(int sequence, int position) => (byte*)table[(long)sequence * pagesOfSequence + position / Tile];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WidenBFloat16(ushort* halves, float* destination, int count)
    {
        for (var i = 0; i < count; i += T.Width)
        {
            if (Sse.IsSupported)
                Sse.Prefetch0((byte*)(halves + i) + Ahead);
            T.Store(T.FromBFloat16(halves + i), destination + i);
        }
    }

    // (D, 64): every row has the scales of its block of columns.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WidenKeys(byte* tile, in PageLayout layout, float* destination, float* scales)
    {
        WidenScales(tile, layout, scales);
        var bytes = (sbyte*)tile + layout.ScaleBytes;
        for (var d = 0; d < layout.Width; d++, bytes += Tile, destination += Tile)
        {
            if (Sse.IsSupported)
                Sse.Prefetch0((byte*)bytes + Ahead);
            var own = scales + d / WeightBlock.Length * Tile;
            for (var j = 0; j < Tile; j += T.Width)
                T.Store(T.FromBytes(bytes + j) * T.Load(own + j), destination + j);
        }
    }

    // (64, D): a row has a scale for each of its blocks.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WidenValues(byte* tile, in PageLayout layout, float* destination, float* scales)
    {
        WidenScales(tile, layout, scales);
        var bytes = (sbyte*)tile + layout.ScaleBytes;
        for (var j = 0; j < Tile; j++)
        for (var start = 0; start < layout.Width; start += WeightBlock.Length)
        {
            if (Sse.IsSupported)
                Sse.Prefetch0((byte*)bytes + Ahead);
            var (count, scale) = (Math.Min(WeightBlock.Length, layout.Width - start), scales[start / WeightBlock.Length * Tile + j]);
            var d = 0;
            for (; d + T.Width <= count; d += T.Width)
                T.Store(T.FromBytes(bytes + d) * T.All(scale), destination + d);
            for (; d < count; d++)
                destination[d] = bytes[d] * scale;
            bytes += count;
            destination += count;
        }
    }

    // Scales that are not finite read as numbers beyond what halves hold; they become none.
    private static void WidenScales(byte* tile, in PageLayout layout, float* scales)
    {
        const int words = Tile / 2;
        var (largest, none) = (T.All((float)Half.MaxValue), T.All(float.NaN));
        for (var block = 0; block < layout.Blocks; block++, scales += Tile)
        for (var word = 0; word < words; word += T.Width)
        {
            var lower = T.FromFloat16((uint*)tile + block * words + word, out var upper);
            T.Store(T.WhereLess(largest, lower, none, lower), scales + word);
            T.Store(T.WhereLess(largest, upper, none, upper), scales + words + word);
        }
    }
}
