using System.Globalization;

namespace Pellucid.Drawings;

/// <summary>Red, green and blue from 0 to 1.</summary>
internal readonly record struct Colour(double Red, double Green, double Blue)
{
    public static Colour Black { get; } = new(0, 0, 0);

    public static Colour White { get; } = new(1, 1, 1);

    /// <summary>Names that the package xcolor knows without being asked.</summary>
    public static IReadOnlyDictionary<string, Colour> Known { get; } = new Dictionary<string, Colour>
    {
        ["black"] = Black, ["white"] = White, ["red"] = new(1, 0, 0), ["green"] = new(0, 1, 0), ["blue"] = new(0, 0, 1),
        ["cyan"] = new(0, 1, 1), ["magenta"] = new(1, 0, 1), ["yellow"] = new(1, 1, 0), ["gray"] = Gray(0.5),
        ["darkgray"] = Gray(0.25), ["lightgray"] = Gray(0.75), ["brown"] = new(0.75, 0.5, 0.25), ["lime"] = new(0.75, 1, 0),
        ["olive"] = new(0.5, 0.5, 0), ["orange"] = new(1, 0.5, 0), ["pink"] = new(1, 0.75, 0.75), ["purple"] = new(0.75, 0, 0.25),
        ["teal"] = new(0, 0.5, 0.5), ["violet"] = new(0.5, 0, 0.5),
    };

    public static Colour Gray(double value) => new(value, value, value);

    /// <summary>So much of the first, the rest of the second.</summary>
    public static Colour Mix(Colour one, Colour other, double share) => new(share * one.Red + (1 - share) * other.Red,
        share * one.Green + (1 - share) * other.Green, share * one.Blue + (1 - share) * other.Blue);

    /// <summary>"#rrggbb".</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"#{Byte(Red):x2}{Byte(Green):x2}{Byte(Blue):x2}");

    /// <summary>A part of it in eight bits.</summary>
    public static byte Byte(double value) => (byte)Math.Round(Math.Clamp(value, 0, 1) * 255);
}
