namespace Pellucid.Tensors.Blocks;

/// <summary>q4_0: a half-precision scale and 32 numbers of four bits, x = (q − 8) · d. Lower halves of the bytes come first.</summary>
internal sealed class Q4_0Format() : BlockFormat("q4_0", WeightBlock.Length, 18, 0)
{
    protected override void DequantiseBlock(ReadOnlySpan<byte> block, Span<float> values)
    {
        var d = Half(block);
        for (var i = 0; i < 16; i++)
        {
            values[i] = ((block[2 + i] & 15) - 8) * d;
            values[16 + i] = ((block[2 + i] >> 4) - 8) * d;
        }
    }

    protected override void QuantiseBlock(ReadOnlySpan<float> values, Span<byte> block)
    {
        Span<byte> q = stackalloc byte[WeightBlock.Length];
        PutHalf(block, (float)WeightBlock.QuantiseQ4(values, q));
        for (var i = 0; i < 16; i++)
            block[2 + i] = (byte)(q[i] | q[16 + i] << 4);
    }
}

/// <summary>q4_1: a half-precision scale and least number, and 32 numbers of four bits, x = q · d + m.</summary>
internal sealed class Q4_1Format() : BlockFormat("q4_1", WeightBlock.Length, 20, 0, 2)
{
    protected override void DequantiseBlock(ReadOnlySpan<byte> block, Span<float> values)
    {
        var (d, m) = (Half(block), Half(block[2..]));
        for (var i = 0; i < 16; i++)
        {
            values[i] = (block[4 + i] & 15) * d + m;
            values[16 + i] = (block[4 + i] >> 4) * d + m;
        }
    }

    protected override void QuantiseBlock(ReadOnlySpan<float> values, Span<byte> block)
    {
        var range = ValueRange.Of(values, 15);
        PutHalf(block, range.Step);
        PutHalf(block[2..], range.Least);
        for (var i = 0; i < 16; i++)
            block[4 + i] = (byte)(range.Steps(values[i]) | range.Steps(values[16 + i]) << 4);
    }
}
