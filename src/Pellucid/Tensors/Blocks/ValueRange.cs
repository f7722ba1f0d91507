namespace Pellucid.Tensors.Blocks;

/// <summary>From the least number of a block to the largest in equal steps.</summary>
internal readonly record struct ValueRange(float Least, float Step, int Most)
{
    /// <summary>The range of a block in so many steps.</summary>
    public static ValueRange Of(ReadOnlySpan<float> values, int most)
    {
        var (least, largest) = (values[0], values[0]);
        foreach (var value in values)
            (least, largest) = (Math.Min(least, value), Math.Max(largest, value));
        return new(least, (largest - least) / most, most);
    }

    /// <summary>Steps from the least number to the one nearest.</summary>
    public int Steps(float value)
    {
        var reciprocal = Step == 0 ? 0 : 1 / Step;
        return Math.Min(Most, (int)((value - Least) * reciprocal + 0.5f));
    }
}
