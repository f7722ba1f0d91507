using System.Globalization;

namespace Pellucid.Cli.Tour;

/// <summary>How a number is shown.</summary>
internal enum Unit
{
    /// <summary>Of something: 0.5 is 50 %.</summary>
    Share,

    /// <summary>A plain number.</summary>
    Number,

    /// <summary>A whole number.</summary>
    Count,
}

/// <summary>On which side of its bar a number has to be.</summary>
internal enum Side
{
    /// <summary>At the bar or above it.</summary>
    AtLeast,

    /// <summary>At the bar or below it.</summary>
    AtMost,
}

/// <summary>What a number must reach for a claim to hold.</summary>
internal readonly record struct Bar(Side Side, double Value)
{
    public static Bar AtLeast(double value) => new(Side.AtLeast, value);

    public static Bar AtMost(double value) => new(Side.AtMost, value);
}

/// <summary>A number that an experiment came to.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Value">The number.</param>
/// <param name="Unit">How it is shown.</param>
/// <param name="Bar">What it must reach; none where it only tells.</param>
/// <param name="WhyMissed">What is to be thought of it when it does not reach its bar.</param>
internal sealed record Measure(Phrase Name, double Value, Unit Unit, Bar? Bar = null, Phrase? WhyMissed = null)
{
    /// <summary>Whether it reaches its bar; a number that is none does not.</summary>
    public bool Meets => Bar is not { } bar || (bar.Side == Side.AtLeast ? Value >= bar.Value : Value <= bar.Value);

    public string Shown => Show(Value);

    /// <summary>Such as "≥ 99 %".</summary>
    public string ShownBar => Bar is not { } bar ? "" : $"{(bar.Side == Side.AtLeast ? "≥" : "≤")} {Show(bar.Value)}";

    private string Show(double value) => Unit switch
    {
        Unit.Share => (100 * value).ToString("0.#", CultureInfo.InvariantCulture) + " %",
        Unit.Count => value.ToString("N0", CultureInfo.InvariantCulture),
        _ => value.ToString("0.###", CultureInfo.InvariantCulture),
    };
}
