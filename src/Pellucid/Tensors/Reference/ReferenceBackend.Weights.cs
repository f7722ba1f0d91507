namespace Pellucid.Tensors.Reference;

public sealed unsafe partial class ReferenceBackend
{
    // A weight of any type lies here as the singles it is rounded to, one output after another: (out, in). Behind them lie the
    // rows in blocks that they were written out from.
    internal override long WeightBytes(Shape shape, WeightForm form, ElementType type)
    {
        var format = type.Format()!;
        return shape.Count * sizeof(float) + shape.Count / format.Length * format.Bytes;
    }

    internal override void WriteWeight(ReadOnlySpan<float> source, WeightForm form, Tensor destination)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(source.Length, destination.Count);
        var (K, N) = Dimensions(destination, form == WeightForm.OutIn);
        var (format, row) = (destination.Type.Format()!, new float[K]);
        var rows = new byte[K / format.Length * format.Bytes];
        for (var n = 0; n < N; n++)
        {
            for (var k = 0; k < K; k++)
                row[k] = source[form == WeightForm.OutIn ? n * K + k : k * N + n];
            format.Quantise(row, rows);
            WriteBlocks(rows, form, n, destination);
        }
    }

    internal override void ReadWeight(Tensor source, WeightForm form, Span<float> destination)
    {
        var (K, N) = Dimensions(source, form == WeightForm.OutIn);
        var x = (float*)source.Address;
        for (var n = 0; n < N; n++)
        for (var k = 0; k < K; k++)
            destination[form == WeightForm.OutIn ? n * K + k : k * N + n] = x[n * K + k];
    }

    internal override void WriteBlocks(ReadOnlySpan<byte> rows, WeightForm form, int firstOutput, Tensor destination)
    {
        rows.CopyTo(Blocks(destination, form, firstOutput, rows.Length, out var count));
        var K = Dimensions(destination, form == WeightForm.OutIn).Inner;
        destination.Type.Format()!.Dequantise(rows, new((float*)destination.Address + (long)firstOutput * K, count * K));
    }

    internal override void ReadBlocks(Tensor source, WeightForm form, int firstOutput, Span<byte> rows) =>
        Blocks(source, form, firstOutput, rows.Length, out _).CopyTo(rows);

    private static Span<byte> Blocks(Tensor weight, WeightForm form, int firstOutput, int bytes, out int rows)
    {
        var format = weight.Type.Format()!;
        var rowBytes = Dimensions(weight, form == WeightForm.OutIn).Inner / format.Length * format.Bytes;
        rows = bytes / rowBytes;
        return new((byte*)weight.Address + weight.Count * sizeof(float) + (long)firstOutput * rowBytes, bytes);
    }

    private static void LinearStored(Tensor x, Tensor weight, bool transposed, Tensor bias, Tensor destination)
    {
        var (vx, y, b) = (new Elements(x), new Elements(destination), bias.IsEmpty ? default : new Elements(bias));
        for (var i = 0; i < weight.PartCount; i++)
        {
            var part = weight.Part(i, transposed, out var first);
            var (K, N) = Dimensions(part, transposed);
            var w = (float*)part.Address;
            var row = new double[K];
            for (var r = 0; r < x.Rows; r++)
            {
                for (var k = 0; k < K; k++)
                    row[k] = vx[(long)r * K + k];
                if (part.MeetsRoundedRows)
                    RoundRow(row, parts: transposed ? 2 : 1);
                for (var n = 0; n < N; n++)
                {
                    var sum = 0.0;
                    for (var k = 0; k < K; k++)
                        sum += row[k] * w[(long)n * K + k];
                    y[(long)r * destination.Columns + first + n] = bias.IsEmpty ? sum : sum + b[first + n];
                }
            }
        }
    }

    private static void RoundRow(double[] row, int parts)
    {
        var (block, q) = (new float[WeightBlock.Length], new sbyte[WeightBlock.Length]);
        for (var first = 0; first < row.Length; first += WeightBlock.Length)
        {
            for (var i = 0; i < WeightBlock.Length; i++)
                (block[i], row[first + i]) = ((float)row[first + i], 0);
            for (var part = 0; part < parts; part++)
            {
                var scale = WeightBlock.QuantiseRow(block, q);
                for (var i = 0; i < WeightBlock.Length; i++)
                    row[first + i] += (double)scale * q[i];
                WeightBlock.Rest(block, scale, q, block);
            }
        }
    }

    private static (int Inner, int Outer) Dimensions(Tensor weight, bool transposed) =>
        transposed ? (weight.Shape[1], weight.Shape[0]) : (weight.Shape[0], weight.Shape[1]);

    // From input k to output n, of any type.
    private static double WeightElement(Tensor weight, bool transposed, int k, int n) =>
        weight.Type is ElementType.Float32 or ElementType.Float64
            ? new Elements(weight)[transposed ? (long)n * weight.Shape[1] + k : (long)k * weight.Shape[1] + n]
            : StoredElement(weight, transposed, k, n);

    // A row of the table of tokens, of any type.
    private static double TableElement(Tensor table, int token, int c) => table.Type is ElementType.Float32 or ElementType.Float64
        ? new Elements(table)[(long)token * table.Columns + c]
        : StoredElement(table, transposed: true, c, token);

    private static double StoredElement(Tensor weight, bool transposed, int k, int n)
    {
        for (var i = weight.PartCount - 1; ; i--)
        {
            var part = weight.Part(i, transposed, out var first);
            if (n >= first)
                return ((float*)part.Address)[(n - first) * (long)Dimensions(part, transposed).Inner + k];
        }
    }
}
