using System.Runtime.CompilerServices;

namespace Pellucid.Tensors.Cpu;

/// <summary>y (R, N) = x (R, K) · packed weight [+ bias], the weight in singles or 16 bits; members share its panels, so one pass over it serves all rows.</summary>
internal readonly unsafe struct PackedLinearJob<T>(float* x, int R, WeightPanels weight, float* bias, float* y, Scratch scratch) : ITeamJob
    where T : unmanaged, ISimd<T>
{
    public void Execute(int member, int members)
    {
        var panels = Part.Of(weight.Count, member, members);
        for (var i = 0; i < R; i += Gemm<T>.RowBlock)
            Rows(i, Math.Min(Gemm<T>.RowBlock, R - i), (int)panels.Start, (int)panels.End, scratch.Of(member));
    }

    private void Rows(int first, int rows, int start, int end, float* memory)
    {
        var (K, N) = (weight.Inner, weight.Outputs);
        // Few rows fit whole beside the panels, which are then read once from front to back.
        var block = rows * (long)K <= Gemm<T>.RowBlock * Gemm<T>.InnerBlock && weight.Type == ElementType.PackedFloat32 ? K : Gemm<T>.InnerBlock;
        for (var k = 0; k < K; k += block)
        {
            var inner = Math.Min(block, K - k);
            Gemm<T>.PackRows(new MatrixView(x + (long)first * K + k, K, 1), rows, inner, memory);
            for (var panel = start; panel < end; panel++)
            {
                var column = panel * weight.Columns;
                var b = new Gemm<T>.BPanel(Singles(panel, k, inner, Gemm<T>.PackedBOf(memory)), weight.Columns, Math.Min(weight.Columns, N - column));
                Gemm<T>.MultiplyPanel(memory, b, y + (long)first * N + column, N, rows, inner, k > 0, k + inner < K || bias == null ? null : bias + column, Gemm<T>.TileOf(memory));
            }
        }
    }

    private float* Singles(int panel, int k, int inner, float* widened)
    {
        var at = (long)k * weight.Columns;
        if (weight.Type == ElementType.PackedFloat32)
            return (float*)weight.Panel(panel) + at;
        if (weight.Type == ElementType.BFloat16)
            WidenBFloat16((uint*)((ushort*)weight.Panel(panel) + at), inner, widened);
        else
            WidenFloat16((uint*)((ushort*)weight.Panel(panel) + at), inner, widened);
        return widened;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WidenBFloat16(uint* words, int inner, float* widened)
    {
        for (var k = 0; k < inner; k++, words += T.Width, widened += 2 * T.Width)
        {
            T.Store(T.FromBFloat16(words, out var upper), widened);
            T.Store(upper, widened + T.Width);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WidenFloat16(uint* words, int inner, float* widened)
    {
        for (var k = 0; k < inner; k++, words += T.Width, widened += 2 * T.Width)
        {
            T.Store(T.FromFloat16(words, out var upper), widened);
            T.Store(upper, widened + T.Width);
        }
    }
}
