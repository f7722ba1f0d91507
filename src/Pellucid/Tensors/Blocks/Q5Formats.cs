using System.Buffers.Binary;

namespace Pellucid.Tensors.Blocks;

/// <summary>q5_0: a half-precision scale, 32 fifth bits and 32 numbers of four bits, x = (q − 16) · d.</summary>
internal sealed class Q5_0Format() : BlockFormat("q5_0", WeightBlock.Length, 22, 0)
{
    protected override void DequantiseBlock(ReadOnlySpan<byte> block, Span<float> values)
    {
        var d = Half(block);
        Span<byte> q = stackalloc byte[WeightBlock.Length];
        FiveBits.Unpack(block[2..], q);
        for (var i = 0; i < q.Length; i++)
            values[i] = (q[i] - 16) * d;
    }

    // The number of the largest magnitude becomes −16 exactly.
    protected override void QuantiseBlock(ReadOnlySpan<float> values, Span<byte> block)
    {
        var scale = WeightBlock.Extreme(values) / -16;
        var reciprocal = scale == 0 ? 0 : 1 / scale;
        Span<byte> q = stackalloc byte[WeightBlock.Length];
        for (var i = 0; i < q.Length; i++)
            q[i] = (byte)Math.Clamp((int)(values[i] * reciprocal + 16.5f), 0, 31);
        PutHalf(block, scale);
        FiveBits.Pack(q, block[2..]);
    }
}

/// <summary>q5_1: a half-precision scale and least number, 32 fifth bits and 32 numbers of four bits, x = q · d + m.</summary>
internal sealed class Q5_1Format() : BlockFormat("q5_1", WeightBlock.Length, 24, 0, 2)
{
    protected override void DequantiseBlock(ReadOnlySpan<byte> block, Span<float> values)
    {
        var (d, m) = (Half(block), Half(block[2..]));
        Span<byte> q = stackalloc byte[WeightBlock.Length];
        FiveBits.Unpack(block[4..], q);
        for (var i = 0; i < q.Length; i++)
            values[i] = q[i] * d + m;
    }

    protected override void QuantiseBlock(ReadOnlySpan<float> values, Span<byte> block)
    {
        var range = ValueRange.Of(values, 31);
        Span<byte> q = stackalloc byte[WeightBlock.Length];
        for (var i = 0; i < q.Length; i++)
            q[i] = (byte)range.Steps(values[i]);
        PutHalf(block, range.Step);
        PutHalf(block[2..], range.Least);
        FiveBits.Pack(q, block[4..]);
    }
}

/// <summary>
/// 32 numbers of five bits: their fifth bits in four bytes, then their lower four, the first sixteen in the lower halves of bytes.
/// </summary>
internal static class FiveBits
{
    public static void Unpack(ReadOnlySpan<byte> packed, Span<byte> q)
    {
        var fifth = BinaryPrimitives.ReadUInt32LittleEndian(packed);
        for (var i = 0; i < 16; i++)
        {
            q[i] = (byte)(packed[4 + i] & 15 | (int)(fifth >> i & 1) << 4);
            q[16 + i] = (byte)(packed[4 + i] >> 4 | (int)(fifth >> 16 + i & 1) << 4);
        }
    }

    public static void Pack(ReadOnlySpan<byte> q, Span<byte> packed)
    {
        var fifth = 0u;
        for (var i = 0; i < 32; i++)
            fifth |= (uint)q[i] >> 4 << i;
        BinaryPrimitives.WriteUInt32LittleEndian(packed, fifth);
        for (var i = 0; i < 16; i++)
            packed[4 + i] = (byte)(q[i] & 15 | (q[16 + i] & 15) << 4);
    }
}
