namespace Pellucid.Tensors.Blocks;

/// <summary>
/// q4_K: 256 numbers of four bits in sub-blocks of 32, each with a scale and an offset of six bits in units of a
/// half-precision one: x = (d · s) · q − dmin · m.
/// </summary>
internal sealed class Q4KFormat() : BlockFormat("q4_K", 256, 144, 0, 2)
{
    private const int Sub = 32, Scales = 4, Numbers = 16, Most = 15;

    protected override void DequantiseBlock(ReadOnlySpan<byte> block, Span<float> values)
    {
        var (d, dmin) = (Half(block), Half(block[2..]));
        for (var j = 0; j < values.Length / Sub; j++)
        {
            var (s, m) = SixBitScales.Get(block[Scales..], j);
            var (scale, offset) = (d * s, dmin * m);
            for (var i = 0; i < Sub; i++)
                values[Sub * j + i] = scale * (block[Numbers + Sub * (j / 2) + i] >> 4 * (j % 2) & 15) - offset;
        }
    }

    protected override void QuantiseBlock(ReadOnlySpan<float> values, Span<byte> block)
    {
        var fit = SubBlockFit.Of(values, Sub, Most, SixBitScales.Most);
        var (d, dmin) = (PutHalf(block, fit.Unit), PutHalf(block[2..], fit.OffsetUnit));
        block[Scales..].Clear();
        for (var j = 0; j < values.Length / Sub; j++)
        {
            var (s, m) = fit.Round(values.Slice(Sub * j, Sub), j, d, dmin);
            SixBitScales.Put(block[Scales..], j, s, m);
            for (var i = 0; i < Sub; i++)
                block[Numbers + Sub * (j / 2) + i] |= (byte)(Steps(values[Sub * j + i] + dmin * m, d * s, 0, Most) << 4 * (j % 2));
        }
    }
}

/// <summary>q5_K: as q4_K, with a fifth bit of each number: bit j of byte i of 32 belongs to number i of sub-block j.</summary>
internal sealed class Q5KFormat() : BlockFormat("q5_K", 256, 176, 0, 2)
{
    private const int Sub = 32, Scales = 4, Fifth = 16, Numbers = 48, Most = 31;

    protected override void DequantiseBlock(ReadOnlySpan<byte> block, Span<float> values)
    {
        var (d, dmin) = (Half(block), Half(block[2..]));
        for (var j = 0; j < values.Length / Sub; j++)
        {
            var (s, m) = SixBitScales.Get(block[Scales..], j);
            var (scale, offset) = (d * s, dmin * m);
            for (var i = 0; i < Sub; i++)
            {
                var q = block[Numbers + Sub * (j / 2) + i] >> 4 * (j % 2) & 15 | (block[Fifth + i] >> j & 1) << 4;
                values[Sub * j + i] = scale * q - offset;
            }
        }
    }

    protected override void QuantiseBlock(ReadOnlySpan<float> values, Span<byte> block)
    {
        var fit = SubBlockFit.Of(values, Sub, Most, SixBitScales.Most);
        var (d, dmin) = (PutHalf(block, fit.Unit), PutHalf(block[2..], fit.OffsetUnit));
        block[Scales..].Clear();
        for (var j = 0; j < values.Length / Sub; j++)
        {
            var (s, m) = fit.Round(values.Slice(Sub * j, Sub), j, d, dmin);
            SixBitScales.Put(block[Scales..], j, s, m);
            for (var i = 0; i < Sub; i++)
            {
                var q = Steps(values[Sub * j + i] + dmin * m, d * s, 0, Most);
                block[Numbers + Sub * (j / 2) + i] |= (byte)((q & 15) << 4 * (j % 2));
                block[Fifth + i] |= (byte)(q >> 4 << j);
            }
        }
    }
}

/// <summary>
/// Eight scales and eight offsets of six bits in twelve bytes. The first four of either have bytes of their own, whose upper
/// two bits are lent to the last four, whose lower four bits share a byte.
/// </summary>
internal static class SixBitScales
{
    public const int Most = 63;

    public static (int Scale, int Offset) Get(ReadOnlySpan<byte> s, int j) => j < 4
        ? (s[j] & 63, s[j + 4] & 63)
        : (s[j + 4] & 15 | s[j - 4] >> 6 << 4, s[j + 4] >> 4 | s[j] >> 6 << 4);

    /// <summary>Into bytes that were cleared before the first is put.</summary>
    public static void Put(Span<byte> s, int j, int scale, int offset)
    {
        if (j < 4)
        {
            s[j] |= (byte)scale;
            s[j + 4] |= (byte)offset;
            return;
        }
        s[j + 4] = (byte)(scale & 15 | (offset & 15) << 4);
        s[j - 4] |= (byte)(scale >> 4 << 6);
        s[j] |= (byte)(offset >> 4 << 6);
    }
}
