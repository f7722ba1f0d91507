using System.Globalization;
using Pellucid.Pictures;

namespace Pellucid.Cli.Tour;

/// <summary>Lying bars, one a row.</summary>
internal static class BarChart
{
    private const double Top = 34, Height = 18, Gap = 6, Longest = 240;

    /// <summary>Draws named values of 0 or above; the longest bar is the largest, or <paramref name="full"/>.</summary>
    public static Picture Draw(string title, IReadOnlyList<(string Name, double Value)> bars, double? full = null, Ink ink = Ink.Negative)
    {
        var left = 16 + bars.Max(bar => Picture.TextWidth(bar.Name));
        var largest = full ?? Math.Max(1e-12, bars.Max(bar => bar.Value));
        var marks = new List<Mark> { new Label(10, 20, title, 14) };
        for (var i = 0; i < bars.Count; i++)
        {
            var (y, width) = (Top + i * (Height + Gap), Longest * Math.Clamp(bars[i].Value / largest, 0, 1));
            marks.Add(new Label(left - 8, y + 13, bars[i].Name, 12, Align.End));
            marks.Add(new Box(left, y, Longest, Height, Ink.Muted, 0.08));
            marks.Add(new Box(left, y, width, Height, ink, 0.85));
            marks.Add(new Label(left + Longest + 8, y + 13,
                bars[i].Value.ToString("0.####", CultureInfo.InvariantCulture), 11, Ink: Ink.Muted));
        }
        return new Picture(Math.Max(left + Longest + 64, 20 + Picture.TextWidth(title, 14)),
            Top + bars.Count * (Height + Gap) + 8, title, marks);
    }
}
