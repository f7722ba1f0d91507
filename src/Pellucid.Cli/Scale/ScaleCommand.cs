using System.CommandLine;

namespace Pellucid.Cli.Scale;

/// <summary><c>pellucid scale</c>.</summary>
internal static class ScaleCommand
{
    public static Command Create() => new("scale",
        "Fits laws of how loss falls with size and data, and plans what a training takes.")
    {
        ScaleFit.Create(), ScaleSweep.Create(), ScalePlan.Create(), ScaleSimulate.Create(),
    };

    /// <summary>A number of three or four digits, with a power of ten where it is large.</summary>
    public static string Short(double value) => Math.Abs(value) is >= 1e6 or < 1e-2 and not 0
        ? value.ToString("0.00e+0", System.Globalization.CultureInfo.InvariantCulture)
        : value.ToString(Math.Abs(value) >= 100 ? "#,0.#" : "0.####", System.Globalization.CultureInfo.InvariantCulture);
}
