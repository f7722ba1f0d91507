namespace Pellucid.Tensors.Blocks;

/// <summary>q8_0: a half-precision scale and 32 signed bytes, x = q · d.</summary>
internal sealed class Q8_0Format() : BlockFormat("q8_0", WeightBlock.Length, 2 + WeightBlock.Length, 0)
{
    protected override void DequantiseBlock(ReadOnlySpan<byte> block, Span<float> values)
    {
        var d = Half(block);
        for (var i = 0; i < values.Length; i++)
            values[i] = (sbyte)block[2 + i] * d;
    }

    protected override void QuantiseBlock(ReadOnlySpan<float> values, Span<byte> block)
    {
        Span<sbyte> q = stackalloc sbyte[WeightBlock.Length];
        PutHalf(block, WeightBlock.QuantiseRow(values, q));
        for (var i = 0; i < q.Length; i++)
            block[2 + i] = (byte)q[i];
    }
}
