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

/// <summary>Sums rows, ascending; members share the columns.</summary>
internal readonly unsafe struct ColumnSumJob<T>(float* x, int R, int N, float* sums, bool accumulate) : ITeamJob
    where T : unmanaged, ISimd<T>
{
    public void Execute(int member, int members)
    {
        var part = Part.Of(N, member, members, grain: 16);
        var n = part.Start;
        for (; n + T.Width <= part.End; n += T.Width)
        {
            var sum = accumulate ? T.Load(sums + n) : T.All(0);
            for (var r = 0L; r < R; r++)
                sum += T.Load(x + r * N + n);
            T.Store(sum, sums + n);
        }
        for (; n < part.End; n++)
        {
            var sum = accumulate ? sums[n] : 0;
            for (var r = 0L; r < R; r++)
                sum += x[r * N + n];
            sums[n] = sum;
        }
    }
}
