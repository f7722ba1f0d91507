namespace Pellucid.Tests;

/// <summary>Comparisons of vectors.</summary>
internal static class Near
{
    /// <summary>Norm of the difference over the norm of what was expected.</summary>
    public static double RelativeError(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        var (difference, norm) = (0.0, 0.0);
        for (var i = 0; i < expected.Length; i++)
        {
            difference += Math.Pow((double)expected[i] - actual[i], 2);
            norm += Math.Pow(expected[i], 2);
        }
        return Math.Sqrt(difference) / Math.Max(Math.Sqrt(norm), 1e-30);
    }

    /// <summary>Fails when two vectors differ by more than a share of the expected norm.</summary>
    public static void AssertRelative(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, double bound, string what)
    {
        var error = RelativeError(expected, actual);
        Assert.True(error <= bound, $"{what}: relative error {error:g3} is above {bound:g3}");
    }

    /// <summary>Fails when an element differs by more than so much.</summary>
    public static void AssertWithin(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, double bound) =>
        Assert.InRange(LargestDifference(expected, actual), 0, bound);

    /// <summary>Largest absolute difference.</summary>
    public static double LargestDifference(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        var largest = 0.0;
        for (var i = 0; i < expected.Length; i++)
            largest = Math.Max(largest,
                float.IsNaN(actual[i]) != float.IsNaN(expected[i]) ? double.PositiveInfinity : Math.Abs((double)expected[i] - actual[i]));
        return largest;
    }
}
