namespace Pellucid.Tensors.Blocks;

/// <summary>
/// q3_K: 256 numbers of three bits, q from −4 to 3, in sub-blocks of 16, each with a scale of six bits, s from −32 to 31, in
/// units of a half-precision one: x = (d · s) · q.
/// </summary>
internal sealed class Q3KFormat() : BlockFormat("q3_K", 256, 110, Unit)
{
    private const int Sub = 16, HighBits = 0, Numbers = 32, Scales = 96, Unit = 108;

    protected override void DequantiseBlock(ReadOnlySpan<byte> block, Span<float> values)
    {
        var d = Half(block[Unit..]);
        for (var j = 0; j < values.Length / Sub; j++)
        {
            var low = j < 8 ? block[Scales + j] & 15 : block[Scales + j - 8] >> 4;
            var scale = d * ((low | (block[Scales + 8 + j % 4] >> 2 * (j / 4) & 3) << 4) - 32);
            for (var i = Sub * j; i < Sub * (j + 1); i++)
            {
                var high = block[HighBits + i % 32] >> i / 32 & 1;
                values[i] = scale * ((block[PlaceOf(i)] >> ShiftOf(i) & 3) - (high == 0 ? 4 : 0));
            }
        }
    }

    protected override void QuantiseBlock(ReadOnlySpan<float> values, Span<byte> block)
    {
        var fit = SignedFit.Of(values, Sub, -4, 3, -32, 31);
        var d = PutHalf(block[Unit..], fit.Unit);
        block[..Unit].Clear();
        for (var j = 0; j < values.Length / Sub; j++)
        {
            var s = fit.Round(values.Slice(Sub * j, Sub), j, d);
            var stored = s + 32;
            block[Scales + j % 8] |= (byte)((stored & 15) << 4 * (j / 8));
            block[Scales + 8 + j % 4] |= (byte)(stored >> 4 << 2 * (j / 4));
            for (var i = Sub * j; i < Sub * (j + 1); i++)
            {
                var q = Steps(values[i], d * s, -4, 3) + 4;
                block[PlaceOf(i)] |= (byte)((q & 3) << ShiftOf(i));
                block[HighBits + i % 32] |= (byte)(q >> 2 << i / 32);
            }
        }
    }

    private static int PlaceOf(int i) => Numbers + 32 * (i / 128) + i % 32;

    private static int ShiftOf(int i) => 2 * (i / 32 % 4);
}
