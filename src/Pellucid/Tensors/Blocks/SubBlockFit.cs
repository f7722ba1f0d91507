namespace Pellucid.Tensors.Blocks;

/// <summary>
/// Scales and offsets of the sub-blocks of one block, whole multiples of two units that the block stores:
/// x ≈ (unit · s) · q − offsetUnit · m.
/// </summary>
internal sealed class SubBlockFit
{
    private readonly float[] _scales, _offsets;
    private readonly int _most, _mostScale;

    private SubBlockFit(float[] scales, float[] offsets, int most, int mostScale)
    {
        (_scales, _offsets, _most, _mostScale) = (scales, offsets, most, mostScale);
        (Unit, OffsetUnit) = (scales.Max() / mostScale, offsets.Max() / mostScale);
    }

    /// <summary>What scales are multiples of.</summary>
    public float Unit { get; }

    /// <summary>What offsets are multiples of.</summary>
    public float OffsetUnit { get; }

    /// <summary>Fits each sub-block for itself.</summary>
    /// <param name="values">A block.</param>
    /// <param name="length">Numbers of a sub-block.</param>
    /// <param name="most">The largest q.</param>
    /// <param name="mostScale">The largest s and m.</param>
    public static SubBlockFit Of(ReadOnlySpan<float> values, int length, int most, int mostScale)
    {
        var (scales, offsets) = (new float[values.Length / length], new float[values.Length / length]);
        for (var j = 0; j < scales.Length; j++)
            (scales[j], offsets[j]) = LeastSquares.ScaleAndOffset(values.Slice(length * j, length), most);
        return new(scales, offsets, most, mostScale);
    }

    /// <summary>s and m of a sub-block: of those next to what fits it alone, the ones with the least squared error as stored.</summary>
    public (int Scale, int Offset) Round(ReadOnlySpan<float> x, int j, float unit, float offsetUnit)
    {
        var (s, m) = (Nearest(_scales[j], unit), Nearest(_offsets[j], offsetUnit));
        var (best, leastError) = ((s, m), double.PositiveInfinity);
        for (var scale = Math.Max(0, s - 1); scale <= Math.Min(_mostScale, s + 1); scale++)
        for (var offset = Math.Max(0, m - 1); offset <= Math.Min(_mostScale, m + 1); offset++)
            if (Error(x, unit * scale, offsetUnit * offset) is var error && error < leastError)
                (best, leastError) = ((scale, offset), error);
        return best;
    }

    private int Nearest(float value, float unit) => unit == 0 ? 0 : (int)Math.Clamp(MathF.Round(value / unit), 0, _mostScale);

    private double Error(ReadOnlySpan<float> x, float scale, float offset)
    {
        var (sum, inverse) = (0.0, scale == 0 ? 0 : 1 / scale);
        foreach (var value in x)
        {
            double difference = scale * Math.Clamp(MathF.Round((value + offset) * inverse), 0, _most) - offset - value;
            sum += difference * difference;
        }
        return sum;
    }
}
