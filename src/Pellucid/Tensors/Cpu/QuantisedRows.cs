namespace Pellucid.Tensors.Cpu;

/// <summary>
/// Rows of activations rounded to integers in blocks of 32: the integers (R, K), a scale for each block (R, K / 32), and for each
/// scale of the weight that they are to meet what corrects the sum of products: its centre times the sum of the row's integers,
/// an integer, or this sum times the row's scale, of which offsets are multiples.
/// </summary>
internal readonly unsafe struct QuantisedRows(float* memory, int R, int K)
{
    public sbyte* Integers(int row) => (sbyte*)memory + (long)row * K;

    public float* Scales(int row) => memory + (long)R * K / 4 + (long)row * (K / WeightBlock.Length);

    public float* Corrections(int row, int words) => memory + (long)R * K / 4 + (long)R * (K / WeightBlock.Length)
        + (long)row * (K / 4 / words);

    /// <summary>Floats that the memory needs.</summary>
    public static long Floats(int R, int K) => (long)R * K / 4 + (long)R * (K / WeightBlock.Length) + (long)R * (K / 16);

    /// <summary>A row and those after it, from a step on, for a weight with so many words to a scale.</summary>
    public QuantisedRow From(int row, int k, int words) =>
        new(Integers(row) + k, K, Scales(row) + k / WeightBlock.Length, Corrections(row, words) + k / 4 / words, K / 4 / words);
}

/// <summary>A rounded row. Integers of the next one lie a stride further, its scales a 32nd of that, and its corrections as many as a
/// row has.</summary>
internal readonly unsafe struct QuantisedRow(sbyte* integers, int stride, float* scales, float* corrections, int correctionStride)
{
    public sbyte* Integers => integers;

    public int Stride => stride;

    public float* Scales => scales;

    public float* Corrections => corrections;

    public int CorrectionStride => correctionStride;
}

/// <summary>Rounds rows for weights of a type, and what that leaves of them to rows of its own, each after its row, if there are to be
/// two parts; members share them.</summary>
internal readonly unsafe struct QuantiseRowsJob(float* x, int R, int K, QuantisedRows rows, int parts, ElementType type) : ITeamJob
{
    public void Execute(int member, int members) =>
        BlockIntegers.Choose(type, new Rounding(x, K, rows, parts, Part.Of(R, member, members)));

    private readonly struct Rounding(float* x, int K, QuantisedRows rows, int parts, Part part) : IBlockIntegersUser
    {
        public void Use<TBlocks>() where TBlocks : IBlockIntegers
        {
            Span<float> left = stackalloc float[WeightBlock.Length];
            for (var r = (int)part.Start; r < part.End; r++)
            for (var k = 0; k < K; k += WeightBlock.Length)
            {
                var values = new ReadOnlySpan<float>(x + (long)r * K + k, WeightBlock.Length);
                Round<TBlocks>(values, rows.From(r * parts, k, TBlocks.WordsOfScale), left);
                if (parts == 2)
                    Round<TBlocks>(left, rows.From(r * parts + 1, k, TBlocks.WordsOfScale), left);
            }
        }

        private void Round<TBlocks>(ReadOnlySpan<float> values, QuantisedRow row, Span<float> left) where TBlocks : IBlockIntegers
        {
            var q = new Span<sbyte>(row.Integers, WeightBlock.Length);
            *row.Scales = WeightBlock.QuantiseRow(values, q, out var lower, out var upper);
            if (TBlocks.WordsOfScale == 8)
                Correct<TBlocks>(row, 0, lower + upper);
            else
            {
                Correct<TBlocks>(row, 0, lower);
                Correct<TBlocks>(row, 1, upper);
            }
            if (parts == 2)
                WeightBlock.Rest(values, *row.Scales, q, left);
        }

        private static void Correct<TBlocks>(QuantisedRow row, int i, int sum) where TBlocks : IBlockIntegers
        {
            if (TBlocks.HasOffsets)
                row.Corrections[i] = *row.Scales * sum;
            else
                ((int*)row.Corrections)[i] = BlockIntegers.CorrectedBy<TBlocks>() * sum;
        }
    }
}
