using System.Globalization;

namespace Pellucid.Pictures;

/// <summary>A bar of a chart.</summary>
/// <param name="Name">At its left.</param>
/// <param name="Value">Its length; below 0 it goes to the left in another colour.</param>
/// <param name="Ghost">A second, fainter length behind it, such as what the value was before.</param>
/// <param name="Note">At its right; the value if not given.</param>
public sealed record Bar(string Name, double Value, double? Ghost = null, string? Note = null);

/// <summary>Values as bars from top to bottom.</summary>
public static class Bars
{
    private const double Top = 34, Thickness = 20, Gap = 5, Long = 260;

    /// <summary>Draws them.</summary>
    /// <param name="title">Above.</param>
    /// <param name="bars">From the top.</param>
    /// <param name="largest">The value whose bar is longest; the largest there is, if not given.</param>
    public static Picture Draw(string title, IReadOnlyList<Bar> bars, double? largest = null)
    {
        ArgumentNullException.ThrowIfNull(bars);
        var left = 16 + bars.Select(bar => Picture.TextWidth(bar.Name, 12)).DefaultIfEmpty().Max();
        var right = bars.Select(bar => Picture.TextWidth(Note(bar), 11)).DefaultIfEmpty().Max() + 20;
        var scale = largest ?? bars.SelectMany(bar => new[] { Math.Abs(bar.Value), Math.Abs(bar.Ghost ?? 0) }).DefaultIfEmpty().Max();
        var zero = bars.Any(bar => bar.Value < 0 || bar.Ghost < 0) ? left + Long / 2 : left;
        var room = left + Long - zero;
        double Length(double value) => scale > 0 ? room * Math.Min(1, Math.Abs(value) / scale) : 0;
        var marks = new List<Mark> { new Label(10, 20, title, 14) };
        for (var i = 0; i < bars.Count; i++)
        {
            var (bar, y) = (bars[i], Top + i * (Thickness + Gap));
            marks.Add(new Label(left - 8, y + 15, bar.Name, 12, Align.End));
            if (bar.Ghost is { } ghost)
                marks.Add(new Box(ghost < 0 ? zero - Length(ghost) : zero, y, Math.Max(1, Length(ghost)), Thickness, Ink.Muted, 0.3,
                    $"{bar.Name}: {Number(ghost)}", 3));
            var inset = bar.Ghost is null ? 0 : 4;
            marks.Add(new Box(bar.Value < 0 ? zero - Length(bar.Value) : zero, y + inset, Math.Max(1, Length(bar.Value)),
                Thickness - 2 * inset, bar.Value < 0 ? Ink.Negative : Ink.Positive, 0.8, $"{bar.Name}: {Number(bar.Value)}", 3));
            marks.Add(new Label((bar.Value < 0 ? zero : zero + Math.Max(Length(bar.Value), Length(Math.Max(0, bar.Ghost ?? 0)))) + 6,
                y + 15, Note(bar), 11, Ink: Ink.Muted));
        }
        return new Picture(Math.Max(left + Long + right, 20 + Picture.TextWidth(title, 14)),
            Top + bars.Count * (Thickness + Gap) + 8, title, marks);
    }

    private static string Note(Bar bar) => bar.Note ?? Number(bar.Value);

    private static string Number(double value) => value.ToString("0.####", CultureInfo.InvariantCulture);
}
