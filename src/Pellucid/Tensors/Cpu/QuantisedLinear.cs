namespace Pellucid.Tensors.Cpu;

/// <summary>y (R, N) = rounded rows · a weight of blocks [+ bias], in integers; members share the panels.</summary>
internal readonly unsafe struct QuantisedLinearJob<T, TDot>(QuantisedRows x, int R, WeightPanels weight, float* bias,
    float* y, nint stride, Scratch scratch, Finish<T> finish) : ITeamJob
    where T : unmanaged, ISimd<T>
    where TDot : IByteDot
{
    // Rows that an unpacked part of a panel meets: it and their sums stay in the nearest cache.
    private const int Together = 128;

    public void Execute(int member, int members)
    {
        var panels = Part.Of(weight.Count, member, members);
        var memory = scratch.Of(member);
        var slab = IntegerSlab.In((byte*)memory);
        var sums = memory + IntegerSlab.Bytes / sizeof(float);
        for (var first = 0; first < R; first += Together)
        for (var panel = (int)panels.Start; panel < panels.End; panel++)
        {
            var (rows, column) = (Math.Min(Together, R - first), panel * weight.Columns);
            new Span<float>(sums, rows * weight.Columns).Clear();
            BlockIntegers.Choose(weight.Type, new Multiplying(weight, panel, x, first, rows, slab, sums));
            for (var i = 0; i < rows; i++)
                weight.PutSums(sums + i * weight.Columns, panel, bias, y + (first + i) * stride);
            if (finish.IsNeeded)
                finish.Apply(y + first * stride + column, stride, rows, Math.Min(weight.Columns, weight.Outputs - column));
        }
    }

    private readonly struct Multiplying(WeightPanels weight, int panel, QuantisedRows x, int first, int rows, IntegerSlab slab,
        float* sums) : IBlockIntegersUser
    {
        public void Use<TBlocks>() where TBlocks : IBlockIntegers =>
            QuantisedKernel<TDot>.Multiply<TBlocks>(weight, panel, x, first, rows, slab, sums);
    }
}
