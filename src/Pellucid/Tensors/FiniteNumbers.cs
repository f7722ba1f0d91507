using System.Globalization;
using System.Numerics.Tensors;

namespace Pellucid.Tensors;

/// <summary>Tells numbers from what is none: NaN, and infinity.</summary>
internal static class FiniteNumbers
{
    /// <summary>Index of the first that is none; negative if all are numbers.</summary>
    public static int IndexOfOther(ReadOnlySpan<float> values)
    {
        if (TensorPrimitives.IsFiniteAll(values))
            return -1;
        var index = 0;
        while (float.IsFinite(values[index]))
            index++;
        return index;
    }

    /// <summary>The value in words of a message: NaN, Infinity, 3E+38.</summary>
    public static string Text(float value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>The largest of a row of logits, of which some may be −∞.</summary>
    /// <exception cref="InvalidDataException">One is NaN or +∞, or all are −∞.</exception>
    public static float LargestLogit(ReadOnlySpan<float> logits)
    {
        var largest = TensorPrimitives.Max(logits); // NaN if there is one
        return float.IsFinite(largest) ? largest
            : throw new InvalidDataException($"the largest of {logits.Length} logits is {Text(largest)}: the model's numbers overflow");
    }
}
