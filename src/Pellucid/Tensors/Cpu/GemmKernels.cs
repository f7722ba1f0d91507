using System.Runtime.CompilerServices;

namespace Pellucid.Tensors.Cpu;

/// <summary>
/// The innermost loop of matrix multiplication: a few rows by two registers of columns stay in registers while the inner
/// dimension runs. Every element of the result is one chain of fused multiply-adds over ascending k, whichever kernel
/// computes it, so its bits depend on nothing else.
/// </summary>
internal unsafe interface IGemmKernel<T> where T : unmanaged, ISimd<T>
{
    /// <summary>Rows of the tile; columns are two registers.</summary>
    static abstract int Rows { get; }

    /// <summary>
    /// c (Rows, columns) = [c +] Σ_k a_k[i] · b_k[j], steps of b lying bStride bytes apart. The chain starts from c when
    /// <paramref name="resume"/>, else from zero; <paramref name="bias"/>, if there is one, is added at the end.
    /// </summary>
    static abstract void Multiply<TRows, TWords>(TRows a, byte* b, nint bStride, float* c, nint cStride,
        int inner, bool resume, float* bias)
        where TRows : struct, IPanelRows where TWords : IPanelWords<T>;
}

/// <summary>14 rows: with 32 registers, as AVX-512 has.</summary>
internal readonly unsafe struct Kernel14<T> : IGemmKernel<T> where T : unmanaged, ISimd<T>
{
    public static int Rows => 14;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply<TRows, TWords>(TRows a, byte* b, nint bStride, float* c, nint cStride, int inner, bool resume, float* bias)
        where TRows : struct, IPanelRows where TWords : IPanelWords<T>
    {
        var zero = T.All(0);
        T l0 = zero, r0 = zero;
        T l1 = zero, r1 = zero;
        T l2 = zero, r2 = zero;
        T l3 = zero, r3 = zero;
        T l4 = zero, r4 = zero;
        T l5 = zero, r5 = zero;
        T l6 = zero, r6 = zero;
        T l7 = zero, r7 = zero;
        T l8 = zero, r8 = zero;
        T l9 = zero, r9 = zero;
        T l10 = zero, r10 = zero;
        T l11 = zero, r11 = zero;
        T l12 = zero, r12 = zero;
        T l13 = zero, r13 = zero;
        if (resume)
        {
            l0 = T.Load(c);
            r0 = T.Load(c + T.Width);
            l1 = T.Load(c + cStride);
            r1 = T.Load(c + cStride + T.Width);
            l2 = T.Load(c + 2 * cStride);
            r2 = T.Load(c + 2 * cStride + T.Width);
            l3 = T.Load(c + 3 * cStride);
            r3 = T.Load(c + 3 * cStride + T.Width);
            l4 = T.Load(c + 4 * cStride);
            r4 = T.Load(c + 4 * cStride + T.Width);
            l5 = T.Load(c + 5 * cStride);
            r5 = T.Load(c + 5 * cStride + T.Width);
            l6 = T.Load(c + 6 * cStride);
            r6 = T.Load(c + 6 * cStride + T.Width);
            l7 = T.Load(c + 7 * cStride);
            r7 = T.Load(c + 7 * cStride + T.Width);
            l8 = T.Load(c + 8 * cStride);
            r8 = T.Load(c + 8 * cStride + T.Width);
            l9 = T.Load(c + 9 * cStride);
            r9 = T.Load(c + 9 * cStride + T.Width);
            l10 = T.Load(c + 10 * cStride);
            r10 = T.Load(c + 10 * cStride + T.Width);
            l11 = T.Load(c + 11 * cStride);
            r11 = T.Load(c + 11 * cStride + T.Width);
            l12 = T.Load(c + 12 * cStride);
            r12 = T.Load(c + 12 * cStride + T.Width);
            l13 = T.Load(c + 13 * cStride);
            r13 = T.Load(c + 13 * cStride + T.Width);
        }
        for (var k = 0; k < inner; k++)
        {
            Ahead.Fetch<T, TWords>(b, bStride);
            var left = TWords.Load(b, out var right);
            var a0 = T.All(a.At(0));
            l0 = T.MultiplyAdd(a0, left, l0);
            r0 = T.MultiplyAdd(a0, right, r0);
            var a1 = T.All(a.At(1));
            l1 = T.MultiplyAdd(a1, left, l1);
            r1 = T.MultiplyAdd(a1, right, r1);
            var a2 = T.All(a.At(2));
            l2 = T.MultiplyAdd(a2, left, l2);
            r2 = T.MultiplyAdd(a2, right, r2);
            var a3 = T.All(a.At(3));
            l3 = T.MultiplyAdd(a3, left, l3);
            r3 = T.MultiplyAdd(a3, right, r3);
            var a4 = T.All(a.At(4));
            l4 = T.MultiplyAdd(a4, left, l4);
            r4 = T.MultiplyAdd(a4, right, r4);
            var a5 = T.All(a.At(5));
            l5 = T.MultiplyAdd(a5, left, l5);
            r5 = T.MultiplyAdd(a5, right, r5);
            var a6 = T.All(a.At(6));
            l6 = T.MultiplyAdd(a6, left, l6);
            r6 = T.MultiplyAdd(a6, right, r6);
            var a7 = T.All(a.At(7));
            l7 = T.MultiplyAdd(a7, left, l7);
            r7 = T.MultiplyAdd(a7, right, r7);
            var a8 = T.All(a.At(8));
            l8 = T.MultiplyAdd(a8, left, l8);
            r8 = T.MultiplyAdd(a8, right, r8);
            var a9 = T.All(a.At(9));
            l9 = T.MultiplyAdd(a9, left, l9);
            r9 = T.MultiplyAdd(a9, right, r9);
            var a10 = T.All(a.At(10));
            l10 = T.MultiplyAdd(a10, left, l10);
            r10 = T.MultiplyAdd(a10, right, r10);
            var a11 = T.All(a.At(11));
            l11 = T.MultiplyAdd(a11, left, l11);
            r11 = T.MultiplyAdd(a11, right, r11);
            var a12 = T.All(a.At(12));
            l12 = T.MultiplyAdd(a12, left, l12);
            r12 = T.MultiplyAdd(a12, right, r12);
            var a13 = T.All(a.At(13));
            l13 = T.MultiplyAdd(a13, left, l13);
            r13 = T.MultiplyAdd(a13, right, r13);
            a.Next();
            b += bStride;
        }
        if (bias != null)
        {
            var (left, right) = (T.Load(bias), T.Load(bias + T.Width));
            l0 += left;
            r0 += right;
            l1 += left;
            r1 += right;
            l2 += left;
            r2 += right;
            l3 += left;
            r3 += right;
            l4 += left;
            r4 += right;
            l5 += left;
            r5 += right;
            l6 += left;
            r6 += right;
            l7 += left;
            r7 += right;
            l8 += left;
            r8 += right;
            l9 += left;
            r9 += right;
            l10 += left;
            r10 += right;
            l11 += left;
            r11 += right;
            l12 += left;
            r12 += right;
            l13 += left;
            r13 += right;
        }
        T.Store(l0, c);
        T.Store(r0, c + T.Width);
        T.Store(l1, c + cStride);
        T.Store(r1, c + cStride + T.Width);
        T.Store(l2, c + 2 * cStride);
        T.Store(r2, c + 2 * cStride + T.Width);
        T.Store(l3, c + 3 * cStride);
        T.Store(r3, c + 3 * cStride + T.Width);
        T.Store(l4, c + 4 * cStride);
        T.Store(r4, c + 4 * cStride + T.Width);
        T.Store(l5, c + 5 * cStride);
        T.Store(r5, c + 5 * cStride + T.Width);
        T.Store(l6, c + 6 * cStride);
        T.Store(r6, c + 6 * cStride + T.Width);
        T.Store(l7, c + 7 * cStride);
        T.Store(r7, c + 7 * cStride + T.Width);
        T.Store(l8, c + 8 * cStride);
        T.Store(r8, c + 8 * cStride + T.Width);
        T.Store(l9, c + 9 * cStride);
        T.Store(r9, c + 9 * cStride + T.Width);
        T.Store(l10, c + 10 * cStride);
        T.Store(r10, c + 10 * cStride + T.Width);
        T.Store(l11, c + 11 * cStride);
        T.Store(r11, c + 11 * cStride + T.Width);
        T.Store(l12, c + 12 * cStride);
        T.Store(r12, c + 12 * cStride + T.Width);
        T.Store(l13, c + 13 * cStride);
        T.Store(r13, c + 13 * cStride + T.Width);
    }
}

