using System.Buffers.Binary;

namespace Pellucid.Tensors.Blocks;

/// <summary>f32: single precision, of any bits.</summary>
internal sealed class Float32Format() : BlockFormat("f32", 1, sizeof(float))
{
    protected override void DequantiseBlock(ReadOnlySpan<byte> block, Span<float> values)
    {
        for (var i = 0; i < values.Length; i++)
            values[i] = BinaryPrimitives.ReadSingleLittleEndian(block[(sizeof(float) * i)..]);
    }

    protected override void QuantiseBlock(ReadOnlySpan<float> values, Span<byte> block)
    {
        for (var i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteSingleLittleEndian(block[(sizeof(float) * i)..], values[i]);
    }
}

/// <summary>f16: half precision, rounded to nearest even.</summary>
internal sealed class Float16Format() : BlockFormat("f16", 1, sizeof(ushort))
{
    protected override void DequantiseBlock(ReadOnlySpan<byte> block, Span<float> values)
    {
        for (var i = 0; i < values.Length; i++)
            values[i] = Half(block[(sizeof(ushort) * i)..]);
    }

    protected override void QuantiseBlock(ReadOnlySpan<float> values, Span<byte> block)
    {
        for (var i = 0; i < values.Length; i++)
            PutHalf(block[(sizeof(ushort) * i)..], values[i]);
    }
}

/// <summary>bf16: the upper half of a single, rounded to nearest even.</summary>
internal sealed class BFloat16Format() : BlockFormat("bf16", 1, sizeof(ushort))
{
    protected override void DequantiseBlock(ReadOnlySpan<byte> block, Span<float> values)
    {
        for (var i = 0; i < values.Length; i++)
            values[i] = WeightBlock.FromBFloat16(BinaryPrimitives.ReadUInt16LittleEndian(block[(sizeof(ushort) * i)..]));
    }

    protected override void QuantiseBlock(ReadOnlySpan<float> values, Span<byte> block)
    {
        for (var i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteUInt16LittleEndian(block[(sizeof(ushort) * i)..], WeightBlock.ToBFloat16(values[i]));
    }
}
