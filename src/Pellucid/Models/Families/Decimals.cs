using System.Globalization;
using Pellucid.Models.Weights.Gguf;

namespace Pellucid.Models.Families;

/// <summary>
/// Numbers as somebody wrote them in a configuration: GGUF files round them to single precision, from which the shortest decimal
/// that rounds to the same brings them back. So a model has the same bits whichever format it went through.
/// </summary>
internal static class Decimals
{
    private const int MostDigits = 17;

    /// <summary>The shortest decimal near a number that is as good as it.</summary>
    public static double Shortest(double number, Func<double, bool> isAsGood)
    {
        for (var digits = 1; digits < MostDigits; digits++)
        {
            var text = number.ToString("e" + (digits - 1).ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
            if (double.Parse(text, CultureInfo.InvariantCulture) is var rounded && isAsGood(rounded))
                return rounded;
        }
        return number;
    }

    /// <summary>The decimal that a single stands for.</summary>
    public static double Of(float single) => Shortest(single, rounded => (float)rounded == single);

    /// <summary>The same of a value in a file.</summary>
    public static double Of(GgufValue value) =>
        value.Type == GgufValueType.Float32 ? Of((float)value.Number()) : value.Number();
}