/// <summary>8 rows: a few sequences decoded together, with 32 registers.</summary>
internal readonly unsafe struct Kernel8<T> : IGemmKernel<T> where T : unmanaged, ISimd<T>
{
    public static int Rows => 8;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply<TRows, TWords>(TRows a, byte* b, nint bStride, float* c, nint cStride, int inner, bool resume, float* bias)
        where TRows : struct, IPanelRows where TWords : IPanelWords<T>
    {
        var zero = T.All(0);
        T l0 = zero, r0 = zero;
        T l1 = zero, r1 = zero;
        T l2 = zero, r2 = zero;
        T l3 = zero, r3 = zero;
        T l4 = zero, r4 = zero;
        T l5 = zero, r5 = zero;
        T l6 = zero, r6 = zero;
        T l7 = zero, r7 = zero;
        if (resume)
        {
            l0 = T.Load(c);
            r0 = T.Load(c + T.Width);
            l1 = T.Load(c + cStride);
            r1 = T.Load(c + cStride + T.Width);
            l2 = T.Load(c + 2 * cStride);
            r2 = T.Load(c + 2 * cStride + T.Width);
            l3 = T.Load(c + 3 * cStride);
            r3 = T.Load(c + 3 * cStride + T.Width);
            l4 = T.Load(c + 4 * cStride);
            r4 = T.Load(c + 4 * cStride + T.Width);
            l5 = T.Load(c + 5 * cStride);
            r5 = T.Load(c + 5 * cStride + T.Width);
            l6 = T.Load(c + 6 * cStride);
            r6 = T.Load(c + 6 * cStride + T.Width);
            l7 = T.Load(c + 7 * cStride);
            r7 = T.Load(c + 7 * cStride + T.Width);
        }
        for (var k = 0; k < inner; k++)
        {
            Ahead.Fetch<T, TWords>(b, bStride);
            var left = TWords.Load(b, out var right);
            var a0 = T.All(a.At(0));
            l0 = T.MultiplyAdd(a0, left, l0);
            r0 = T.MultiplyAdd(a0, right, r0);
            var a1 = T.All(a.At(1));
            l1 = T.MultiplyAdd(a1, left, l1);
            r1 = T.MultiplyAdd(a1, right, r1);
            var a2 = T.All(a.At(2));
            l2 = T.MultiplyAdd(a2, left, l2);
            r2 = T.MultiplyAdd(a2, right, r2);
            var a3 = T.All(a.At(3));
            l3 = T.MultiplyAdd(a3, left, l3);
            r3 = T.MultiplyAdd(a3, right, r3);
            var a4 = T.All(a.At(4));
            l4 = T.MultiplyAdd(a4, left, l4);
            r4 = T.MultiplyAdd(a4, right, r4);
            var a5 = T.All(a.At(5));
            l5 = T.MultiplyAdd(a5, left, l5);
            r5 = T.MultiplyAdd(a5, right, r5);
            var a6 = T.All(a.At(6));
            l6 = T.MultiplyAdd(a6, left, l6);
            r6 = T.MultiplyAdd(a6, right, r6);
            var a7 = T.All(a.At(7));
            l7 = T.MultiplyAdd(a7, left, l7);
            r7 = T.MultiplyAdd(a7, right, r7);
            a.Next();
            b += bStride;
        }
        if (bias != null)
        {
            var (left, right) = (T.Load(bias), T.Load(bias + T.Width));
            l0 += left;
            r0 += right;
            l1 += left;
            r1 += right;
            l2 += left;
            r2 += right;
            l3 += left;
            r3 += right;
            l4 += left;
            r4 += right;
            l5 += left;
            r5 += right;
            l6 += left;
            r6 += right;
            l7 += left;
            r7 += right;
        }
        T.Store(l0, c);
        T.Store(r0, c + T.Width);
        T.Store(l1, c + cStride);
        T.Store(r1, c + cStride + T.Width);
        T.Store(l2, c + 2 * cStride);
        T.Store(r2, c + 2 * cStride + T.Width);
        T.Store(l3, c + 3 * cStride);
        T.Store(r3, c + 3 * cStride + T.Width);
        T.Store(l4, c + 4 * cStride);
        T.Store(r4, c + 4 * cStride + T.Width);
        T.Store(l5, c + 5 * cStride);
        T.Store(r5, c + 5 * cStride + T.Width);
        T.Store(l6, c + 6 * cStride);
        T.Store(r6, c + 6 * cStride + T.Width);
        T.Store(l7, c + 7 * cStride);
        T.Store(r7, c + 7 * cStride + T.Width);
    }
}

