using System.Globalization;

namespace Pellucid.Pictures;

/// <summary>A named series of points.</summary>
/// <param name="Name">In the legend.</param>
/// <param name="Points">In order of x.</param>
/// <param name="Faint">Whether others are to be seen through it: a noisy series behind a smooth one.</param>
public sealed record Series(string Name, IReadOnlyList<(double X, double Y)> Points, bool Faint = false);

/// <summary>Lines over two axes.</summary>
public static class Curves
{
    private const double Left = 58, Top = 40, Width = 400, Height = 240, Right = 20;

    private static readonly Ink[] Colours = [Ink.Negative, Ink.Positive, Ink.Third, Ink.Fourth, Ink.Muted, Ink.Text];

    /// <summary>Draws up to six series.</summary>
    public static Picture Draw(string title, string xAxis, string yAxis, IReadOnlyList<Series> series)
    {
        ArgumentNullException.ThrowIfNull(series);
        var points = series.SelectMany(one => one.Points).Where(point => double.IsFinite(point.Y)).ToList();
        if (points.Count == 0)
            throw new ArgumentException("there is no point to draw", nameof(series));
        var (x, y) = (new Axis(points.Select(point => point.X)), new Axis(points.Select(point => point.Y)));
        var marks = new List<Mark> { new Label(10, 20, title, 14) };
        foreach (var tick in y.Ticks())
        {
            marks.Add(new Stroke([(Left, Y(y, tick)), (Left + Width, Y(y, tick))], Ink.Muted, 1, 0.25));
            marks.Add(new Label(Left - 6, Y(y, tick) + 4, Number(tick), 11, Align.End, Ink.Muted));
        }
        foreach (var tick in x.Ticks())
            marks.Add(new Label(X(x, tick), Top + Height + 16, Number(tick), 11, Align.Middle, Ink.Muted));
        marks.Add(new Label(Left + Width / 2, Top + Height + 36, xAxis, 12, Align.Middle));
        marks.Add(new Label(14, Top + Height / 2 + Picture.TextWidth(yAxis) / 2, yAxis, 12, Upright: true));
        var places = Legend(series);
        for (var i = 0; i < series.Count; i++)
        {
            var ink = Colours[i % Colours.Length];
            var line = series[i].Points.Where(point => double.IsFinite(point.Y)).Select(point => (X(x, point.X), Y(y, point.Y))).ToList();
            if (line.Count > 0)
                marks.Add(new Stroke(line, ink, series[i].Faint ? 1.2 : 2, series[i].Faint ? 0.55 : 1, Tip: series[i].Name));
            var (legendX, legendY) = places[i];
            marks.Add(new Box(legendX, legendY - 8, 12, 4, ink));
            marks.Add(new Label(legendX + 18, legendY, series[i].Name, 12));
        }
        var right = places.Zip(series, (place, one) => place.X + 18 + Picture.TextWidth(one.Name)).Append(Left + Width).Max();
        return new Picture(Math.Max(right, 10 + Picture.TextWidth(title, 14)) + Right, places[^1].Y + 12, title, marks);
    }

    // The legend is below, in lines that are no longer than the plot: a wide picture is small on a small screen.
    private static List<(double X, double Y)> Legend(IReadOnlyList<Series> series)
    {
        var places = new List<(double X, double Y)>();
        var (x, y) = (Left, Top + Height + 60);
        foreach (var one in series)
        {
            var width = 34 + Picture.TextWidth(one.Name);
            if (x > Left && x + width > Left + Width + Right)
                (x, y) = (Left, y + 18);
            places.Add((x, y));
            x += width;
        }
        return places;
    }

    private static double X(Axis axis, double value) => Left + axis.Share(value) * Width;

    private static double Y(Axis axis, double value) => Top + (1 - axis.Share(value)) * Height;

    private static string Number(double value) => value.ToString("0.####", CultureInfo.InvariantCulture);

    private readonly struct Axis
    {
        private readonly double _low, _high, _step;

        public Axis(IEnumerable<double> values)
        {
            var all = values.ToList();
            (_low, _high) = (all.Min(), all.Max());
            if (_high - _low < 1e-12)
                (_low, _high) = (_low - 0.5, _high + 0.5);
            var rough = (_high - _low) / 5;
            var unit = Math.Pow(10, Math.Floor(Math.Log10(rough)));
            _step = unit * (rough / unit < 1.5 ? 1 : rough / unit < 3.5 ? 2 : rough / unit < 7.5 ? 5 : 10);
        }

        public double Share(double value) => (value - _low) / (_high - _low);

        public IEnumerable<double> Ticks()
        {
            for (var tick = Math.Ceiling(_low / _step) * _step; tick <= _high + 1e-9 * _step; tick += _step)
                yield return Math.Round(tick, 10);
        }
    }
}
