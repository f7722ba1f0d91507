namespace Pellucid.Tensors.Blocks;

/// <summary>
/// q6_K: 256 numbers of six bits, q from −32 to 31, in sub-blocks of 16, each with a scale of a signed byte in units of a
/// half-precision one: x = (d · s) · q.
/// </summary>
internal sealed class Q6KFormat() : BlockFormat("q6_K", 256, 210, Unit)
{
    private const int Sub = 16, Low = 0, High = 128, Scales = 192, Unit = 208;

    protected override void DequantiseBlock(ReadOnlySpan<byte> block, Span<float> values)
    {
        var d = Half(block[Unit..]);
        for (var j = 0; j < values.Length / Sub; j++)
        {
            var scale = d * (sbyte)block[Scales + j];
            for (var i = Sub * j; i < Sub * (j + 1); i++)
            {
                var q = block[PlaceOfLow(i)] >> ShiftOfLow(i) & 15 | (block[PlaceOfHigh(i)] >> ShiftOfHigh(i) & 3) << 4;
                values[i] = scale * (q - 32);
            }
        }
    }

    protected override void QuantiseBlock(ReadOnlySpan<float> values, Span<byte> block)
    {
        var fit = SignedFit.Of(values, Sub, -32, 31, sbyte.MinValue, sbyte.MaxValue);
        var d = PutHalf(block[Unit..], fit.Unit);
        block[..Unit].Clear();
        for (var j = 0; j < values.Length / Sub; j++)
        {
            var s = fit.Round(values.Slice(Sub * j, Sub), j, d);
            block[Scales + j] = (byte)s;
            for (var i = Sub * j; i < Sub * (j + 1); i++)
            {
                var q = Steps(values[i], d * s, -32, 31) + 32;
                block[PlaceOfLow(i)] |= (byte)((q & 15) << ShiftOfLow(i));
                block[PlaceOfHigh(i)] |= (byte)(q >> 4 << ShiftOfHigh(i));
            }
        }
    }

    // Of 128 numbers the lower four bits take 64 bytes, two numbers 64 apart in each, and the upper two 32 bytes, four numbers in each.
    private static int PlaceOfLow(int i) => Low + 64 * (i / 128) + i % 64;

    private static int ShiftOfLow(int i) => 4 * (i / 64 % 2);

    private static int PlaceOfHigh(int i) => High + 32 * (i / 128) + i % 32;

    private static int ShiftOfHigh(int i) => 2 * (i / 32 % 4);
}
