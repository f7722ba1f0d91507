using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pellucid.Tensors.Cpu;

/// <summary>A matrix in memory: element (i, j) lies at i · RowStride + j · ColumnStride.</summary>
internal readonly unsafe struct MatrixView(float* start, nint rowStride, nint columnStride)
{
    public readonly float* Start = start;
    public readonly nint RowStride = rowStride, ColumnStride = columnStride;

    public MatrixView Transposed => new(Start, ColumnStride, RowStride);

    public MatrixView From(nint row, nint column) => new(Start + row * RowStride + column * ColumnStride, RowStride, ColumnStride);
}

/// <summary>Copies matrices into panels: for each step of the inner dimension the floats that a kernel needs next, side by side.</summary>
internal static unsafe class Packing
{
    /// <summary>Rows ahead that are fetched while one is copied.</summary>
    private const int RowsAhead = 4;

    /// <summary>
    /// Panels of <paramref name="width"/> columns, one after another: panel[k · width + w] = source(k, first + w). What the
    /// last one has too few of is zero.
    /// </summary>
    public static void Panels(in MatrixView source, int inner, int columns, int width, float* panels)
    {
        if (source.ColumnStride == 1)
            CopyRows(source, inner, columns, width, panels);
        else
            for (var first = 0; first < columns; first += width)
                Turn(source.From(0, first), inner, Math.Min(width, columns - first), width, panels + (nint)first * inner);
    }

