namespace Pellucid.Tensors.Cpu;

/// <summary>y (R / parts, N) = rounded rows · a weight of blocks [+ bias], in integers: R rows, of which so many parts that follow one
/// another are a row of y; members share the panels.</summary>
internal readonly unsafe struct QuantisedLinearJob<T, TDot>(QuantisedRows x, int parts, int R, WeightPanels weight, float* bias,
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
            var rows = Math.Min(Together, R - first);
            new Span<float>(sums, rows * weight.Columns).Clear();
            BlockIntegers.Choose(weight.Type, new Multiplying(weight, panel, x, first, rows, slab, sums));
            Put(sums, panel, first / parts, rows / parts);
        }
    }

    private void Put(float* sums, int panel, int first, int rows)
    {
        for (var i = 0; i < rows; i++, sums += parts * weight.Columns)
        {
            for (var n = 0; n < weight.Columns && parts == 2; n++)
                sums[n] += sums[weight.Columns + n];
            weight.PutSums(sums, panel, bias, y + (first + i) * stride);
        }
        var column = panel * weight.Columns;
        if (finish.IsNeeded)
            finish.Apply(y + first * stride + column, stride, rows, Math.Min(weight.Columns, weight.Outputs - column));
    }

    private readonly struct Multiplying(WeightPanels weight, int panel, QuantisedRows x, int first, int rows, IntegerSlab slab,
        float* sums) : IBlockIntegersUser
    {
        public void Use<TBlocks>() where TBlocks : IBlockIntegers =>
            QuantisedKernel<T, TDot>.Multiply<TBlocks>(weight.Panel(panel), weight.Inner, x, first, rows, slab, sums);
    }
}
