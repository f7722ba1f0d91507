using System.Globalization;

namespace Pellucid.Pictures;

/// <summary>A named series of points.</summary>
/// <param name="Name">In the legend.</param>
/// <param name="Points">In order of x.</param>
/// <param name="Faint">Whether others are to be seen through it: a noisy series behind a smooth one.</param>
/// <param name="Ink">What it is drawn in; by its place among the others if not said.</param>
public sealed record Series(string Name, IReadOnlyList<(double X, double Y)> Points, bool Faint = false, Ink? Ink = null);

/// <summary>A part of the x axis that is marked over the whole height.</summary>
/// <param name="From">Its beginning.</param>
/// <param name="To">Its end; the beginning for a line.</param>
/// <param name="Name">What it tells on hovering.</param>
public sealed record Stretch(double From, double To, string Name);

/// <summary>What axes are measured by.</summary>
/// <param name="LogX">Whether by the logarithm of x; points of 0 and below are left out then.</param>
/// <param name="LogY">The same of y.</param>
public readonly record struct CurveAxes(bool LogX, bool LogY);

/// <summary>Lines over two axes.</summary>
public static class Curves
{
    private const double Left = 58, Top = 40, Width = 400, Height = 240, Right = 20;

    private static readonly Ink[] Colours = [Ink.Negative, Ink.Positive, Ink.Third, Ink.Fourth, Ink.Muted, Ink.Text];

    /// <summary>Draws up to six series.</summary>
    /// <param name="title">Above them.</param>
    /// <param name="xAxis">What x is.</param>
    /// <param name="yAxis">What y is.</param>
    /// <param name="series">The lines.</param>
    /// <param name="axes">What axes are measured by; plainly if left out.</param>
    /// <param name="stretches">Parts of the x axis that are marked; none if left out.</param>
    public static Picture Draw(string title, string xAxis, string yAxis, IReadOnlyList<Series> series, CurveAxes axes = default,
        IReadOnlyList<Stretch>? stretches = null)
    {
        ArgumentNullException.ThrowIfNull(series);
        bool IsShown((double X, double Y) point) =>
            double.IsFinite(point.Y) && (!axes.LogX || point.X > 0) && (!axes.LogY || point.Y > 0);
        var points = series.SelectMany(one => one.Points).Where(IsShown).ToList();
        if (points.Count == 0)
            throw new ArgumentException("there is no point to draw", nameof(series));
        var (x, y) = (new Axis(points.Select(point => point.X), axes.LogX), new Axis(points.Select(point => point.Y), axes.LogY));
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
        foreach (var stretch in stretches ?? [])
        {
            var (from, to) = (X(x, x.Within(stretch.From)), X(x, x.Within(stretch.To)));
            marks.Add(new Box(Math.Min(from, Left + Width - 1.5), Top, Math.Max(1.5, to - from), Height, Ink.Muted, 0.2, stretch.Name));
        }
        var places = Legend(series);
        for (var i = 0; i < series.Count; i++)
        {
            var ink = series[i].Ink ?? Colours[i % Colours.Length];
            var line = series[i].Points.Where(IsShown).Select(point => (X(x, point.X), Y(y, point.Y))).ToList();
            if (line.Count > 0)
                marks.Add(new Stroke(line, ink, series[i].Faint ? 1.2 : 2, series[i].Faint ? 0.55 : 1, Tip: series[i].Name));
            var (legendX, legendY) = places[i];
            marks.Add(new Box(legendX, legendY - 8, 12, 4, ink, series[i].Faint && series[i].Ink is not null ? 0.55 : 1));
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

    private static string Number(double value) => value.ToString(
        Math.Abs(value) is (> 0 and < 1e-3) or >= 1e6 ? "0.##e+0" : "0.####", CultureInfo.InvariantCulture);

    private readonly struct Axis
    {
        private static readonly double[] OfDecade = [1, 2, 5];

        private readonly double _low, _high, _step;
        private readonly bool _isLog;

        public Axis(IEnumerable<double> values, bool isLog)
        {
            var all = values.ToList();
            _isLog = isLog;
            var (low, high) = (all.Min(), all.Max());
            if (high - low < 1e-12)
                (low, high) = isLog ? (low / 2, high * 2) : (low - 0.5, high + 0.5);
            var rough = (high - low) / 5;
            var unit = Math.Pow(10, Math.Floor(Math.Log10(rough)));
            _step = unit * (rough / unit < 1.5 ? 1 : rough / unit < 3.5 ? 2 : rough / unit < 7.5 ? 5 : 10);
            (_low, _high) = (low, high);
        }

        public double Within(double value) => Math.Clamp(value, _low, _high);

        public double Share(double value) => _isLog ? Math.Log(value / _low) / Math.Log(_high / _low) : (value - _low) / (_high - _low);

        public IEnumerable<double> Ticks()
        {
            if (_isLog && OfDecades().ToList() is { Count: > 1 } decades)
                return decades;
            return Steps();
        }

        private IEnumerable<double> Steps()
        {
            for (var tick = Math.Ceiling(_low / _step) * _step; tick <= _high + 1e-9 * _step; tick += _step)
                yield return Math.Round(tick, 10);
        }

        // 1, 2 and 5 of every decade; its beginning alone where there are many.
        private IEnumerable<double> OfDecades()
        {
            for (var decade = (int)Math.Floor(Math.Log10(_low)); decade <= Math.Log10(_high); decade++)
                foreach (var one in _high / _low < 1000 ? OfDecade : OfDecade[..1])
                    if (one * Math.Pow(10, decade) is var tick && tick >= _low * (1 - 1e-9) && tick <= _high * (1 + 1e-9))
                        yield return tick;
        }
    }
}
