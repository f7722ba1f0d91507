namespace Pellucid.Scaling;

/// <summary>Linear least squares in a few unknowns.</summary>
internal static class LeastSquares
{
    /// <summary>The x that makes rows · x come nearest to the targets, by the normal equations;
    /// null where they do not tell one x.</summary>
    public static double[]? Solve(double[][] rows, double[] targets)
    {
        var n = rows[0].Length;
        var matrix = new double[n][];
        for (var i = 0; i < n; i++)
        {
            matrix[i] = new double[n + 1];
            for (var j = 0; j < n; j++)
                matrix[i][j] = rows.Sum(row => row[i] * row[j]);
            for (var r = 0; r < rows.Length; r++)
                matrix[i][n] += rows[r][i] * targets[r];
        }
        for (var i = 0; i < n; i++)
        {
            var pivot = Enumerable.Range(i, n - i).MaxBy(row => Math.Abs(matrix[row][i]));
            (matrix[i], matrix[pivot]) = (matrix[pivot], matrix[i]);
            if (!(Math.Abs(matrix[i][i]) > 1e-12))
                return null;
            for (var row = 0; row < n; row++)
            {
                var factor = row == i ? 0 : matrix[row][i] / matrix[i][i];
                for (var column = i; column <= n && factor != 0; column++)
                    matrix[row][column] -= factor * matrix[i][column];
            }
        }
        return [.. Enumerable.Range(0, n).Select(i => matrix[i][n] / matrix[i][i])];
    }

    /// <summary>The straight line through points: (slope, value at 0).</summary>
    /// <exception cref="ArgumentException">All have one x.</exception>
    public static (double Slope, double Intercept) Line(IReadOnlyList<(double X, double Y)> points)
    {
        var (x, y) = (points.Average(point => point.X), points.Average(point => point.Y));
        var spread = points.Sum(point => (point.X - x) * (point.X - x));
        if (!(spread > 0))
            throw new ArgumentException("a line needs points at two places");
        var slope = points.Sum(point => (point.X - x) * (point.Y - y)) / spread;
        return (slope, y - slope * x);
    }
}
