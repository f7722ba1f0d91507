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
            for (var first = 0; first < columns; first += width, to += (nint)width * inner)
            {
                var (w, used) = (0, Math.Min(width, columns - first));
                for (; w + 8 <= used; w += 8)
                    Vector256.Load(from + first + w).Store(to + w);
                for (; w < used; w++)
                    to[w] = from[first + w];
                for (; w < width; w++)
                    to[w] = 0;
            }
        }
    }

    // Columns of the panel are contiguous in the source: four by four are turned at a time.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TurnColumns(in MatrixView source, int inner, int used, int width, float* panel)
    {
        var stride = source.ColumnStride;
        var w = 0;
        for (; w + 4 <= used; w += 4)
        {
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
}
