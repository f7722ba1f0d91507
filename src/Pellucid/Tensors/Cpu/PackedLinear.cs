using System.Runtime.CompilerServices;

namespace Pellucid.Tensors.Cpu;

/// <summary>y (R, N) = x (R, K) · packed weight [+ bias], the weight in singles or 16 bits;
/// members share its panels, so one pass over it serves all rows.</summary>
internal readonly unsafe struct PackedLinearJob<T>(float* x, int R, WeightPanels weight, float* bias, float* y,
    nint yStride, Scratch scratch, Finish<T> finish) : ITeamJob
    where T : unmanaged, ISimd<T>
{
    private const int RowsToWidenInPassing = 28;

    public void Execute(int member, int members)
    {
        var panels = Part.Of(weight.Count, member, members);
        if (R == 1)
            OneRow((int)panels.Start, (int)panels.End, scratch.Of(member));
        for (var i = 0; R > 1 && i < R; i += Gemm<T>.RowBlock)
            Rows(i, Math.Min(Gemm<T>.RowBlock, R - i), (int)panels.Start, (int)panels.End, scratch.Of(member));
    }

    private void Rows(int first, int rows, int start, int end, float* memory)
    {
        var (K, N) = (weight.Inner, weight.Outputs);
        // Few rows fit whole beside the panels, which are then read once from front to back.
        var block = (rows + 13L) * K <= Gemm<T>.RowBlock * Gemm<T>.InnerBlock
            && (rows <= RowsToWidenInPassing || weight.Type == ElementType.PackedFloat32) ? K : Gemm<T>.InnerBlock;
        for (var k = 0; k < K; k += block)
        {
            var inner = Math.Min(block, K - k);
            Gemm<T>.PackRows(new MatrixView(x + (long)first * K + k, K, 1), rows, inner, memory);
            for (var panel = start; panel < end; panel++)
            {
                var column = panel * weight.Columns;
                var c = y + first * yStride + column;
                var added = k + inner < K || bias == null ? null : bias + column;
                var stride = (nint)(weight.PanelBytes / K);
                var b = new Gemm<T>.BPanel(weight.Panel(panel) + k * stride, stride, Math.Min(weight.Columns, N - column));
                if (weight.Type == ElementType.PackedFloat32)
                    Multiply<SingleWords<T>>(memory, b, c, rows, inner, k > 0, added);
                else if (weight.Type == ElementType.BFloat16)
                    Multiply<BFloat16Words<T>>(memory, b, c, rows, inner, k > 0, added);
                else
                    Multiply<Float16Words<T>>(memory, b, c, rows, inner, k > 0, added);
                if (k + inner >= K && finish.IsNeeded)
                    finish.Apply(c, yStride, rows, b.Columns);
            }
        }
    }

    private void OneRow(int start, int end, float* sums)
    {
        if (weight.Type == ElementType.PackedFloat32)
            OneRow<SingleWords<T>>(start, end, sums);
        else if (weight.Type == ElementType.BFloat16)
            OneRow<BFloat16Words<T>>(start, end, sums);
        else
            OneRow<Float16Words<T>>(start, end, sums);
    }

    private void OneRow<TWords>(int start, int end, float* sums) where TWords : IPanelWords<T>
    {
        for (int panel = start, together; panel < end; panel += together)
        {
            together = end - panel >= 4 ? 4 : 1;
            if (together == 4)
                FourPanels<TWords>(x, weight.Panel(panel), (nint)weight.PanelBytes, weight.Inner, sums);
            else
                OnePanel<TWords>(x, weight.Panel(panel), weight.Inner, sums);
            for (var i = 0; i < together; i++)
                weight.PutSums(sums + 2 * T.Width * i, panel + i, bias, y);
        }
        var first = start * weight.Columns;
        if (finish.IsNeeded && end > start)
            finish.Apply(y + first, yStride, 1, Math.Min(end * weight.Columns, weight.Outputs) - first);
    }

    // Bound by reading: four streams get more out of memory than one. Sums as in the kernels of Gemm.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourPanels<TWords>(float* x, byte* panel, nint panelBytes, int K, float* sums) where TWords : IPanelWords<T>
    {
        T l0 = T.All(0), r0 = l0, l1 = l0, r1 = l0, l2 = l0, r2 = l0, l3 = l0, r3 = l0;
        byte* second = panel + panelBytes, third = second + panelBytes, fourth = third + panelBytes;
        for (nint k = 0, at = 0; k < K; k++, at += TWords.BytesAStep)
        {
            var xk = T.All(x[k]);
            MultiplyAdd<TWords>(xk, panel + at, ref l0, ref r0);
            MultiplyAdd<TWords>(xk, second + at, ref l1, ref r1);
            MultiplyAdd<TWords>(xk, third + at, ref l2, ref r2);
            MultiplyAdd<TWords>(xk, fourth + at, ref l3, ref r3);
        }
        T.Store(l0, sums);
        T.Store(r0, sums + T.Width);
        T.Store(l1, sums + 2 * T.Width);
        T.Store(r1, sums + 3 * T.Width);
        T.Store(l2, sums + 4 * T.Width);
        T.Store(r2, sums + 5 * T.Width);
        T.Store(l3, sums + 6 * T.Width);
        T.Store(r3, sums + 7 * T.Width);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MultiplyAdd<TWords>(T x, byte* step, ref T left, ref T right) where TWords : IPanelWords<T>
    {
        Ahead.Fetch<T, TWords>(step, TWords.BytesAStep, Ahead.OfFour);
        left = T.MultiplyAdd(x, TWords.Load(step, out var upper), left);
        right = T.MultiplyAdd(x, upper, right);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OnePanel<TWords>(float* x, byte* panel, int K, float* sum) where TWords : IPanelWords<T>
    {
        T left = T.All(0), right = left;
        for (var k = 0; k < K; k++, panel += TWords.BytesAStep)
        {
            Ahead.Fetch<T, TWords>(panel, TWords.BytesAStep);
            var weight = TWords.Load(panel, out var upper);
            left = T.MultiplyAdd(T.All(x[k]), weight, left);
            right = T.MultiplyAdd(T.All(x[k]), upper, right);
        }
        T.Store(left, sum);
        T.Store(right, sum + T.Width);
    }

    // Few rows widen a panel in passing; many would do it again and again, and have it written out in singles.
    private void Multiply<TWords>(float* memory, Gemm<T>.BPanel b, float* c, int rows, int inner, bool resume, float* added)
        where TWords : IPanelWords<T>
    {
        if (rows <= RowsToWidenInPassing || typeof(TWords) == typeof(SingleWords<T>))
        {
            Gemm<T>.MultiplyPanel<TWords>(memory, b, c, yStride, rows, inner, resume, added, Gemm<T>.TileOf(memory));
            return;
        }
        var widened = Gemm<T>.PackedBOf(memory);
        Widen<TWords>(b.Start, inner, widened);
        Gemm<T>.MultiplyPanel<SingleWords<T>>(memory, new(widened, b.Columns), c, yStride, rows, inner, resume,
            added, Gemm<T>.TileOf(memory));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Widen<TWords>(byte* words, int inner, float* widened) where TWords : IPanelWords<T>
    {
        for (var k = 0; k < inner; k++, words += TWords.BytesAStep, widened += 2 * T.Width)
        {
            T.Store(TWords.Load(words, out var upper), widened);
            T.Store(upper, widened + T.Width);
        }
    }
}
