using System.Globalization;
using System.Text.Json;
using Pellucid.Pictures;
using Pellucid.Web.Languages;

namespace Pellucid.Web.Explorer.Watching;

/// <summary>One line of a run, as it is drawn.</summary>
/// <param name="Name">In the legend.</param>
/// <param name="Ink">Its run's.</param>
/// <param name="IsFaint">Whether it is the noisy one of two.</param>
/// <param name="Points">Step, place on the axis, and value, smoothed as is asked for.</param>
public sealed record RunLine(string Name, Ink Ink, bool IsFaint, IReadOnlyList<(int Step, double X, double Y)> Points);

/// <summary>Curves of some runs as they are chosen.</summary>
public sealed class DrawnCurves
{
    private const int MostPoints = 400;

    private static readonly Ink[] Inks = [Ink.Negative, Ink.Positive, Ink.Third, Ink.Fourth, Ink.Muted, Ink.Text];

    private readonly CurveChoice _choice;
    private readonly ReaderLanguage _language;
    private readonly List<Stretch> _resumed = [];

    internal DrawnCurves(IReadOnlyList<WatchedRun> runs, CurveChoice choice, ReaderLanguage language)
    {
        (_choice, _language) = (choice, language);
        var lines = new List<RunLine>();
        for (var i = 0; i < runs.Count; i++)
        {
            var before = lines.Count;
            var several = runs.Count > 1;
            foreach (var (column, kind, isFaint) in Columns(runs[i]))
                if (Line(runs[i], column) is { Count: > 0 } points)
                    lines.Add(new RunLine(several ? kind.Length > 0 ? $"{runs[i].Name} · {kind}" : runs[i].Name
                        : kind.Length > 0 ? kind : runs[i].Name, InkOf(i), isFaint, points));
            if (lines.Count == before && runs[i].HasSteps)
                Without.Add(runs[i].Name);
            foreach (var step in runs[i].Status?.Resumed ?? [])
                if (lines.Count > before && runs[i].Place(choice.Against, step) is var place && double.IsFinite(place))
                    _resumed.Add(new Stretch(place, place, $"{runs[i].Name}: {language["watch.resumed", step]}"));
        }
        Lines = lines;
    }

    /// <summary>The colour of a run by its place among those that are chosen.</summary>
    internal static Ink InkOf(int run) => Inks[run % Inks.Length];

    public IReadOnlyList<RunLine> Lines { get; }

    /// <summary>Runs that have nothing to be drawn: the log does not tell it, or not over tokens and time.</summary>
    public List<string> Without { get; } = [];

    public string Title => CurveNames.Of(_choice.Curve, _language);

    public string XName => _language[_choice.Against switch
    {
        Against.Step => "train.step", Against.Tokens => "watch.tokens", _ => "watch.seconds-of-training",
    }];

    /// <summary>How many logged values a drawn point stands for where there are more of them than points.</summary>
    public int Part => (Lines.Select(line => line.Points.Count).DefaultIfEmpty().Max() + MostPoints - 1) / MostPoints;

    public Picture Draw() => Curves.Draw(Title, XName, _choice.Curve == WatchedRun.Loss ? _language["train.nats-a-token"] : "",
        Series(), new CurveAxes(_choice.LogX, _choice.LogY), _resumed);

    /// <summary>What the browser tells under the pointer: the points of the lines in the order in which they are drawn.</summary>
    public string ForPointer() => ForPointer(XName, Series());

    /// <summary>The same of any series, all of whose points are drawn.</summary>
    internal static string ForPointer(string x, IEnumerable<Series> series) => JsonText.Object(json =>
    {
        json.WriteString("x", x);
        json.WriteStartArray("lines");
        foreach (var line in series.Where(line => line.Points.Count > 0))
        {
            json.WriteStartObject();
            json.WriteString("name", line.Name);
            json.WriteString("points", string.Join(' ', line.Points.Select(point =>
                string.Create(CultureInfo.InvariantCulture, $"{point.X:G7},{point.Y:G6}"))));
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });

    /// <summary>Every number.</summary>
    public string Json() => JsonText.Object(json =>
    {
        json.WriteString("curve", _choice.Curve);
        json.WriteString("against", _choice.Against.ToString().ToLowerInvariant());
        json.WriteNumber("mean_of", _choice.Smooth);
        json.WriteStartArray("lines");
        foreach (var line in Lines)
        {
            json.WriteStartObject();
            json.WriteString("name", line.Name);
            WriteSteps(json, line);
            json.WriteNumbers("x", line.Points.Select(point => point.X));
            json.WriteNumbers("y", line.Points.Select(point => point.Y));
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });

    private List<Series> Series() => [.. Lines.Select(line => new Series(line.Name, Thin(line), line.IsFaint, line.Ink))];

    private static void WriteSteps(Utf8JsonWriter json, RunLine line)
    {
        json.WriteStartArray("steps");
        foreach (var (step, _, _) in line.Points)
            json.WriteNumberValue(step);
        json.WriteEndArray();
    }

    private IEnumerable<(string Column, string Kind, bool IsFaint)> Columns(WatchedRun run)
    {
        if (_choice.Curve != WatchedRun.Loss)
            return [(_choice.Curve, "", false)];
        var (training, validation) = (_language["train.training"], _language[run.IsTuning ? "watch.evaluation" : "train.validation"]);
        return run.IsTuning ? [(WatchedRun.Loss, training, true), (WatchedRun.Evaluation, validation, false)]
            : [(WatchedRun.TrainLoss, training, true), (WatchedRun.ValidationLoss, validation, false)];
    }

    // Smoothed by the mean of the last ones; evaluations are few, and each stands for itself.
    private List<(int Step, double X, double Y)> Line(WatchedRun run, string column)
    {
        var (points, logged, sum) = (new List<(int, double, double)>(), run.Column(column), 0.0);
        var width = column is WatchedRun.ValidationLoss or WatchedRun.Evaluation ? 1 : _choice.Smooth;
        for (var i = 0; i < logged.Count; i++)
        {
            sum += logged[i].Value - (i >= width ? logged[i - width].Value : 0);
            var (x, y) = (run.Place(_choice.Against, logged[i].Step), width == 1 ? logged[i].Value : sum / Math.Min(i + 1, width));
            if (double.IsFinite(x) && (!_choice.LogX || x > 0) && (!_choice.LogY || y > 0))
                points.Add((logged[i].Step, x, y));
        }
        return points;
    }

    // Means of neighbours where there are more of them than points.
    private static IReadOnlyList<(double X, double Y)> Thin(RunLine line) =>
        [.. line.Points.Chunk(Math.Max(1, (line.Points.Count + MostPoints - 1) / MostPoints))
            .Select(part => (part[^1].X, part.Average(point => point.Y)))];
}
