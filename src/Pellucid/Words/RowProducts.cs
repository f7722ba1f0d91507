using System.Runtime.CompilerServices;
using Pellucid.Tensors.Cpu;

namespace Pellucid.Words;

/// <summary>
/// Small matrix products whose rows lie anywhere in memory: 4 × 2 registers are filled at a time. Rows are multiples of
/// 16 floats; the number of rows is even, which costs a row of zeros where there is one too few.
/// </summary>
internal static unsafe class RowProducts<T> where T : unmanaged, ISimd<T>
{
    private const MethodImplOptions Kernel = MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining;

    /// <summary>scores[i, j] = a[i] · b[j].</summary>
    public static void Dots(float** a, int rows, float** b, int columns, int width, float* scores, int stride)
    {
        for (var i = 0; i < rows; i += 4)
            for (var j = 0; j < columns; j += 2)
                if (i + 4 <= rows)
                    Dots4(a + i, b + j, width, scores + i * stride + j, stride);
                else
                    Dots2(a + i, b + j, width, scores + i * stride + j, stride);
    }

    /// <summary>c[i] += Σ factors[i, k] · b[k], where factors has a step from row to row and one from k to k.
    /// Rows of c may be the same; no row of b may be one of c.</summary>
    public static void AddProducts(float** c, int rows, float* factors, nint rowStep, nint step, float** b, int inner, int width)
    {
        for (var i = 0; i < rows; i += 4)
            if (i + 4 <= rows)
                Add4(c + i, factors + i * rowStep, rowStep, step, b, inner, width);
            else
                Add2(c + i, factors + i * rowStep, rowStep, step, b, inner, width);
    }

    /// <summary>destination += source.</summary>
    [MethodImpl(Kernel)]
    public static void Add(float* source, float* destination, int width)
    {
        for (var d = 0; d < width; d += T.Width)
            T.Store(T.Load(destination + d) + T.Load(source + d), destination + d);
    }

    /// <summary>destination = factor · Σ rows.</summary>
    [MethodImpl(Kernel)]
    public static void Mean(float** rows, int count, float factor, float* destination, int width)
    {
        var d = 0;
        for (; d + 4 * T.Width <= width; d += 4 * T.Width)
        {
            T s0 = T.All(0), s1 = s0, s2 = s0, s3 = s0;
            for (var i = 0; i < count; i++)
            {
                var row = rows[i] + d;
                s0 += T.Load(row);
                s1 += T.Load(row + T.Width);
                s2 += T.Load(row + 2 * T.Width);
                s3 += T.Load(row + 3 * T.Width);
            }
            T.Store(s0 * T.All(factor), destination + d);
            T.Store(s1 * T.All(factor), destination + d + T.Width);
            T.Store(s2 * T.All(factor), destination + d + 2 * T.Width);
            T.Store(s3 * T.All(factor), destination + d + 3 * T.Width);
        }
        for (; d < width; d += T.Width)
        {
            var sum = T.All(0);
            for (var i = 0; i < count; i++)
                sum += T.Load(rows[i] + d);
            T.Store(sum * T.All(factor), destination + d);
        }
    }

    /// <summary>slopes = −rate · sigmoid(scores), in place; the count is rounded up to whole registers.</summary>
    [MethodImpl(Kernel)]
    public static void Slopes(float* scores, int count, float rate)
    {
        for (var i = 0; i < count; i += T.Width)
            T.Store(T.All(-rate) * VectorMath.Sigmoid(T.Load(scores + i)), scores + i);
    }

    [MethodImpl(Kernel)]
    private static void Dots4(float** a, float** b, int width, float* scores, int stride)
    {
        float* a0 = a[0], a1 = a[1], a2 = a[2], a3 = a[3], b0 = b[0], b1 = b[1];
        T s00 = T.All(0), s01 = s00, s10 = s00, s11 = s00, s20 = s00, s21 = s00, s30 = s00, s31 = s00;
        for (nint d = 0; d < width; d += T.Width)
        {
            var (x, y) = (T.Load(b0 + d), T.Load(b1 + d));
            var r = T.Load(a0 + d);
            s00 = T.MultiplyAdd(r, x, s00);
            s01 = T.MultiplyAdd(r, y, s01);
            r = T.Load(a1 + d);
            s10 = T.MultiplyAdd(r, x, s10);
            s11 = T.MultiplyAdd(r, y, s11);
            r = T.Load(a2 + d);
            s20 = T.MultiplyAdd(r, x, s20);
            s21 = T.MultiplyAdd(r, y, s21);
            r = T.Load(a3 + d);
            s30 = T.MultiplyAdd(r, x, s30);
            s31 = T.MultiplyAdd(r, y, s31);
        }
        (scores[0], scores[1]) = (T.Sum(s00), T.Sum(s01));
        scores += stride;
        (scores[0], scores[1]) = (T.Sum(s10), T.Sum(s11));
        scores += stride;
        (scores[0], scores[1]) = (T.Sum(s20), T.Sum(s21));
        scores += stride;
        (scores[0], scores[1]) = (T.Sum(s30), T.Sum(s31));
    }

