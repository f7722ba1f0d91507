using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Pellucid.Tensors.Cpu;

/// <summary>The parts of attention between its products, and the products of a single row.</summary>
internal sealed unsafe partial class SimdBackend<T>
{
    /// <summary>Turns the scores of a block of rows, tile after tile,
    /// into weights relative to the largest so far (Milakov and Gimelshein 2018).</summary>
    private readonly struct RunningSoftmax
    {
        /// <summary>Floats of <see cref="Largest"/>, <see cref="Sum"/> and what a tile needs besides.</summary>
        public const int Floats = 4 * Tile;

        private readonly float* _scores, _newLargest, _factors;
        private readonly int _rows;

        // A sink is there from the start, with a weight of 1 relative to itself.
        public RunningSoftmax(float* scores, float* memory, int rows, float* sink)
        {
            _scores = scores;
            Largest = memory;
            Sum = memory + Tile;
            _newLargest = memory + 2 * Tile;
            _factors = memory + 3 * Tile;
            _rows = rows;
            new Span<float>(Largest, Tile).Fill(sink == null ? float.NegativeInfinity : *sink);
            new Span<float>(_newLargest, Tile).Clear(); // lanes beyond the rows shall be numbers
            new Span<float>(Sum, Tile).Fill(sink == null ? 0 : 1);
        }

        /// <summary>Of each row: its largest score, and the sum of its weights relative to that.</summary>
        public readonly float* Largest, Sum;

        /// <summary>
        /// The scores of the tile at key <paramref name="j"/> become weights; what was mixed of the tiles before, if anything,
        /// is brought in line. Rows are positions from <paramref name="start"/> on.
        /// </summary>
        public void Take(int start, int j, in AttentionShape shape, int columns, float* mixed)
        {
            var D = shape.HeadWidth;
            // A window begins later in later rows: some at the end may not see this tile yet.
            var seeing = _rows;
            for (; seeing > 0 && shape.FirstKey(start + seeing - 1) >= j + Tile; seeing--)
                new Span<float>(_scores + (seeing - 1) * Tile, columns).Clear();
            for (var i = 0; i < seeing; i++)
                _newLargest[i] = LargestOf(_scores + i * Tile, shape.FirstKey(start + i) - j,
                    Math.Min(columns, start + i + 1 - j), Largest[i]);
            for (var i = 0; i < seeing; i += T.Width)
                T.Store(VectorMath.Exp(T.Load(Largest + i) - T.Load(_newLargest + i)), _factors + i);
            for (var i = 0; i < seeing; i++)
            {
                Sum[i] = Sum[i] * _factors[i] + Weigh(_scores + i * Tile, Math.Min(columns, start + i + 1 - j), columns, _newLargest[i]);
                Largest[i] = _newLargest[i];
                if (mixed != null && _factors[i] != 1)
                    ScaleRows(mixed + i * D, D, _factors[i], mixed + i * D, 1, D);
            }
        }

        /// <summary>Of each row, after <see cref="Finish"/>:
        /// one over the sum of its weights, and the logarithm of the sum of all e to the score.</summary>
        public float* Reciprocals => _factors;

        /// <inheritdoc cref="Reciprocals"/>
        public float* LogSumExps => _newLargest;

        /// <summary>After the last tile.</summary>
        public void Finish()
        {
            for (var i = 0; i < _rows; i += T.Width)
            {
                var sum = T.Load(Sum + i);
                T.Store(T.All(1) / sum, Reciprocals + i);
                // the difference keeps what is not a number
                T.Store(T.Load(Largest + i) + (VectorMath.Log(sum) + (sum - sum)), LogSumExps + i);
            }
        }

        // Keys that the row does not see get a score of minus infinity.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static float LargestOf(float* scores, int first, int valid, float largest)
        {
            var top = T.All(largest);
            for (var j = 0; j < valid; j += T.Width)
            {
                var visible = Visible(scores, j, first, valid);
                T.Store(visible, scores + j);
                top = T.Max(top, visible);
            }
            return T.Largest(top);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static float Weigh(float* scores, int valid, int columns, float largest)
        {
            var (total, j) = (T.All(0), 0);
            for (; j < valid; j += T.Width)
            {
                var weight = VectorMath.Exp(T.Load(scores + j) - T.All(largest));
                T.Store(weight, scores + j);
                total += weight;
            }
            for (; j < columns; j += T.Width)
                T.Store(T.All(0), scores + j);
            return T.Sum(total);
        }
    }

    // Scores from the j-th on: minus infinity before the first key that is seen and from the first on that is not valid.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Visible(float* scores, int j, int first, int valid)
    {
        var (lane, hidden) = (T.Sequence(j), T.All(float.NegativeInfinity));
        return T.WhereLess(lane, T.All(first), hidden, T.WhereLess(lane, T.All(valid), T.Load(scores + j), hidden));
    }

    // Bytes ahead of what is read: with one row there is too little work to hide a miss behind.
    private const int Ahead = 2048;

    // One query against a tile (D, 64) of keys, which is read from front to back.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ScoresOfOne(float* query, float* keys, float* scores, int columns, int D)
    {
        for (var j = 0; j < columns; j += 4 * T.Width)
        {
            T a = T.All(0), b = a, c = a, e = a;
            var row = keys + j;
            for (var d = 0; d < D; d++, row += Tile)
            {
                FetchAhead(row);
                var x = T.All(query[d]);
                a = T.MultiplyAdd(x, T.Load(row), a);
                b = T.MultiplyAdd(x, T.Load(row + T.Width), b);
                c = T.MultiplyAdd(x, T.Load(row + 2 * T.Width), c);
                e = T.MultiplyAdd(x, T.Load(row + 3 * T.Width), e);
            }
            T.Store(a, scores + j);
            T.Store(b, scores + j + T.Width);
            T.Store(c, scores + j + 2 * T.Width);
            T.Store(e, scores + j + 3 * T.Width);
        }
    }

    // mixed (D) = [mixed +] weights (keys) · values (keys, D), keys ascending.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MixOfOne(float* weights, MatrixView values, float* mixed, int keys, int D, bool resume)
    {
        var d = 0;
        for (; d + 4 * T.Width <= D; d += 4 * T.Width)
        {
            T a = T.All(0), b = a, c = a, e = a;
            if (resume)
                (a, b, c, e) = (T.Load(mixed + d), T.Load(mixed + d + T.Width), T.Load(mixed + d + 2 * T.Width),
                    T.Load(mixed + d + 3 * T.Width));
            var row = values.Start + d;
            for (var key = 0; key < keys; key++, row += values.RowStride)
            {
                FetchAhead(row);
                var weight = T.All(weights[key]);
                a = T.MultiplyAdd(weight, T.Load(row), a);
                b = T.MultiplyAdd(weight, T.Load(row + T.Width), b);
                c = T.MultiplyAdd(weight, T.Load(row + 2 * T.Width), c);
                e = T.MultiplyAdd(weight, T.Load(row + 3 * T.Width), e);
            }
            T.Store(a, mixed + d);
            T.Store(b, mixed + d + T.Width);
            T.Store(c, mixed + d + 2 * T.Width);
            T.Store(e, mixed + d + 3 * T.Width);
        }
        for (; d < D; d++)
        {
            var sum = resume ? mixed[d] : 0;
            for (var key = 0; key < keys; key++)
                sum = MathF.FusedMultiplyAdd(weights[key], values.Start[key * values.RowStride + d], sum);
            mixed[d] = sum;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FetchAhead(float* row)
    {
        if (!Sse.IsSupported)
            return;
        for (var line = 0; line < 4 * T.Width * sizeof(float); line += 64)
            Sse.Prefetch0((byte*)row + Ahead + line);
    }
}
