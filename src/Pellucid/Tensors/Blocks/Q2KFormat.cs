namespace Pellucid.Tensors.Blocks;

/// <summary>
/// q2_K: 256 numbers of two bits in sub-blocks of 16, each with a scale and an offset of four bits in units of a
/// half-precision one: x = (d · s) · q − dmin · m.
/// </summary>
internal sealed class Q2KFormat() : BlockFormat("q2_K", 256, 84, Unit, OffsetUnit)
{
    private const int Sub = 16, Scales = 0, Numbers = 16, Unit = 80, OffsetUnit = 82, MostScale = 15, Most = 3;

    protected override void DequantiseBlock(ReadOnlySpan<byte> block, Span<float> values)
    {
        var (d, dmin) = (Half(block[Unit..]), Half(block[OffsetUnit..]));
        for (var j = 0; j < values.Length / Sub; j++)
        {
            var (scale, offset) = (d * (block[Scales + j] & 15), dmin * (block[Scales + j] >> 4));
            for (var i = Sub * j; i < Sub * (j + 1); i++)
                values[i] = scale * (block[PlaceOf(i)] >> ShiftOf(i) & 3) - offset;
        }
    }

    protected override void QuantiseBlock(ReadOnlySpan<float> values, Span<byte> block)
    {
        var fit = SubBlockFit.Of(values, Sub, Most, MostScale);
        var (d, dmin) = (PutHalf(block[Unit..], fit.Unit), PutHalf(block[OffsetUnit..], fit.OffsetUnit));
        block[Numbers..Unit].Clear();
        for (var j = 0; j < values.Length / Sub; j++)
        {
            var (s, m) = fit.Round(values.Slice(Sub * j, Sub), j, d, dmin);
            block[Scales + j] = (byte)(s | m << 4);
            for (var i = Sub * j; i < Sub * (j + 1); i++)
                block[PlaceOf(i)] |= (byte)(Steps(values[i] + dmin * m, d * s, 0, Most) << ShiftOf(i));
        }
    }

    // 128 numbers share 32 bytes, 32 of them in each pair of bits.
    private static int PlaceOf(int i) => Numbers + 32 * (i / 128) + i % 32;

    private static int ShiftOf(int i) => 2 * (i / 32 % 4);
}
