using System.Buffers.Binary;

namespace Pellucid.Tensors.Blocks;

/// <summary>
/// iq4_nl: a half-precision scale and 32 numbers of four bits that stand for sixteen values, denser near zero: x = d · T[q].
/// </summary>
internal sealed class Iq4NlFormat() : BlockFormat("iq4_nl", 32, 18, 0)
{
    protected override void DequantiseBlock(ReadOnlySpan<byte> block, Span<float> values)
    {
        var d = Half(block);
        for (var i = 0; i < 16; i++)
        {
            values[i] = d * Iq4Values.Table[block[2 + i] & 15];
            values[16 + i] = d * Iq4Values.Table[block[2 + i] >> 4];
        }
    }

    protected override void QuantiseBlock(ReadOnlySpan<float> values, Span<byte> block)
    {
        var d = PutHalf(block, Iq4Values.Scale(values));
        var inverse = d == 0 ? 0 : 1 / d;
        for (var i = 0; i < 16; i++)
            block[2 + i] = (byte)(Iq4Values.Nearest(values[i] * inverse) | Iq4Values.Nearest(values[16 + i] * inverse) << 4);
    }
}

/// <summary>
/// iq4_xs: 256 numbers of the sixteen values of iq4_nl in sub-blocks of 32, each with a scale of six bits, s from −32 to 31,
/// in units of a half-precision one: x = (d · s) · T[q].
/// </summary>
internal sealed class Iq4XsFormat() : BlockFormat("iq4_xs", 256, 136, 0)
{
    private const int Sub = 32, HighScales = 2, LowScales = 4, Numbers = 8, LowestScale = -32, HighestScale = 31;

    protected override void DequantiseBlock(ReadOnlySpan<byte> block, Span<float> values)
    {
        var (d, high) = (Half(block), BinaryPrimitives.ReadUInt16LittleEndian(block[HighScales..]));
        for (var j = 0; j < values.Length / Sub; j++)
        {
            var scale = d * ((block[LowScales + j / 2] >> 4 * (j % 2) & 15 | (high >> 2 * j & 3) << 4) + LowestScale);
            for (var i = 0; i < 16; i++)
            {
                var pair = block[Numbers + 16 * j + i];
                values[Sub * j + i] = scale * Iq4Values.Table[pair & 15];
                values[Sub * j + 16 + i] = scale * Iq4Values.Table[pair >> 4];
            }
        }
    }

    protected override void QuantiseBlock(ReadOnlySpan<float> values, Span<byte> block)
    {
        var scales = new float[values.Length / Sub];
        for (var j = 0; j < scales.Length; j++)
            scales[j] = Iq4Values.Scale(values.Slice(Sub * j, Sub));
        var d = PutHalf(block, WeightBlock.Extreme(scales) / LowestScale);
        block[HighScales..].Clear();
        var high = 0;
        for (var j = 0; j < scales.Length; j++)
        {
            var part = values.Slice(Sub * j, Sub);
            var s = Round(part, scales[j], d);
            var (stored, inverse) = (s - LowestScale, d * s == 0 ? 0 : 1 / (d * s));
            block[LowScales + j / 2] |= (byte)((stored & 15) << 4 * (j % 2));
            high |= stored >> 4 << 2 * j;
            for (var i = 0; i < 16; i++)
                block[Numbers + 16 * j + i] = (byte)(Iq4Values.Nearest(part[i] * inverse) | Iq4Values.Nearest(part[16 + i] * inverse) << 4);
        }
        BinaryPrimitives.WriteUInt16LittleEndian(block[HighScales..], (ushort)high);
    }

    // Of the scales next to the one that fits alone, the one with the least squared error as stored.
    private static int Round(ReadOnlySpan<float> x, float scale, float unit)
    {
        var nearest = Steps(scale, unit, LowestScale, HighestScale);
        var (best, leastError) = (nearest, double.PositiveInfinity);
        for (var s = Math.Max(LowestScale, nearest - 1); s <= Math.Min(HighestScale, nearest + 1); s++)
            if (Iq4Values.Error(x, unit * s) is var error && error < leastError)
                (best, leastError) = (s, error);
        return best;
    }
}

/// <summary>The sixteen values of the two formats.</summary>
internal static class Iq4Values
{
    private const int Tries = 10;

    public static ReadOnlySpan<sbyte> Table => [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];

    /// <summary>The value nearest to a number; of two as near, the lower.</summary>
    public static int Nearest(float x)
    {
        var above = 0;
        while (above < Table.Length && Table[above] < x)
            above++;
        return above == 0 ? 0 : above == Table.Length || x - Table[above - 1] <= Table[above] - x ? above - 1 : above;
    }

    /// <summary>The scale of a block with the least squared error of those tried around the one that just spans it.</summary>
    public static float Scale(ReadOnlySpan<float> x)
    {
        var extreme = WeightBlock.Extreme(x);
        var (best, mostGained) = (0f, double.NegativeInfinity);
        if (extreme == 0)
            return 0;
        for (var tried = -Tries; tried <= Tries; tried++)
            foreach (var end in (ReadOnlySpan<int>)[Table[0], Table[^1]])
            {
                var inverse = (end + tried) / extreme;
                double products = 0, squares = 0;
                foreach (var value in x)
                {
                    int q = Table[Nearest(value * inverse)];
                    (products, squares) = (products + (double)value * q, squares + q * q);
                }
                if (products * products / squares > mostGained)
                    (best, mostGained) = ((float)(products / squares), products * products / squares);
            }
        return best;
    }

    /// <summary>The sum of squared errors by a scale.</summary>
    public static double Error(ReadOnlySpan<float> x, float scale)
    {
        var (sum, inverse) = (0.0, scale == 0 ? 0 : 1 / scale);
        foreach (var value in x)
        {
            double difference = scale * Table[Nearest(value * inverse)] - value;
            sum += difference * difference;
        }
        return sum;
    }
}
