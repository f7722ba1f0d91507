namespace Pellucid.Tests.Tuning.Losses;

/// <summary>Derivatives of losses, by finite differences.</summary>
internal static class Differences
{
    /// <summary>Fails where a derivative is not what the loss does around its place.</summary>
    public static void Assert(double[] at, Func<double[], double> loss, double[] gradients, double bound = 1e-8)
    {
        const double step = 1e-5;
        for (var i = 0; i < at.Length; i++)
        {
            var (above, below) = ((double[])at.Clone(), (double[])at.Clone());
            (above[i], below[i]) = (at[i] + step, at[i] - step);
            Xunit.Assert.Equal((loss(above) - loss(below)) / (2 * step), gradients[i], bound);
        }
    }
}
