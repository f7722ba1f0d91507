using System.Runtime.Intrinsics;

namespace Pellucid.Tensors;

/// <summary>
/// Blocks of 32 numbers as small integers with one scale, as GGUF defines them. Weights are stored so; activations are
/// rounded so, row by row, before they meet such weights, in prompts and single tokens alike.
/// </summary>
internal static class WeightBlock
{
    /// <summary>Numbers in a block.</summary>
    public const int Length = 32;

    /// <summary>q8_0: x ≈ scale · q with q from −127 to 127, halves rounded away from zero.</summary>
    public static Half QuantiseQ8(ReadOnlySpan<float> x, Span<sbyte> q)
    {
        var scale = QuantiseRow(x, q);
        return (Half)scale;
    }

    /// <summary>q4_0: x ≈ scale · (q − 8) with q from 0 to 15; the number of the largest magnitude becomes −8 exactly.</summary>
    public static Half QuantiseQ4(ReadOnlySpan<float> x, Span<byte> q)
    {
        var scale = Extreme(x) / -8;
        var reciprocal = scale == 0 ? 0 : 1 / scale;
        for (var i = 0; i < x.Length; i++)
            q[i] = (byte)Math.Clamp((int)(x[i] * reciprocal + 8.5f), 0, 15);
        return (Half)scale;
    }

    /// <summary>The number of the largest magnitude, the first of them; 0 of none.</summary>
    public static float Extreme(ReadOnlySpan<float> x)
    {
        var extreme = 0f;
        foreach (var value in x)
            if (Math.Abs(value) > Math.Abs(extreme))
                extreme = value;
        return extreme;
    }

    /// <summary>A block of activations; the scale stays in single precision.</summary>
    public static float QuantiseRow(ReadOnlySpan<float> x, Span<sbyte> q) => QuantiseRow(x, q, out _, out _);

    /// <summary>A block of activations and the sums of its lower and upper sixteen integers.</summary>
    public static float QuantiseRow(ReadOnlySpan<float> x, Span<sbyte> q, out int lowerSum, out int upperSum)
    {
        var (x0, x1) = (Vector256.Create(x), Vector256.Create(x[8..]));
        var (x2, x3) = (Vector256.Create(x[16..]), Vector256.Create(x[24..]));
        var (lower, upper) = (Vector256.Max(Vector256.Abs(x0), Vector256.Abs(x1)), Vector256.Max(Vector256.Abs(x2), Vector256.Abs(x3)));
        var scale = Largest(Vector256.Max(lower, upper)) / 127;
        var reciprocal = Vector256.Create(scale == 0 ? 0 : 1 / scale);
        var (q0, q1) = (Rounded(x0 * reciprocal), Rounded(x1 * reciprocal));
        var (q2, q3) = (Rounded(x2 * reciprocal), Rounded(x3 * reciprocal));
        (lowerSum, upperSum) = (Vector256.Sum(q0 + q1), Vector256.Sum(q2 + q3));
        Vector256.Narrow(Vector256.Narrow(q0, q1), Vector256.Narrow(q2, q3)).CopyTo(q);
        return scale;
    }

    private static float Largest(Vector256<float> magnitudes)
    {
        var four = Vector128.Max(magnitudes.GetLower(), magnitudes.GetUpper());
        var two = Vector128.Max(four, Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1)));
        return Math.Max(two[0], two[1]);
    }

    /// <summary>What a block of activations is beyond its integers; it may take their place.</summary>
    public static void Rest(ReadOnlySpan<float> x, float scale, ReadOnlySpan<sbyte> q, Span<float> rest)
    {
        for (var i = 0; i < x.Length; i++)
            rest[i] = MathF.FusedMultiplyAdd(-scale, q[i], x[i]);
    }

    // Halves away from zero, as GGUF's definition has it. What is added is the largest number below a half: with a half itself,
    // the number just below a half would become 1.
    private static Vector256<int> Rounded(Vector256<float> x) =>
        Vector256.ConvertToInt32(x + Vector256.CopySign(Vector256.Create(MathF.BitDecrement(0.5f)), x));

    /// <summary>What a weight becomes when it is stored in a type and read again.</summary>
    public static void RoundTrip(ElementType type, Span<float> x)
    {
        Span<sbyte> q8 = stackalloc sbyte[Length];
        Span<byte> q4 = stackalloc byte[Length];
        if (type == ElementType.Q8_0)
        {
            var scale = (float)QuantiseQ8(x, q8);
            for (var i = 0; i < x.Length; i++)
                x[i] = scale * q8[i];
        }
        else if (type == ElementType.Q4_0)
        {
            var scale = (float)QuantiseQ4(x, q4);
            for (var i = 0; i < x.Length; i++)
                x[i] = scale * (q4[i] - 8);
        }
        else if (type is ElementType.BFloat16 or ElementType.Float16)
            for (var i = 0; i < x.Length; i++)
                x[i] = type == ElementType.BFloat16 ? FromBFloat16(ToBFloat16(x[i])) : (float)(Half)x[i];
    }

    /// <summary>Rounded to nearest even; not-a-number stays so.</summary>
    public static ushort ToBFloat16(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value) ? (ushort)(bits >> 16 | 0x40) : (ushort)(bits + 0x7fff + (bits >> 16 & 1) >> 16);
    }

    /// <summary>The single that the bits stand for.</summary>
    public static float FromBFloat16(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);
}
