namespace Pellucid.Scaling;

/// <summary>A smooth function of a few numbers: its value, and its gradient into the span.</summary>
internal delegate double SmoothFunction(ReadOnlySpan<double> x, Span<double> gradient);

/// <summary>
/// Minimises a smooth function of a few numbers by BFGS (Nocedal and Wright 2006, algorithm 6.1), with steps that lower the value
/// and flatten the slope (the strong Wolfe conditions, found by bisection).
/// </summary>
internal static class QuasiNewton
{
    private const double Decrease = 1e-4, Flatten = 0.9;
    private const int MostSteps = 500, MostTrials = 60;

    /// <summary>Goes downhill from x, in place, until no component of the gradient is above the tolerance or no step helps.</summary>
    /// <returns>The value there.</returns>
    public static double Minimise(SmoothFunction function, double[] x, double tolerance)
    {
        var n = x.Length;
        var (gradient, inverse) = (new double[n], new double[n, n]); // of the matrix of second derivatives
        var value = function(x, gradient);
        Reset(inverse, 1);
        for (var step = 0; step < MostSteps && Largest(gradient) > tolerance; step++)
        {
            var direction = Times(inverse, gradient);
            var slope = -Dot(direction, gradient);
            if (!(slope < 0))
            {
                Reset(inverse, 1);
                (direction, slope) = ((double[])gradient.Clone(), -Dot(gradient, gradient));
            }
            if (Search(function, x, value, slope, direction) is not { } found)
                break;
            Update(inverse, found.X, x, found.Gradient, gradient, isFirst: step == 0);
            found.X.CopyTo(x, 0);
            (value, gradient) = (found.Value, found.Gradient);
        }
        return value;
    }

    private sealed record Point(double[] X, double Value, double[] Gradient);

    // Along −direction. A step that does not lower the value is too long; one whose slope is still steep is too short.
    private static Point? Search(SmoothFunction function, double[] x, double value, double slope, double[] direction)
    {
        var (low, high, length, best) = (0.0, double.PositiveInfinity, 1.0, (Point?)null);
        for (var trial = 0; trial < MostTrials; trial++)
        {
            var (at, gradient) = (new double[x.Length], new double[x.Length]);
            for (var i = 0; i < x.Length; i++)
                at[i] = x[i] - length * direction[i];
            var here = function(at, gradient);
            if (!(here <= value + Decrease * length * slope))
                high = length;
            else
            {
                best = new Point(at, here, gradient);
                var now = -Dot(direction, gradient);
                if (Math.Abs(now) <= -Flatten * slope)
                    return best;
                if (now > 0)
                    high = length;
                else
                    low = length;
            }
            length = double.IsInfinity(high) ? 2 * length : (low + high) / 2;
        }
        return best;
    }

    private static void Update(double[,] inverse, double[] to, double[] from, double[] toGradient, double[] fromGradient, bool isFirst)
    {
        var n = to.Length;
        var (s, y) = (new double[n], new double[n]);
        for (var i = 0; i < n; i++)
            (s[i], y[i]) = (to[i] - from[i], toGradient[i] - fromGradient[i]);
        var curvature = Dot(s, y);
        if (!(curvature > 1e-300))
            return;
        if (isFirst)
            Reset(inverse, curvature / Dot(y, y));
        var along = Times(inverse, y);
        var factor = (1 + Dot(y, along) / curvature) / curvature;
        for (var i = 0; i < n; i++)
        for (var j = 0; j < n; j++)
            inverse[i, j] += factor * s[i] * s[j] - (along[i] * s[j] + s[i] * along[j]) / curvature;
    }

    private static void Reset(double[,] matrix, double scale)
    {
        Array.Clear(matrix);
        for (var i = 0; i < matrix.GetLength(0); i++)
            matrix[i, i] = scale;
    }

    private static double[] Times(double[,] matrix, double[] x)
    {
        var y = new double[x.Length];
        for (var i = 0; i < x.Length; i++)
        for (var j = 0; j < x.Length; j++)
            y[i] += matrix[i, j] * x[j];
        return y;
    }

    private static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++)
            sum += a[i] * b[i];
        return sum;
    }

    private static double Largest(ReadOnlySpan<double> x)
    {
        var largest = 0.0;
        foreach (var value in x)
            largest = Math.Max(largest, Math.Abs(value));
        return largest;
    }
}
