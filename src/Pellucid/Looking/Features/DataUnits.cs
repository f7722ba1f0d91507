using System.Numerics.Tensors;

namespace Pellucid.Looking.Features;

/// <summary>Rows shifted by one vector and scaled by one number, so that features are learned alike whatever is read:
/// mean 0, and a mean square of 1 a number.</summary>
internal sealed record DataUnits(float[] Mean, float Scale)
{
    public static DataUnits Of(float[] rows, int width)
    {
        var (count, mean, square) = (rows.Length / width, new double[width], 0.0);
        for (var i = 0; i < rows.Length; i++)
            mean[i % width] += rows[i];
        for (var i = 0; i < width; i++)
            mean[i] /= count;
        for (var i = 0; i < rows.Length; i++)
            square += (rows[i] - mean[i % width]) * (rows[i] - mean[i % width]);
        var scale = (float)Math.Sqrt(square / rows.Length);
        return new DataUnits([.. mean.Select(value => (float)value)], scale > 0 ? scale : 1);
    }

    /// <summary>In place.</summary>
    public float[] Apply(float[] rows)
    {
        for (var first = 0; first < rows.Length; first += Mean.Length)
        {
            var row = rows.AsSpan(first, Mean.Length);
            TensorPrimitives.Subtract(row, Mean, row);
            TensorPrimitives.Divide(row, Scale, row);
        }
        return rows;
    }

    /// <summary>Sum of squares of rows less their mean.</summary>
    public static double SquaresAroundMean(float[] rows, int width)
    {
        var (count, sum, squares) = (rows.Length / width, new double[width], 0.0);
        for (var i = 0; i < rows.Length; i++)
        {
            sum[i % width] += rows[i];
            squares += (double)rows[i] * rows[i];
        }
        return Math.Max(squares - sum.Sum(value => value * value) / count, double.Epsilon);
    }
}
