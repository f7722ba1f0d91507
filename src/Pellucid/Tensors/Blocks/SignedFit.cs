namespace Pellucid.Tensors.Blocks;

/// <summary>Scales of the sub-blocks of one block, whole multiples of a unit that the block stores: x ≈ (unit · s) · q.</summary>
internal sealed class SignedFit
{
    private readonly float[] _scales;
    private readonly int _lowest, _highest, _lowestScale, _highestScale;

    private SignedFit(float[] scales, int lowest, int highest, int lowestScale, int highestScale)
    {
        (_scales, _lowest, _highest, _lowestScale, _highestScale) = (scales, lowest, highest, lowestScale, highestScale);
        Unit = WeightBlock.Extreme(scales) / lowestScale; // the longer end of the range
    }

    /// <summary>What scales are multiples of.</summary>
    public float Unit { get; }

    /// <summary>Fits each sub-block for itself; q and s have these bounds.</summary>
    public static SignedFit Of(ReadOnlySpan<float> values, int length, int lowest, int highest, int lowestScale, int highestScale)
    {
        var scales = new float[values.Length / length];
        for (var j = 0; j < scales.Length; j++)
            scales[j] = LeastSquares.Scale(values.Slice(length * j, length), lowest, highest);
        return new(scales, lowest, highest, lowestScale, highestScale);
    }

    /// <summary>s of a sub-block: of those next to what fits it alone, the one with the least squared error as stored.</summary>
    public int Round(ReadOnlySpan<float> x, int j, float unit)
    {
        var nearest = unit == 0 ? 0 : (int)Math.Clamp(MathF.Round(_scales[j] / unit), _lowestScale, _highestScale);
        var (best, leastError) = (nearest, double.PositiveInfinity);
        for (var scale = Math.Max(_lowestScale, nearest - 1); scale <= Math.Min(_highestScale, nearest + 1); scale++)
            if (Error(x, unit * scale) is var error && error < leastError)
                (best, leastError) = (scale, error);
        return best;
    }

    private double Error(ReadOnlySpan<float> x, float scale)
    {
        var (sum, inverse) = (0.0, scale == 0 ? 0 : 1 / scale);
        foreach (var value in x)
        {
            double difference = scale * Math.Clamp(MathF.Round(value * inverse), _lowest, _highest) - value;
            sum += difference * difference;
        }
        return sum;
    }
}
