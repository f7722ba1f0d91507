using System.Globalization;
using Pellucid.Looking;

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

/// <summary>What a number is to its chapter.</summary>
internal enum Standing
{
    /// <summary>It supports the claim, or only tells.</summary>
    Supporting,

    /// <summary>It is what the claim says.</summary>
    Central,

    /// <summary>What must be so for the others to mean anything; it never counts as a pass.</summary>
    Baseline,
}

/// <summary>What a number must reach for a claim to hold.</summary>
/// <param name="Side">Above or below.</param>
/// <param name="Value">The bar itself.</param>
/// <param name="Chance">What would be measured if the claim were wrong: the number must be three standard errors away from it too.</param>
internal readonly record struct Bar(Side Side, double Value, double? Chance = null)
{
    public static Bar AtLeast(double value, double? chance = null) => new(Side.AtLeast, value, chance);

    public static Bar AtMost(double value, double? chance = null) => new(Side.AtMost, value, chance);
}

/// <summary>A number that an experiment came to.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Value">The number.</param>
/// <param name="Unit">How it is shown.</param>
/// <param name="Bar">What it must reach; none where it only tells.</param>
/// <param name="WhyMissed">What is to be thought of it when it does not reach its bar.</param>
/// <param name="Standing">What it is to its chapter.</param>
/// <param name="StandardError">How sure it is, over what was asked; not given where nothing was drawn.</param>
internal sealed record Measure(Phrase Name, double Value, Unit Unit, Bar? Bar = null, Phrase? WhyMissed = null,
    Standing Standing = Standing.Supporting, double? StandardError = null)
{
    /// <summary>Standard errors that a number must be away from chance.</summary>
    public const double Errors = 3;

    /// <summary>Whether it reaches its bar, and lies beyond chance where that is known; a number that is none does not.</summary>
    public bool Meets => Bar is not { } bar || (Reaches(bar) && !IsNearChance);

    /// <summary>Whether it reaches its bar, but might be chance.</summary>
    public bool IsNearChance => Bar is { Chance: { } chance } bar && Reaches(bar)
        && !((bar.Side == Side.AtLeast ? Value - chance : chance - Value) >= Errors * (StandardError ?? double.NaN));

    public string Shown => Showing(Value) + (StandardError is { } error && double.IsFinite(error) ? $" ± {Showing(error)}" : "");

    /// <summary>Such as "≥ 99 %".</summary>
    public string ShownBar => Bar is not { } bar ? "" : $"{(bar.Side == Side.AtLeast ? "≥" : "≤")} {Showing(bar.Value)}"
        + (bar.Chance is { } chance ? $", 3 σ {(bar.Side == Side.AtLeast ? ">" : "<")} {Showing(chance)}" : "");

    /// <summary>A share of so many questions, whose error is at least that of guessing: ten of ten right are no certainty.</summary>
    public static Estimate ShareOf(IReadOnlyCollection<bool> right, double chance) =>
        AtLeastGuessing(Estimate.Of([.. right.Select(one => one ? 1.0 : 0)]), chance);

    /// <summary>A share with at least the error that guessing would have.</summary>
    public static Estimate AtLeastGuessing(Estimate share, double chance) =>
        share with { StandardError = Math.Max(share.StandardError, Math.Sqrt(chance * (1 - chance) / share.Count)) };

    /// <summary>One less the other, drawn apart.</summary>
    public static Estimate Difference(Estimate one, Estimate other) => new(one.Mean - other.Mean,
        Math.Sqrt(one.StandardError * one.StandardError + other.StandardError * other.StandardError), Math.Min(one.Count, other.Count));

    private bool Reaches(Bar bar) => bar.Side == Side.AtLeast ? Value >= bar.Value : Value <= bar.Value;

    /// <summary>A value as this measure's are shown.</summary>
    public string Showing(double value) => Unit switch
    {
        Unit.Share => (100 * value).ToString("0.#", CultureInfo.InvariantCulture) + " %",
        Unit.Count => value.ToString("N0", CultureInfo.InvariantCulture),
        _ => value.ToString("0.###", CultureInfo.InvariantCulture),
    };
}
