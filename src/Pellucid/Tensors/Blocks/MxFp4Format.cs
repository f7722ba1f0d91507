namespace Pellucid.Tensors.Blocks;

/// <summary>
/// mxfp4 (Open Compute Project, microscaling formats 1.0): a power of two and 32 numbers of four bits, each a sign and 0, ½, 1,
/// 1½, 2, 3, 4 or 6: x = 2^(e − 127) · E2M1.
/// </summary>
internal sealed class MxFp4Format() : BlockFormat("mxfp4", 32, 17)
{
    private const int ExponentOfLargest = 2, Bias = 127, HighestExponent = 254;

    // Twice the numbers, so that they are whole; the scale is halved.
    private static ReadOnlySpan<sbyte> Doubled => [0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12];

    protected override void DequantiseBlock(ReadOnlySpan<byte> block, Span<float> values)
    {
        var scale = Scale(block[0]);
        for (var i = 0; i < 16; i++)
        {
            values[i] = scale * Doubled[block[1 + i] & 15];
            values[16 + i] = scale * Doubled[block[1 + i] >> 4];
        }
    }

    protected override void QuantiseBlock(ReadOnlySpan<float> values, Span<byte> block)
    {
        var extreme = Math.Abs(WeightBlock.Extreme(values));
        var exponent = extreme == 0 ? 0 : Math.Clamp(Math.ILogB(extreme) - ExponentOfLargest + Bias, 0, HighestExponent);
        block[0] = (byte)exponent;
        var scale = Scale(exponent);
        for (var i = 0; i < 16; i++)
            block[1 + i] = (byte)(Nearest(values[i] / scale) | Nearest(values[16 + i] / scale) << 4);
    }

    // 2^(e − 128); the two least are denormal.
    private static float Scale(int exponent) =>
        BitConverter.UInt32BitsToSingle(exponent < 2 ? 0x200000u << exponent : (uint)(exponent - 1) << 23);

    // Of two as near, the one of the lower code.
    private static int Nearest(float x)
    {
        var (best, least) = (0, float.PositiveInfinity);
        for (var code = 0; code < Doubled.Length; code++)
            if (Math.Abs(Doubled[code] - x) is var distance && distance < least)
                (best, least) = (code, distance);
        return best;
    }
}
