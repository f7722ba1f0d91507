using System.Numerics.Tensors;
using Pellucid.Tensors;

namespace Pellucid.Looking.Features;

/// <summary>What features write, a row each, kept at length 1 while they are learned.</summary>
internal static class Directions
{
    /// <summary>Directions at random, (rows, width).</summary>
    public static float[] Random(ulong seed, uint purpose, int rows, int width)
    {
        var values = new float[rows * width];
        for (var i = 0; i < values.Length; i++)
            values[i] = CounterRandom.Normal(seed, purpose, 0, (ulong)i);
        ToLengthOne(values, width);
        return values;
    }

    /// <summary>In place; a row of zeros stays so.</summary>
    public static void ToLengthOne(float[] rows, int width)
    {
        for (var first = 0; first < rows.Length; first += width)
        {
            var row = rows.AsSpan(first, width);
            TensorPrimitives.Divide(row, Math.Max(TensorPrimitives.Norm<float>(row), float.Epsilon), row);
        }
    }

    /// <summary>The part of a direction's gradient along it would only change its length.</summary>
    public static void TakeOffLengthwise(float[] directions, float[] gradients, int width)
    {
        for (var first = 0; first < directions.Length; first += width)
        {
            var direction = directions.AsSpan(first, width);
            var gradient = gradients.AsSpan(first, width);
            TensorPrimitives.MultiplyAdd(direction, -TensorPrimitives.Dot<float>(direction, gradient), gradient, gradient);
        }
    }
}
