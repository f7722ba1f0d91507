using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Pellucid.Tensors.Cpu;

internal sealed unsafe partial class SimdBackend<T>
{
    public override void Linear(Tensor x, Tensor weight, bool transposed, Tensor bias, Tensor destination)
    {
        var added = bias.IsEmpty ? null : bias.Floats;
        if (weight.Type == ElementType.Float32)
            Multiply(Rows(x), Weight(weight, transposed), destination, x.Columns, accumulate: false, added);
        else
            LinearPacked(x, WeightPanels.Of(weight, transposed, T.Width), added, destination);
    }

    public override void LinearBackwardInput(Tensor gradient, Tensor weight, bool transposed, Tensor xGradient, bool accumulate) =>
        Multiply(Rows(gradient), Weight(weight, transposed).Transposed, xGradient, gradient.Columns, accumulate, null);

    public override void LinearBackwardWeight(Tensor gradient, Tensor x, bool transposed, Tensor weightGradient, bool accumulate)
    {
        var (left, right) = transposed ? (Rows(gradient), Rows(x)) : (Rows(x), Rows(gradient));
        Multiply(left.Transposed, right, weightGradient, x.Rows, accumulate, null);
    }

    public override void LinearBackwardBias(Tensor gradient, Tensor biasGradient, bool accumulate) =>
        Run(new ColumnSumJob<T>(gradient.Floats, gradient.Rows, gradient.Columns, biasGradient.Floats, accumulate), gradient.Count);

    private void Multiply(MatrixView a, MatrixView b, Tensor c, int inner, bool accumulate, float* bias)
    {
        lock (_scratchInUse)
            Run(new GemmJob<T>(a, b, c.Floats, c.Columns, c.Rows, c.Columns, inner, accumulate, bias, _scratch), c.Count * inner / 16);
    }

    private static MatrixView Rows(Tensor matrix) => new(matrix.Floats, matrix.Columns, 1);

    // As (in, out), however it is stored.
    private static MatrixView Weight(Tensor weight, bool transposed) => transposed ? Rows(weight).Transposed : Rows(weight);
}

/// <summary>Sums rows, ascending; members share the columns, and go through memory row by row.</summary>
internal readonly unsafe struct ColumnSumJob<T>(float* x, int R, int N, float* sums, bool accumulate) : ITeamJob
    where T : unmanaged, ISimd<T>
{
    private const nint RowsAhead = 4;

    public void Execute(int member, int members)
    {
        var part = Part.Of(N, member, members, grain: 16);
        if (!accumulate)
            new Span<float>(sums + part.Start, (int)part.Length).Clear();
        for (var r = 0L; r < R; r++)
            Add(x + r * N + part.Start, N, sums + part.Start, part.Length);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add(float* row, int stride, float* sums, long count)
    {
        var n = 0L;
        for (; n + T.Width <= count; n += T.Width)
        {
            if (Sse.IsSupported)
                Sse.Prefetch0(row + n + RowsAhead * stride);
            T.Store(T.Load(sums + n) + T.Load(row + n), sums + n);
        }
        for (; n < count; n++)
            sums[n] += row[n];
    }
}
