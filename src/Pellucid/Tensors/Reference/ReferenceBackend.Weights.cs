namespace Pellucid.Tensors.Reference;

public sealed unsafe partial class ReferenceBackend
{
    // A weight of any type lies here as the singles it is rounded to, one output after another: (out, in).
    internal override long WeightBytes(Shape shape, WeightForm form, ElementType type) => shape.Count * sizeof(float);

    internal override void WriteWeight(ReadOnlySpan<float> source, WeightForm form, Tensor destination)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(source.Length, destination.Count);
        var (K, N) = Dimensions(destination, form == WeightForm.OutIn);
        var y = new Span<float>((void*)destination.Address, source.Length);
        for (var n = 0; n < N; n++)
        for (var k = 0; k < K; k++)
            y[n * K + k] = source[form == WeightForm.OutIn ? n * K + k : k * N + n];
        for (var first = 0; first < y.Length; first += WeightBlock.Length)
            WeightBlock.RoundTrip(destination.Type, y.Slice(first, Math.Min(WeightBlock.Length, y.Length - first)));
    }

    internal override void ReadWeight(Tensor source, WeightForm form, Span<float> destination)
    {
        var (K, N) = Dimensions(source, form == WeightForm.OutIn);
        var x = (float*)source.Address;
        for (var n = 0; n < N; n++)
        for (var k = 0; k < K; k++)
            destination[form == WeightForm.OutIn ? n * K + k : k * N + n] = x[n * K + k];
    }

    private static void LinearStored(Tensor x, Tensor weight, bool transposed, Tensor bias, Tensor destination)
    {
        var (K, N) = Dimensions(weight, transposed);
        var (vx, y, b) = (new Elements(x), new Elements(destination), bias.IsEmpty ? default : new Elements(bias));
        var w = (float*)weight.Address;
        var row = new double[K];
        for (var r = 0; r < x.Rows; r++)
        {
            for (var k = 0; k < K; k++)
                row[k] = vx[(long)r * K + k];
            if (weight.Type.IsQuantised())
                RoundRow(row);
            for (var n = 0; n < N; n++)
            {
                var sum = 0.0;
                for (var k = 0; k < K; k++)
                    sum += row[k] * w[(long)n * K + k];
                y[(long)r * N + n] = bias.IsEmpty ? sum : sum + b[n];
            }
        }
    }

    private static void RoundRow(double[] row)
    {
        var (block, q) = (new float[WeightBlock.Length], new sbyte[WeightBlock.Length]);
        for (var first = 0; first < row.Length; first += WeightBlock.Length)
        {
            for (var i = 0; i < WeightBlock.Length; i++)
                block[i] = (float)row[first + i];
            var scale = WeightBlock.QuantiseRow(block, q);
            for (var i = 0; i < WeightBlock.Length; i++)
                row[first + i] = (double)scale * q[i];
        }
    }

    private static (int Inner, int Outer) Dimensions(Tensor weight, bool transposed) =>
        transposed ? (weight.Shape[1], weight.Shape[0]) : (weight.Shape[0], weight.Shape[1]);

    // From input k to output n, of any type.
    private static double WeightElement(Tensor weight, bool transposed, int k, int n)
    {
        var (K, N) = Dimensions(weight, transposed);
        return weight.Type is not (ElementType.Float32 or ElementType.Float64) ? ((float*)weight.Address)[(long)n * K + k]
            : new Elements(weight)[transposed ? (long)n * K + k : (long)k * N + n];
    }

    // A row of the table of tokens, of any type.
    private static double TableElement(Tensor table, long token, int c) => table.Type is ElementType.Float32 or ElementType.Float64
        ? new Elements(table)[token * table.Columns + c]
        : ((float*)table.Address)[token * table.Columns + c];
}
