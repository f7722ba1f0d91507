namespace Pellucid.Pictures;

/// <summary>A named point of a map.</summary>
/// <param name="Name">Beside it.</param>
/// <param name="X">To the right.</param>
/// <param name="Y">Upwards.</param>
/// <param name="Ink">Its colour.</param>
public sealed record MapPoint(string Name, double X, double Y, Ink Ink = Ink.Negative);

/// <summary>Named points on a plane, such as words by their vectors.</summary>
public static class Scatter
{
    private const double Top = 34, Margin = 16;

    /// <summary>Draws them; a name that would lie over another shows only in its tip.</summary>
    /// <param name="title">Above them.</param>
    /// <param name="points">At least one.</param>
    /// <param name="width">In pixels.</param>
    /// <param name="height">In pixels.</param>
    public static Picture Draw(string title, IReadOnlyList<MapPoint> points, double width = 760, double height = 520)
    {
        ArgumentNullException.ThrowIfNull(points);
        if (points.Count == 0)
            throw new ArgumentException("there is no point to draw", nameof(points));
        var (left, right, low, high) = (points.Min(p => p.X), points.Max(p => p.X), points.Min(p => p.Y), points.Max(p => p.Y));
        var (spanX, spanY) = (Math.Max(right - left, 1e-12), Math.Max(high - low, 1e-12));
        var marks = new List<Mark> { new Label(10, 20, title, 14) };
        var taken = new List<(double Left, double Top, double Right, double Bottom)>();
        foreach (var point in points)
        {
            var x = Margin + (point.X - left) / spanX * (width - 110);
            var y = Top + Margin + (1 - (point.Y - low) / spanY) * (height - Top - 2 * Margin);
            marks.Add(new Box(x - 3, y - 3, 6, 6, point.Ink, 0.8, point.Name, 3));
            var box = (Left: x + 6, Top: y - 8, Right: x + 8 + Picture.TextWidth(point.Name, 11), Bottom: y + 6);
            if (taken.Any(other => box.Left < other.Right && other.Left < box.Right && box.Top < other.Bottom && other.Top < box.Bottom))
                continue;
            taken.Add(box);
            marks.Add(new Label(x + 6, y + 4, point.Name, 11));
        }
        return new Picture(width, height, title, marks);
    }
}
