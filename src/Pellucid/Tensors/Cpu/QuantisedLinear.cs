namespace Pellucid.Tensors.Cpu;

/// <summary>Rows of activations rounded to blocks of 32 integers:
/// the integers (R, K), a scale and a sum of integers for each block (R, K / 32).</summary>
internal readonly unsafe struct QuantisedRows(float* memory, int R, int K)
{
    public int Blocks => K / WeightBlock.Length;

    public sbyte* Integers(int row) => (sbyte*)memory + (long)row * K;

    public float* Scales(int row) => memory + (long)R * K / 4 + (long)row * Blocks;

    public int* Sums(int row) => (int*)(memory + (long)R * K / 4 + (long)R * Blocks + (long)row * Blocks);

    /// <summary>Floats that the memory needs.</summary>
    public static long Floats(int R, int K) => (long)R * K / 4 + 2L * R * (K / WeightBlock.Length);
}

/// <summary>Rounds rows, and what that leaves of them to rows of its own, each after its row, if there are to be two parts;
/// members share them.</summary>
internal readonly unsafe struct QuantiseRowsJob(float* x, int R, int K, QuantisedRows rows, int parts) : ITeamJob
{
    public void Execute(int member, int members)
    {
        var part = Part.Of(R, member, members);
        Span<float> left = stackalloc float[WeightBlock.Length];
        for (var r = (int)part.Start; r < part.End; r++)
        for (var block = 0; block < rows.Blocks; block++)
        {
            var values = new ReadOnlySpan<float>(x + (long)r * K + block * WeightBlock.Length, WeightBlock.Length);
            Quantise(values, r * parts, block, left);
            if (parts == 2)
                Quantise(left, r * parts + 1, block, left);
        }
    }

    private void Quantise(ReadOnlySpan<float> values, int row, int block, Span<float> left)
    {
        var q = new Span<sbyte>(rows.Integers(row) + block * WeightBlock.Length, WeightBlock.Length);
        rows.Scales(row)[block] = WeightBlock.QuantiseRow(values, q, out rows.Sums(row)[block]);
        if (parts == 2)
            WeightBlock.Rest(values, rows.Scales(row)[block], q, left);
    }
}

/// <summary>y (R / parts, N) = rounded rows · quantised weight [+ bias]: R rows, of which so many parts that follow one another
/// are a row of y; members share the panels.</summary>
internal readonly unsafe struct QuantisedLinearJob<T, TDot>(QuantisedRows x, int parts, int R, WeightPanels weight, float* bias,
    float* y, nint stride, Finish<T> finish) : ITeamJob
    where T : unmanaged, ISimd<T>
    where TDot : IByteDot
{
    // Integers of rows that are multiplied with one panel after another: as many as stay in the second-level cache.
    private const int NearBytes = 1 << 19;

    public void Execute(int member, int members)
    {
        var panels = Part.Of(weight.Count, member, members);
        var near = Math.Max(1, NearBytes / weight.Inner / QuantisedKernel<TDot>.Rows) * QuantisedKernel<TDot>.Rows;
        var sum = stackalloc float[QuantisedKernel<TDot>.Rows * weight.Columns];
        for (var first = 0; first < R; first += near)
        for (var panel = (int)panels.Start; panel < panels.End; panel++)
        {
            var (end, column) = (Math.Min(R, first + near), panel * weight.Columns);
            Multiply(panel, first, end, sum);
            if (finish.IsNeeded)
                finish.Apply(y + first / parts * stride + column, stride, (end - first) / parts,
                    Math.Min(weight.Columns, weight.Outputs - column));
        }
    }

    private void Multiply(int panel, int r, int end, float* sum)
    {
        var fourBits = weight.Type == ElementType.Q4_0;
        for (; r + QuantisedKernel<TDot>.Rows <= end; r += QuantisedKernel<TDot>.Rows)
        {
            QuantisedKernel<TDot>.FourRows(weight.Panel(panel), fourBits, x.Blocks, x.Integers(r), weight.Inner,
                x.Scales(r), x.Sums(r), sum);
            for (var i = 0; i < QuantisedKernel<TDot>.Rows; i += parts)
                Put(sum + i * weight.Columns, panel, r + i);
        }
        for (; r < end; r += parts)
        {
            for (var i = 0; i < parts; i++)
                QuantisedKernel<TDot>.OneRow(weight.Panel(panel), fourBits, x.Blocks, x.Integers(r + i), x.Scales(r + i), x.Sums(r + i),
                    sum + i * weight.Columns);
            Put(sum, panel, r);
        }
    }

    private void Put(float* sum, int panel, int r)
    {
        for (var n = 0; n < weight.Columns && parts == 2; n++)
            sum[n] += sum[weight.Columns + n];
        weight.PutSums(sum, panel, bias, y + r / parts * stride);
    }
}
