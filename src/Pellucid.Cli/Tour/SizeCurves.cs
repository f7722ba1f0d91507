using System.Globalization;
using Pellucid.Pictures;

namespace Pellucid.Cli.Tour;

/// <summary>What a chapter misses, on models of several sizes: a small picture for each measure, one below the other.</summary>
internal static class SizeCurves
{
    private const double Left = 14, Width = 440, Height = 84, Line = 16, Foot = 34;

    /// <summary>Adds the picture to what a chapter found, where something was missed that smaller models were asked too.</summary>
    public static void Show(Chapter chapter, Finding finding, TrialRecord record, long parameters)
    {
        var asked = record.Models.Select(model => (model.Parameters, Chapter: model.Asked(chapter, finding))).ToList();
        if (asked.Exists(model => model.Chapter is null))
            return;
        var panels = finding.CentralMeasures.Index()
            .Where(one => !one.Item.Meets && asked.Count > 0)
            .Select(one => new Panel(one.Item, [.. asked.Select(model => new Point(model.Parameters, model.Chapter!.Central[one.Index],
                IsVoid: model.Chapter.Verdict == "no" && model.Chapter.Central[one.Index].Met)),
                new Point(parameters, new TriedMeasure("", one.Item.Value, one.Item.StandardError, null, one.Item.Meets),
                    IsVoid: false)]))
            .ToList();
        if (panels.Count == 0)
            return;
        finding.Show("sizes", say => Picture.Stack([new Picture(2 * Left + Width, 34, say["tour.sizes.picture"],
            [new Label(10, 20, say["tour.sizes.picture"], 14), new Box(Left, 32, 8, 8, Ink.Negative, Corner: 4),
                new Label(Left + 14, 40, say["tour.sizes.smaller"], 11), new Box(Left + 110, 32, 8, 8, Ink.Positive, Corner: 4),
                new Label(Left + 124, 40, say["tour.sizes.this"], 11), new Box(Left + 200, 32, 8, 8, Ink.Muted, Corner: 4),
                new Label(Left + 214, 40, say["tour.sizes.void"], 11), new Stroke([(Left + 340, 36), (Left + 356, 36)], Ink.Third, 2),
                new Label(Left + 362, 40, say["tour.report.bar"], 11)]) with { Height = 52 },
            .. panels.Select(panel => Draw(panel, panel.Measure.Name.In(say)))]),
            new Phrase("tour.sizes.how-it-moves", panels.Count(panel => panel.Nears), panels.Count, record.Recorded));
    }

    // Void where the bar is reached but the chapter is not even partly held: then a baseline is missed, and it means nothing.
    private sealed record Point(long Parameters, TriedMeasure Found, bool IsVoid);

    private sealed record Panel(Measure Measure, IReadOnlyList<Point> Points)
    {
        // From the smallest model of which it means something to this one.
        public bool Nears => Math.Sign(Points[^1].Found.Value - Points.First(point => !point.IsVoid).Found.Value)
            == (Measure.Bar!.Value.Side == Side.AtLeast ? 1 : -1);
    }

    private static Picture Draw(Panel panel, string name)
    {
        var (bar, points) = (panel.Measure.Bar!.Value.Value, panel.Points);
        var marks = new List<Mark>();
        var lines = Broken(name).ToList();
        for (var i = 0; i < lines.Count; i++)
            marks.Add(new Label(Left, 14 + i * Line, lines[i], 12));
        double Error(Point point) => point.Found.StandardError is { } error && double.IsFinite(error) ? error : 0;
        var (low, high) = (points.Min(point => Math.Min(bar, point.Found.Value - Error(point))),
            points.Max(point => Math.Max(bar, point.Found.Value + Error(point))));
        var (first, last) = (Math.Log10(points[0].Parameters), Math.Log10(points[^1].Parameters));
        var top = 14 + lines.Count * Line + 6;
        double X(long parameters) => Left + 30 + (Width - 60) * (Math.Log10(parameters) - first) / Math.Max(1e-9, last - first);
        double Y(double value) => top + (Height - 14) * (1 - (value - low) / Math.Max(1e-12, high - low));
        marks.Add(new Stroke([(Left, Y(bar)), (Left + Width, Y(bar))], Ink.Third, 1.5, 0.8, Tip: panel.Measure.ShownBar));
        marks.Add(new Stroke([.. points.Select(point => (X(point.Parameters), Y(point.Found.Value)))], Ink.Muted, 1.2, 0.7));
        foreach (var (point, place) in points.Select((point, place) => (point, place)))
        {
            var (x, y, ink) = (X(point.Parameters), Y(point.Found.Value),
                point.IsVoid ? Ink.Muted : place == points.Count - 1 ? Ink.Positive : Ink.Negative);
            if (Error(point) is > 0 and var error)
                marks.Add(new Stroke([(x, Y(point.Found.Value - error)), (x, Y(point.Found.Value + error))], ink, 1.5, 0.6));
            marks.Add(new Box(x - 4, y - 4, 8, 8, ink, Corner: 4));
            marks.Add(new Label(x, top + Height + 8, panel.Measure.Showing(point.Found.Value), 11, Align.Middle, ink));
            marks.Add(new Label(x, top + Height + 22, Short(point.Parameters), 10, Align.Middle, Ink.Muted));
        }
        return new Picture(2 * Left + Width, top + Height + Foot, name, marks);
    }

    private static string Short(long parameters) => parameters < 1_000_000
        ? string.Create(CultureInfo.InvariantCulture, $"{parameters / 1000.0:0} k")
        : string.Create(CultureInfo.InvariantCulture, $"{parameters / 1e6:0.00} M");

    // Lines that fit: at spaces, or anywhere in writing without them.
    private static IEnumerable<string> Broken(string text)
    {
        var line = "";
        IEnumerable<string> parts = text.Any(letter => letter >= '\u2E80') ? text.Select(letter => letter.ToString())
            : text.Split(' ').Select(word => word + " ");
        foreach (var part in parts)
        {
            if (line.Length > 0 && Picture.TextWidth(line + part) > Width)
            {
                yield return line.TrimEnd();
                line = "";
            }
            line += part;
        }
        yield return line.TrimEnd();
    }
}
