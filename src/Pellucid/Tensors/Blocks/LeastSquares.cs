namespace Pellucid.Tensors.Blocks;

/// <summary>
/// Scales by which a block is rounded with the least sum of squared errors. A few scales near the one that just spans the
/// block are tried; for the whole numbers that each gives, the best scale is known in closed form.
/// </summary>
internal static class LeastSquares
{
    private const int Tries = 10;
    private const float TryStep = 0.1f;

    /// <summary>
    /// The scale s of x ≈ s · q, q from <paramref name="lowest"/>, below 0, to <paramref name="highest"/>; 0 for a block of zeros.
    /// </summary>
    public static float Scale(ReadOnlySpan<float> x, int lowest, int highest)
    {
        var extreme = WeightBlock.Extreme(x);
        var (best, mostGained) = (extreme / lowest, double.NegativeInfinity);
        if (extreme == 0)
            return 0;
        for (var tried = -Tries; tried <= Tries; tried++)
            foreach (var end in (ReadOnlySpan<int>)[lowest, highest])
            {
                var inverse = (end + tried * TryStep) / extreme;
                double products = 0, squares = 0;
                foreach (var value in x)
                {
                    var q = Math.Clamp(MathF.Round(value * inverse), lowest, highest);
                    products += (double)value * q;
                    squares += q * q;
                }
                // The error is Σx² − (Σxq)² / Σq² once the scale is Σxq / Σq².
                if (squares > 0 && products * products / squares > mostGained)
                    (best, mostGained) = ((float)(products / squares), products * products / squares);
            }
        return best;
    }

    /// <summary>Scale s and offset m ≥ 0 of x ≈ s · q − m, q from 0 to <paramref name="most"/>.</summary>
    public static (float Scale, float Offset) ScaleAndOffset(ReadOnlySpan<float> x, int most)
    {
        var (least, largest) = (Math.Min(0, x[0]), x[0]);
        double sum = 0;
        foreach (var value in x)
        {
            (least, largest) = (Math.Min(least, value), Math.Max(largest, value));
            sum += value;
        }
        if (largest <= least)
            return (0, -least);
        var (best, leastError) = (((largest - least) / most, -least), double.PositiveInfinity);
        for (var tried = -Tries; tried <= Tries; tried++)
        {
            var inverse = (most + tried * TryStep) / (largest - least);
            double steps = 0, squares = 0, products = 0;
            foreach (var value in x)
            {
                var q = Math.Clamp(MathF.Round((value - least) * inverse), 0, most);
                (steps, squares, products) = (steps + q, squares + q * q, products + (double)value * q);
            }
            var (s, m) = Solve(x.Length, steps, squares, products, sum);
            // Σ(x − sq + m)², but for Σx².
            var error = s * s * squares + x.Length * m * m - 2 * s * products + 2 * m * sum - 2 * s * m * steps;
            if (error < leastError)
                (best, leastError) = (((float)s, (float)m), error);
        }
        return best;
    }

    private static (double Scale, double Offset) Solve(int n, double steps, double squares, double products, double sum)
    {
        var determinant = n * squares - steps * steps;
        if (determinant > 0 && (steps * products - squares * sum) / determinant is >= 0 and var offset)
            return ((n * products - steps * sum) / determinant, offset);
        return squares > 0 ? (products / squares, 0) : (0, Math.Max(0, -sum / n));
    }
}
