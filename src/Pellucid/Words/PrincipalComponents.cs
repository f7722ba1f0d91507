using System.Numerics.Tensors;
using Pellucid.Tensors;

namespace Pellucid.Words;

/// <summary>The directions in which vectors differ most, found by orthogonal iteration.</summary>
/// <param name="Mean">Of the vectors.</param>
/// <param name="Directions">Unit vectors, the most telling first.</param>
/// <param name="Share">Of the variance, along each direction.</param>
public sealed record PrincipalComponents(double[] Mean, double[][] Directions, double[] Share)
{
    private const int MostIterations = 300;
    private const double Precision = 1e-10;

    /// <summary>Components of some vectors of the same length.</summary>
    /// <param name="vectors">At least one.</param>
    /// <param name="count">Directions wanted.</param>
    /// <param name="centred">Whether the mean is taken off first.</param>
    public static PrincipalComponents Of(IReadOnlyList<double[]> vectors, int count, bool centred = true)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        var D = vectors[0].Length;
        count = Math.Min(count, D);
        var mean = new double[D];
        foreach (var vector in vectors)
            if (centred)
                TensorPrimitives.MultiplyAdd<double>(vector, 1.0 / vectors.Count, mean, mean);
        var rows = vectors.Select(vector => vector.Zip(mean, (value, middle) => value - middle).ToArray()).ToArray();
        var directions = Enumerable.Range(0, count)
            .Select(k => Enumerable.Range(0, D).Select(d => CounterRandom.Uniform(1, 2, (ulong)k, (ulong)d) - 0.5).ToArray()).ToArray();
        Orthogonalize(directions);
        for (var round = 0; round < MostIterations; round++)
        {
            var next = directions.Select(direction => Multiply(rows, direction)).ToArray();
            Orthogonalize(next);
            var moved = directions.Zip(next).Max(pair => 1 - Math.Abs(TensorPrimitives.Dot<double>(pair.First, pair.Second)));
            directions = next;
            if (moved < Precision)
                break;
        }
        var total = rows.Sum(row => TensorPrimitives.SumOfSquares<double>(row));
        return new PrincipalComponents(mean, directions, [.. directions.Select(direction =>
            rows.Sum(row => Math.Pow(TensorPrimitives.Dot<double>(row, direction), 2)) / Math.Max(total, double.Epsilon))]);
    }

    /// <summary>Where a vector lies along each direction.</summary>
    public double[] Project(ReadOnlySpan<double> vector)
    {
        var difference = new double[Mean.Length];
        TensorPrimitives.Subtract(vector, Mean, difference);
        return [.. Directions.Select(direction => TensorPrimitives.Dot<double>(difference, direction))];
    }

    // XᵀX · direction, without forming XᵀX.
    private static double[] Multiply(double[][] rows, double[] direction)
    {
        var product = new double[direction.Length];
        foreach (var row in rows)
            TensorPrimitives.MultiplyAdd(row, TensorPrimitives.Dot<double>(row, direction), product, product);
        return product;
    }

    private static void Orthogonalize(double[][] directions)
    {
        for (var k = 0; k < directions.Length; k++)
        {
            for (var earlier = 0; earlier < k; earlier++)
                TensorPrimitives.MultiplyAdd(directions[earlier], -TensorPrimitives.Dot<double>(directions[k], directions[earlier]),
                    directions[k], directions[k]);
            var norm = TensorPrimitives.Norm<double>(directions[k]);
            if (norm > 1e-150)
                TensorPrimitives.Divide(directions[k], norm, directions[k]);
        }
    }
}