    [MethodImpl(Kernel)]
    private static void Dots2(float** a, float** b, int width, float* scores, int stride)
    {
        float* a0 = a[0], a1 = a[1], b0 = b[0], b1 = b[1];
        T s00 = T.All(0), s01 = s00, s10 = s00, s11 = s00;
        for (nint d = 0; d < width; d += T.Width)
        {
            var (x, y, r, q) = (T.Load(b0 + d), T.Load(b1 + d), T.Load(a0 + d), T.Load(a1 + d));
            s00 = T.MultiplyAdd(r, x, s00);
            s01 = T.MultiplyAdd(r, y, s01);
            s10 = T.MultiplyAdd(q, x, s10);
            s11 = T.MultiplyAdd(q, y, s11);
        }
        (scores[0], scores[1]) = (T.Sum(s00), T.Sum(s01));
        scores += stride;
        (scores[0], scores[1]) = (T.Sum(s10), T.Sum(s11));
    }

    // Sums begin at zero and are added to c one row after the other at the end, so that a row may be there twice.
    [MethodImpl(Kernel)]
    private static void Add4(float** c, float* f0, nint rowStep, nint step, float** b, int inner, int width)
    {
        float* f1 = f0 + rowStep, f2 = f1 + rowStep, f3 = f2 + rowStep;
        var d = 0;
        for (; d + 2 * T.Width <= width; d += 2 * T.Width)
        {
            T s00 = T.All(0), s01 = s00, s10 = s00, s11 = s00, s20 = s00, s21 = s00, s30 = s00, s31 = s00;
            nint at = 0;
            for (var k = 0; k < inner; k++, at += step)
            {
                var (x, y) = (T.Load(b[k] + d), T.Load(b[k] + d + T.Width));
                var f = T.All(f0[at]);
                s00 = T.MultiplyAdd(f, x, s00);
                s01 = T.MultiplyAdd(f, y, s01);
                f = T.All(f1[at]);
                s10 = T.MultiplyAdd(f, x, s10);
                s11 = T.MultiplyAdd(f, y, s11);
                f = T.All(f2[at]);
                s20 = T.MultiplyAdd(f, x, s20);
                s21 = T.MultiplyAdd(f, y, s21);
                f = T.All(f3[at]);
                s30 = T.MultiplyAdd(f, x, s30);
                s31 = T.MultiplyAdd(f, y, s31);
            }
            AddPair(c[0] + d, s00, s01);
            AddPair(c[1] + d, s10, s11);
            AddPair(c[2] + d, s20, s21);
            AddPair(c[3] + d, s30, s31);
        }
        for (; d < width; d += T.Width)
        {
            T s0 = T.All(0), s1 = s0, s2 = s0, s3 = s0;
            nint at = 0;
            for (var k = 0; k < inner; k++, at += step)
            {
                var x = T.Load(b[k] + d);
                s0 = T.MultiplyAdd(T.All(f0[at]), x, s0);
                s1 = T.MultiplyAdd(T.All(f1[at]), x, s1);
                s2 = T.MultiplyAdd(T.All(f2[at]), x, s2);
                s3 = T.MultiplyAdd(T.All(f3[at]), x, s3);
            }
            T.Store(T.Load(c[0] + d) + s0, c[0] + d);
            T.Store(T.Load(c[1] + d) + s1, c[1] + d);
            T.Store(T.Load(c[2] + d) + s2, c[2] + d);
            T.Store(T.Load(c[3] + d) + s3, c[3] + d);
        }
    }

    [MethodImpl(Kernel)]
    private static void Add2(float** c, float* f0, nint rowStep, nint step, float** b, int inner, int width)
    {
        var f1 = f0 + rowStep;
        var d = 0;
        for (; d + 2 * T.Width <= width; d += 2 * T.Width)
        {
            T s00 = T.All(0), s01 = s00, s10 = s00, s11 = s00;
            nint at = 0;
            for (var k = 0; k < inner; k++, at += step)
            {
                var (x, y, f, g) = (T.Load(b[k] + d), T.Load(b[k] + d + T.Width), T.All(f0[at]), T.All(f1[at]));
                s00 = T.MultiplyAdd(f, x, s00);
                s01 = T.MultiplyAdd(f, y, s01);
                s10 = T.MultiplyAdd(g, x, s10);
                s11 = T.MultiplyAdd(g, y, s11);
            }
            AddPair(c[0] + d, s00, s01);
            AddPair(c[1] + d, s10, s11);
        }
        for (; d < width; d += T.Width)
        {
            T s0 = T.All(0), s1 = s0;
            nint at = 0;
            for (var k = 0; k < inner; k++, at += step)
            {
                s0 = T.MultiplyAdd(T.All(f0[at]), T.Load(b[k] + d), s0);
                s1 = T.MultiplyAdd(T.All(f1[at]), T.Load(b[k] + d), s1);
            }
            T.Store(T.Load(c[0] + d) + s0, c[0] + d);
            T.Store(T.Load(c[1] + d) + s1, c[1] + d);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddPair(float* destination, T first, T second)
    {
        T.Store(T.Load(destination) + first, destination);
        T.Store(T.Load(destination + T.Width) + second, destination + T.Width);
    }
}