    private static void Turn(in MatrixView source, int inner, int used, int width, float* panel)
    {
        if (source.RowStride == 1)
            TurnColumns(source, inner, used, width, panel);
        else
            for (var k = 0; k < inner; k++)
            for (var w = 0; w < width; w++)
                panel[k * width + w] = w < used ? source.Start[k * source.RowStride + w * source.ColumnStride] : 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CopyRows(in MatrixView source, int inner, int columns, int width, float* panels)
    {
        var from = source.Start;
        var stride = source.RowStride;
        for (var k = 0; k < inner; k++, from += stride, panels += width)
        {
            var to = panels;
            for (var ahead = 0; Sse.IsSupported && ahead < columns; ahead += 16)
                Sse.Prefetch0(from + RowsAhead * stride + ahead);
            for (var first = 0; first < columns; first += width, to += (nint)width * inner)
            {
                var (w, used) = (0, Math.Min(width, columns - first));
                for (; w + 8 <= used; w += 8)
                    Vector256.Load(from + first + w).Store(to + w);
                if (w < used && w >= 8)
                {
                    Vector256.Load(from + first + used - 8).Store(to + used - 8); // some once more
                    w = used;
                }
                for (; w < used; w++)
                    to[w] = from[first + w];
                for (; w < width; w++)
                    to[w] = 0;
            }
        }
    }

    // Columns of the panel are contiguous in the source: four by four are turned at a time, or sixteen by sixteen.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TurnColumns(in MatrixView source, int inner, int used, int width, float* panel)
    {
        var stride = source.ColumnStride;
        var w = 0;
        for (; Avx512F.IsSupported && inner >= 16 && w < width; w += 16)
            Turn16(source.Start, stride, w, inner, used, width, panel + w);
        for (; w < used && used >= 4; w += 4)
        {
            w = Math.Min(w, used - 4); // the last four may turn some once more
            float* a = source.Start + w * stride, b = a + stride, c = b + stride, d = c + stride;
            var to = panel + w;
            var k = 0;
            for (; Sse.IsSupported && k + 4 <= inner; k += 4, to += 4 * width)
            {
                var (va, vb, vc, vd) = (Vector128.Load(a + k), Vector128.Load(b + k), Vector128.Load(c + k), Vector128.Load(d + k));
                var (lowAb, highAb) = (Sse.UnpackLow(va, vb), Sse.UnpackHigh(va, vb));
                var (lowCd, highCd) = (Sse.UnpackLow(vc, vd), Sse.UnpackHigh(vc, vd));
                Sse.MoveLowToHigh(lowAb, lowCd).Store(to);
                Sse.MoveHighToLow(lowCd, lowAb).Store(to + width);
                Sse.MoveLowToHigh(highAb, highCd).Store(to + 2 * width);
                Sse.MoveHighToLow(highCd, highAb).Store(to + 3 * width);
            }
            for (; k < inner; k++, to += width)
                (to[0], to[1], to[2], to[3]) = (a[k], b[k], c[k], d[k]);
        }
        for (; w < width; w++)
        {
            float* from = source.Start + w * stride, to = panel + w;
            for (var k = 0; k < inner; k++, to += width)
                *to = w < used ? from[k] : 0;
        }
    }

    // Up to sixteen columns from the first on, turned in registers: pairs of them are woven together, then pairs of pairs, then
    // quarters of registers change places twice. Columns that do not exist are read as the last one, and stored as zeros.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Turn16(float* source, nint stride, int first, int inner, int used, int width, float* to)
    {
        var columns = stackalloc float*[16];
        for (var w = 0; w < 16; w++)
            columns[w] = source + Math.Min(first + w, used - 1) * stride;
        var lanes = Vector512.CreateSequence(first, 1);
        var (exist, stored) = (Vector512.LessThan(lanes, Vector512.Create(used)).AsSingle(),
            Vector512.LessThan(lanes, Vector512.Create(width)).AsSingle());
        for (var k = 0; k < inner; k += 16)
        {
            k = Math.Min(k, inner - 16); // the last sixteen may turn some once more
            Weave(columns, k, out var a0, out var a1, out var a2, out var a3);
            Weave(columns + 4, k, out var b0, out var b1, out var b2, out var b3);
            Weave(columns + 8, k, out var c0, out var c1, out var c2, out var c3);
            Weave(columns + 12, k, out var d0, out var d1, out var d2, out var d3);
            var at = to + (nint)k * width;
            StoreQuarters(a0, b0, c0, d0, exist, stored, at, width);
            StoreQuarters(a1, b1, c1, d1, exist, stored, at + width, width);
            StoreQuarters(a2, b2, c2, d2, exist, stored, at + 2 * width, width);
            StoreQuarters(a3, b3, c3, d3, exist, stored, at + 3 * width, width);
        }
    }

    // Of four columns: register i holds, in each of its quarters q, element 4q + i of every column.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Weave(float** columns, nint k, out Vector512<float> x0, out Vector512<float> x1,
        out Vector512<float> x2, out Vector512<float> x3)
    {
        var (a, b, c, d) = (Vector512.Load(columns[0] + k), Vector512.Load(columns[1] + k), Vector512.Load(columns[2] + k),
            Vector512.Load(columns[3] + k));
        var (lowAb, highAb) = (Avx512F.UnpackLow(a, b).AsDouble(), Avx512F.UnpackHigh(a, b).AsDouble());
        var (lowCd, highCd) = (Avx512F.UnpackLow(c, d).AsDouble(), Avx512F.UnpackHigh(c, d).AsDouble());
        (x0, x1) = (Avx512F.UnpackLow(lowAb, lowCd).AsSingle(), Avx512F.UnpackHigh(lowAb, lowCd).AsSingle());
        (x2, x3) = (Avx512F.UnpackLow(highAb, highCd).AsSingle(), Avx512F.UnpackHigh(highAb, highCd).AsSingle());
    }

    // Quarter q of all four registers makes step 4q.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreQuarters(Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d,
        Vector512<float> exist, Vector512<float> stored, float* to, nint width)
    {
        const byte even = 0b10_00_10_00, odd = 0b11_01_11_01;
        var (evenAb, oddAb) = (Avx512F.Shuffle4x128(a, b, even), Avx512F.Shuffle4x128(a, b, odd));
        var (evenCd, oddCd) = (Avx512F.Shuffle4x128(c, d, even), Avx512F.Shuffle4x128(c, d, odd));
        Avx512F.MaskStore(to, stored, Avx512F.Shuffle4x128(evenAb, evenCd, even) & exist);
        Avx512F.MaskStore(to + 4 * width, stored, Avx512F.Shuffle4x128(oddAb, oddCd, even) & exist);
        Avx512F.MaskStore(to + 8 * width, stored, Avx512F.Shuffle4x128(evenAb, evenCd, odd) & exist);
        Avx512F.MaskStore(to + 12 * width, stored, Avx512F.Shuffle4x128(oddAb, oddCd, odd) & exist);
    }
}
