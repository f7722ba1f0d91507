using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pellucid.Tensors.Cpu;

/// <summary>
/// y (R, N) = x (R, K) · a weight of blocks [+ bias], in singles: a few columns are written out as what they stand for, some
/// steps at a time, and multiplied while they are near. Members share the panels. An element has the bits that it would have
/// if the weight lay in singles.
/// </summary>
internal readonly unsafe struct BlockLinearJob<T>(float* x, int R, WeightPanels weight, float* bias, float* y, nint stride,
    Scratch scratch, Finish<T> finish) : ITeamJob
    where T : unmanaged, ISimd<T>
{
    // The longest block; of so many steps and the columns of a kernel 16 or 32 KB are written out at a time.
    private const int Slab = 256;

    public void Execute(int member, int members)
    {
        var panels = Part.Of(weight.Count, member, members);
        if (R == 1)
            OneRow((int)panels.Start, (int)panels.End, scratch.Of(member));
        for (var i = 0; R > 1 && i < R; i += Gemm<T>.RowBlock)
            Rows(i, Math.Min(Gemm<T>.RowBlock, R - i), (int)panels.Start, (int)panels.End, scratch.Of(member));
    }

    // A panel's columns together: one row gives a kernel of half of them too little to do.
    private void OneRow(int start, int end, float* memory)
    {
        float* sums = Gemm<T>.TileOf(memory), widened = Gemm<T>.PackedBOf(memory);
        for (var panel = start; panel < end; panel++)
        {
            new Span<float>(sums, WeightPanels.BlockColumns).Clear();
            for (var k = 0; k < weight.Inner; k += Slab)
            {
                var steps = Math.Min(Slab, weight.Inner - k);
                BlockIntegers.Widen(weight.Type, weight.Block(panel, k), steps, 0, WeightPanels.BlockColumns, widened,
                    WeightPanels.BlockColumns);
                Accumulate(x + k, widened, steps, sums);
            }
            weight.PutSums(sums, panel, bias, y);
            if (finish.IsNeeded)
                finish.Apply(y + panel * weight.Columns, stride, 1, Math.Min(weight.Columns, weight.Outputs - panel * weight.Columns));
        }
    }

    // Sums as in the kernels of Gemm: one chain for each column.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Accumulate(float* x, float* widened, int steps, float* sums)
    {
        Vector256<float> s0 = Vector256.Load(sums), s1 = Vector256.Load(sums + 8), s2 = Vector256.Load(sums + 16),
            s3 = Vector256.Load(sums + 24);
        for (var k = 0; k < steps; k++, widened += WeightPanels.BlockColumns)
        {
            var xk = Vector256.Create(x[k]);
            s0 = Vector256.FusedMultiplyAdd(xk, Vector256.Load(widened), s0);
            s1 = Vector256.FusedMultiplyAdd(xk, Vector256.Load(widened + 8), s1);
            s2 = Vector256.FusedMultiplyAdd(xk, Vector256.Load(widened + 16), s2);
            s3 = Vector256.FusedMultiplyAdd(xk, Vector256.Load(widened + 24), s3);
        }
        s0.Store(sums);
        s1.Store(sums + 8);
        s2.Store(sums + 16);
        s3.Store(sums + 24);
    }

    private void Rows(int first, int rows, int start, int end, float* memory)
    {
        // Few rows are packed whole: the panels are then read once from front to back.
        var (K, packed) = (weight.Inner, rows + 13);
        var together = (long)packed * K <= Gemm<T>.RowBlock * Gemm<T>.InnerBlock ? K : Slab;
        for (var k = 0; k < K; k += together)
        {
            var inner = Math.Min(together, K - k);
            for (var slab = 0; slab < inner; slab += Slab)
                Gemm<T>.PackRows(new MatrixView(x + (long)first * K + k + slab, K, 1), rows, Math.Min(Slab, inner - slab),
                    memory + (nint)packed * slab);
            for (var panel = start; panel < end; panel++)
            {
                var c = y + first * stride + panel * weight.Columns;
                Multiply(panel, k, inner, memory, packed, c, rows);
                if (k + inner >= K && finish.IsNeeded)
                    finish.Apply(c, stride, rows, Math.Min(weight.Columns, weight.Outputs - panel * weight.Columns));
            }
        }
    }

    private void Multiply(int panel, int first, int inner, float* memory, int packed, float* c, int rows)
    {
        var widened = Gemm<T>.PackedBOf(memory);
        var (columns, N) = (Gemm<T>.Columns, weight.Outputs - panel * weight.Columns);
        for (var slab = 0; slab < inner; slab += Slab)
        {
            var (k, steps) = (first + slab, Math.Min(Slab, inner - slab));
            for (var j = 0; j < Math.Min(weight.Columns, N); j += columns)
            {
                BlockIntegers.Widen(weight.Type, weight.Block(panel, k), steps, j, columns, widened, columns);
                var added = k + steps < weight.Inner || bias == null ? null : bias + panel * weight.Columns + j;
                Gemm<T>.MultiplyPanel<SingleWords<T>>(memory + (nint)packed * slab, new(widened, Math.Min(columns, N - j)), c + j, stride,
                    rows, steps, k > 0, added, Gemm<T>.TileOf(memory));
            }
        }
    }
}
