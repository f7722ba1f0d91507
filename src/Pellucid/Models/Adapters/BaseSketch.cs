using System.Globalization;
using Pellucid.Tensors;

namespace Pellucid.Models.Adapters;

/// <summary>
/// What an adapter's file remembers of the model that it was learned over: sums of a weight's numbers with signs that chance draws, whose
/// distances are those of the weights themselves (Achlioptas 2003). So another model is known from the same one stored in fewer bits.
/// </summary>
internal static class BaseSketch
{
    /// <summary>Its name among the texts of the file.</summary>
    public const string Key = "base_sketch";

    private const int Sums = 32, MostNumbers = 1 << 20;
    private const double LargestRounding = 0.4; // of the length of the weight; two models that were trained apart are 1.4 apart
    private const ulong Seed = 0x70656c6c75636964;

    /// <summary>The sketch of a model.</summary>
    public static string Of(Gpt gpt) =>
        string.Join(' ', Compute(Weight(gpt)).Select(sum => sum.ToString("R", CultureInfo.InvariantCulture)));

    /// <summary>How far a model is from the one of a sketch, over its own length; null where the sketch is damaged.</summary>
    public static double? Distance(Gpt gpt, string sketch)
    {
        var parts = sketch.Split(' ');
        if (parts.Length != Sums)
            return null;
        var (weight, squares) = (Weight(gpt), 0.0);
        var own = Compute(weight);
        for (var i = 0; i < Sums; i++)
        {
            if (!double.TryParse(parts[i], NumberStyles.Float, CultureInfo.InvariantCulture, out var other))
                return null;
            squares += (own[i] - other) * (own[i] - other) / Sums;
        }
        var length = Math.Sqrt(weight.Sum(value => (double)value * value));
        return length == 0 ? squares == 0 ? 0 : double.PositiveInfinity : Math.Sqrt(squares) / length;
    }

    /// <summary>Says that an adapter is of another model, where its sketch is; one without a sketch passes.</summary>
    /// <exception cref="InvalidDataException">It is.</exception>
    public static void Require(string path, string? sketch, Gpt gpt)
    {
        if (sketch is not null && Distance(gpt, sketch) is not <= LargestRounding)
            throw new InvalidDataException($"{path}: the adapter was learned over another model than this one, whose weights differ");
    }

    // What attention reads with in a layer in the middle: its first numbers.
    private static float[] Weight(Gpt gpt)
    {
        var index = Enumerable.Range(0, gpt.Layout.Count).FirstOrDefault(index =>
            gpt.Layout[index].Role == ParameterRole.AttentionInput && gpt.Layout[index].Layer == gpt.Config.Layers / 2);
        var values = new float[gpt.Layout[index].Shape.Count];
        gpt.Parameters.Read(index, values);
        return values.Length > MostNumbers ? values[..MostNumbers] : values;
    }

    private static double[] Compute(float[] weight)
    {
        var sums = new double[Sums];
        for (var i = 0; i < weight.Length; i++)
        {
            var signs = CounterRandom.LongBits(Seed, (ulong)i);
            for (var sum = 0; sum < Sums; sum++)
                sums[sum] += (signs >> sum & 1) == 0 ? weight[i] : -weight[i];
        }
        return sums;
    }
}
