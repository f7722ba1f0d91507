namespace Pellucid.Tensors.Cpu;

/// <summary>Where attention finds segments, keys and values, and who of a team computes which heads.</summary>
internal sealed unsafe partial class SimdBackend<T>
{
    /// <summary>
    /// The heads of all segments in order, shared by members equally by the pairs of rows and keys: what lies side by side in memory was
    /// written by one of them just before.
    /// </summary>
    private readonly struct SharedHeads(in SegmentTable table)
    {
        private readonly Segment* _segments = (Segment*)table.Table.Integers;
        private readonly int _count = table.Count;
        private readonly long _pairs = table.Pairs;

        /// <summary>The segment of the item with that number, where each has so many heads.</summary>
        public ref readonly Segment this[long item, int heads] => ref _segments[item / heads];

        /// <summary>A member's share.</summary>
        public Part Of(int member, int members, int heads) =>
            new(After(_pairs * heads * member / members, heads), After(_pairs * heads * (member + 1) / members, heads));

        // The first head that has so many pairs before it.
        private long After(long pairs, int heads)
        {
            for (var s = 0; s < _count; s++)
            {
                var each = _segments[s].Pairs;
                if (pairs < each * heads)
                    return (long)s * heads + (pairs + each - 1) / each;
                pairs -= each * heads;
            }
            return (long)_count * heads;
        }
    }

    /// <summary>The keys that a head reads in tiles (D, 64), and the values:
    /// in the pages of a store, or laid out in memory where there is none.</summary>
    private readonly struct HeadTiles(float* qkv, in AttentionShape shape, StoredTiles store)
    {
        private readonly AttentionShape _shape = shape;
        private readonly int _width = shape.InputWidth, _toValue = shape.KeyValueWidth;

        private int D => _shape.HeadWidth;

        /// <summary>Floats that keys and values need, which are laid out, or widened, of segments of so many tiles.</summary>
        public long Floats(int tiles) => store.Exist ? store.Floats : 2L * tiles * Tile * D;

        /// <summary>Whether keys and values come from a store.</summary>
        public bool AreStored => store.Exist;

        /// <summary>
        /// Puts the segment's keys and values in the store, if there is one, or else lays out what has to be. Of two members that
        /// share a group's heads each does, and writes the same.
        /// </summary>
        public void Prepare(in Segment segment, int keyValueHead, float* memory)
        {
            if (store.Exist)
                Remember(segment, keyValueHead);
            else
                Lay(segment, keyValueHead, memory);
        }

        /// <summary>Lays out what is not in a store.</summary>
        public void Lay(in Segment segment, int keyValueHead, float* memory)
        {
            if (!store.Exist && segment.FirstPosition > 0)
                GatherBranch(segment, keyValueHead, memory);
            else if (!store.Exist)
                TurnKeys(segment, keyValueHead, memory);
        }

        /// <summary>The tile of keys from position j on.</summary>
        public float* Keys(in Segment segment, int keyValueHead, int j, float* laid) =>
            store.Exist ? store.Keys(segment.Sequence, keyValueHead, j, laid) : laid + (long)j * D;

        /// <summary>The values from position j on, where a tile begins, as far as it goes.</summary>
        public MatrixView Values(in Segment segment, int keyValueHead, int j, float* laid) =>
            store.Exist ? new(store.Values(segment.Sequence, keyValueHead, j, laid), D, 1)
            : segment.FirstPosition > 0 ? new(laid + ((long)TilesOf(segment.KeyCount) * Tile + j) * D, D, 1)
            : new(Row(segment.RowStart + j) + _shape.ValueColumn(keyValueHead), _width, 1);

        /// <summary>Fetches the beginning of a tile of keys that is read next: of a store it lies in another page, which the
        /// processor does not foresee.</summary>
        public void FetchKeys(in Segment segment, int keyValueHead, int j)
        {
            if (store.Exist)
                store.FetchKeys(segment.Sequence, keyValueHead, j);
        }

        private float* Row(long row) => qkv + row * _width;

        private void Remember(in Segment segment, int keyValueHead)
        {
            for (int i = 0, rows; i < segment.RowCount; i += rows)
            {
                rows = RowsInTile(segment, i);
                var keys = new MatrixView(Row(segment.RowStart + i) + _shape.KeyColumn(keyValueHead), _width, 1);
                store.Put(segment.Sequence, keyValueHead, segment.FirstPosition + i, rows, keys, keys.From(0, _toValue));
            }
        }

        private void TurnKeys(in Segment segment, int keyValueHead, float* keys)
        {
            var rows = new MatrixView(Row(segment.RowStart) + _shape.KeyColumn(keyValueHead), _width, 1);
            for (var j = 0; j < segment.RowCount; j += Tile)
                Packing.Panels(rows.From(j, 0).Transposed, D, Math.Min(Tile, segment.RowCount - j), Tile, keys + (long)j * D);
        }

        // One key into its lane of a tile.
        private void Turn(float* key, float* lane)
        {
            for (var d = 0; d < D; d++)
                lane[d * Tile] = key[d];
        }

        // The positions of a branch lie in two places: keys are turned into tiles, and values laid in a row behind the tiles.
        private void GatherBranch(in Segment segment, int keyValueHead, float* keys)
        {
            var tiles = TilesOf(segment.KeyCount);
            var values = keys + (long)tiles * Tile * D;
            new Span<float>(keys + (long)(tiles - 1) * Tile * D, Tile * D).Clear(); // lanes that no position fills must be numbers
            for (var position = 0; position < segment.KeyCount; position++)
            {
                var key = Row(segment.RowAt(position)) + _shape.KeyColumn(keyValueHead);
                Turn(key, keys + (long)(position / Tile) * Tile * D + position % Tile);
                new ReadOnlySpan<float>(key + _toValue, D).CopyTo(new Span<float>(values + (long)position * D, D));
            }
        }
    }
}