/// <summary>6 rows: with 16 registers.</summary>
internal readonly unsafe struct Kernel6<T> : IGemmKernel<T> where T : unmanaged, ISimd<T>
{
    public static int Rows => 6;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply<TRows, TWords>(TRows a, byte* b, nint bStride, float* c, nint cStride, int inner, bool resume, float* bias)
        where TRows : struct, IPanelRows where TWords : IPanelWords<T>
    {
        var zero = T.All(0);
        T l0 = zero, r0 = zero;
        T l1 = zero, r1 = zero;
        T l2 = zero, r2 = zero;
        T l3 = zero, r3 = zero;
        T l4 = zero, r4 = zero;
        T l5 = zero, r5 = zero;
        if (resume)
        {
            l0 = T.Load(c);
            r0 = T.Load(c + T.Width);
            l1 = T.Load(c + cStride);
            r1 = T.Load(c + cStride + T.Width);
            l2 = T.Load(c + 2 * cStride);
            r2 = T.Load(c + 2 * cStride + T.Width);
            l3 = T.Load(c + 3 * cStride);
            r3 = T.Load(c + 3 * cStride + T.Width);
            l4 = T.Load(c + 4 * cStride);
            r4 = T.Load(c + 4 * cStride + T.Width);
            l5 = T.Load(c + 5 * cStride);
            r5 = T.Load(c + 5 * cStride + T.Width);
        }
        for (var k = 0; k < inner; k++)
        {
            Ahead.Fetch<T, TWords>(b, bStride);
            var left = TWords.Load(b, out var right);
            var a0 = T.All(a.At(0));
            l0 = T.MultiplyAdd(a0, left, l0);
            r0 = T.MultiplyAdd(a0, right, r0);
            var a1 = T.All(a.At(1));
            l1 = T.MultiplyAdd(a1, left, l1);
            r1 = T.MultiplyAdd(a1, right, r1);
            var a2 = T.All(a.At(2));
            l2 = T.MultiplyAdd(a2, left, l2);
            r2 = T.MultiplyAdd(a2, right, r2);
            var a3 = T.All(a.At(3));
            l3 = T.MultiplyAdd(a3, left, l3);
            r3 = T.MultiplyAdd(a3, right, r3);
            var a4 = T.All(a.At(4));
            l4 = T.MultiplyAdd(a4, left, l4);
            r4 = T.MultiplyAdd(a4, right, r4);
            var a5 = T.All(a.At(5));
            l5 = T.MultiplyAdd(a5, left, l5);
            r5 = T.MultiplyAdd(a5, right, r5);
            a.Next();
            b += bStride;
        }
        if (bias != null)
        {
            var (left, right) = (T.Load(bias), T.Load(bias + T.Width));
            l0 += left;
            r0 += right;
            l1 += left;
            r1 += right;
            l2 += left;
            r2 += right;
            l3 += left;
            r3 += right;
            l4 += left;
            r4 += right;
            l5 += left;
            r5 += right;
        }
        T.Store(l0, c);
        T.Store(r0, c + T.Width);
        T.Store(l1, c + cStride);
        T.Store(r1, c + cStride + T.Width);
        T.Store(l2, c + 2 * cStride);
        T.Store(r2, c + 2 * cStride + T.Width);
        T.Store(l3, c + 3 * cStride);
        T.Store(r3, c + 3 * cStride + T.Width);
        T.Store(l4, c + 4 * cStride);
        T.Store(r4, c + 4 * cStride + T.Width);
        T.Store(l5, c + 5 * cStride);
        T.Store(r5, c + 5 * cStride + T.Width);
    }
}

/// <summary>One row: decoding.</summary>
internal readonly unsafe struct Kernel1<T> : IGemmKernel<T> where T : unmanaged, ISimd<T>
{
    public static int Rows => 1;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply<TRows, TWords>(TRows a, byte* b, nint bStride, float* c, nint cStride, int inner, bool resume, float* bias)
        where TRows : struct, IPanelRows where TWords : IPanelWords<T>
    {
        var zero = T.All(0);
        T l0 = zero, r0 = zero;
        if (resume)
        {
            l0 = T.Load(c);
            r0 = T.Load(c + T.Width);
        }
        for (var k = 0; k < inner; k++)
        {
            Ahead.Fetch<T, TWords>(b, bStride);
            var left = TWords.Load(b, out var right);
            var a0 = T.All(a.At(0));
            l0 = T.MultiplyAdd(a0, left, l0);
            r0 = T.MultiplyAdd(a0, right, r0);
            a.Next();
            b += bStride;
        }
        if (bias != null)
        {
            var (left, right) = (T.Load(bias), T.Load(bias + T.Width));
            l0 += left;
            r0 += right;
        }
        T.Store(l0, c);
        T.Store(r0, c + T.Width);
    }
}
