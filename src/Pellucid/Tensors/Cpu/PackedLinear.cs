using System.Runtime.CompilerServices;

namespace Pellucid.Tensors.Cpu;

/// <summary>y (R, N) = x (R, K) · packed weight [+ bias], the weight in singles or 16 bits; members share its panels, so one pass over it serves all rows.</summary>
internal readonly unsafe struct PackedLinearJob<T>(float* x, int R, WeightPanels weight, float* bias, float* y, Scratch scratch) : ITeamJob
    where T : unmanaged, ISimd<T>
{
    private const int RowsToWidenInPassing = 28;

    public void Execute(int member, int members)
    {
        var panels = Part.Of(weight.Count, member, members);
        for (var panel = panels.Start; R == 1 && panel < panels.End; panel++)
            OneRow((int)panel, scratch.Of(member));
        for (var i = 0; R > 1 && i < R; i += Gemm<T>.RowBlock)
            Rows(i, Math.Min(Gemm<T>.RowBlock, R - i), (int)panels.Start, (int)panels.End, scratch.Of(member));
    }

    private void Rows(int first, int rows, int start, int end, float* memory)
    {
        var (K, N) = (weight.Inner, weight.Outputs);
        // Few rows fit whole beside the panels, which are then read once from front to back.
        var block = (rows + 13L) * K <= Gemm<T>.RowBlock * Gemm<T>.InnerBlock && (rows <= RowsToWidenInPassing || weight.Type == ElementType.PackedFloat32) ? K : Gemm<T>.InnerBlock;
        for (var k = 0; k < K; k += block)
        {
            var inner = Math.Min(block, K - k);
            Gemm<T>.PackRows(new MatrixView(x + (long)first * K + k, K, 1), rows, inner, memory);
            for (var panel = start; panel < end; panel++)
            {
                var column = panel * weight.Columns;
                var c = y + (long)first * N + column;
                var added = k + inner < K || bias == null ? null : bias + column;
                var stride = (nint)(weight.PanelBytes / K);
                var b = new Gemm<T>.BPanel(weight.Panel(panel) + k * stride, stride, Math.Min(weight.Columns, N - column));
                if (weight.Type == ElementType.PackedFloat32)
                    Multiply<SingleWords<T>>(memory, b, c, rows, inner, k > 0, added);
                else if (weight.Type == ElementType.BFloat16)
                    Multiply<BFloat16Words<T>>(memory, b, c, rows, inner, k > 0, added);
                else
                    Multiply<Float16Words<T>>(memory, b, c, rows, inner, k > 0, added);
            }
        }
    }

    private void OneRow(int panel, float* sum)
    {
        if (weight.Type == ElementType.PackedFloat32)
            OnePanel<SingleWords<T>>(x, weight.Panel(panel), weight.Inner, sum);
        else if (weight.Type == ElementType.BFloat16)
            OnePanel<BFloat16Words<T>>(x, weight.Panel(panel), weight.Inner, sum);
        else
            OnePanel<Float16Words<T>>(x, weight.Panel(panel), weight.Inner, sum);
        weight.PutSums(sum, panel, bias, y);
    }

    // Bound by reading the panel, which is fetched ahead; sums as in the kernels of Gemm.
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
    private void Multiply<TWords>(float* memory, Gemm<T>.BPanel b, float* c, int rows, int inner, bool resume, float* added) where TWords : IPanelWords<T>
    {
        if (rows <= RowsToWidenInPassing || typeof(TWords) == typeof(SingleWords<T>))
        {
            Gemm<T>.MultiplyPanel<TWords>(memory, b, c, weight.Outputs, rows, inner, resume, added, Gemm<T>.TileOf(memory));
            return;
        }
        var widened = Gemm<T>.PackedBOf(memory);
        Widen<TWords>(b.Start, inner, widened);
        Gemm<T>.MultiplyPanel<SingleWords<T>>(memory, new(widened, b.Columns), c, weight.Outputs, rows, inner, resume, added, Gemm<T>.TileOf(memory));
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
