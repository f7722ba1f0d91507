namespace Pellucid.Drawings;

/// <summary>How an outline goes on.</summary>
internal enum Stride : byte
{
    Move,
    Line,
    Curve,
    Close,
}

/// <summary>A step of an outline; a curve is pulled by two points on its way.</summary>
/// <param name="Kind">How it goes on.</param>
/// <param name="First">Pulls a curve at its start.</param>
/// <param name="Second">Pulls it at its end.</param>
/// <param name="To">Where it ends.</param>
/// <param name="Rounding">Radius that the corner there is rounded with.</param>
internal readonly record struct OutlineStep(Stride Kind, Point First, Point Second, Point To, double Rounding = 0);

/// <summary>A line through points, flattened.</summary>
internal sealed record Contour(IReadOnlyList<Point> Points, bool IsClosed);

/// <summary>Lines and cubic Bézier curves, in any number of parts.</summary>
internal sealed class Outline
{
    /// <summary>A quarter of a circle is nearly a Bézier curve whose pulls are this part of the radius away.</summary>
    public const double Quarter = 0.5522847;

    private const int MostPieces = 64;

    private readonly List<OutlineStep> _steps = [];
    private Point? _start;

    public IReadOnlyList<OutlineStep> Steps => _steps;

    public bool IsEmpty => _steps.Count == 0;

    /// <summary>A part begins here, if anything is drawn from here.</summary>
    public void Move(Point to, double rounding = 0)
    {
        if (_steps.Count > 0 && _steps[^1].Kind == Stride.Move)
            _steps.RemoveAt(_steps.Count - 1);
        _start = to;
        _steps.Add(new OutlineStep(Stride.Move, default, default, to, rounding));
    }

    public void Line(Point to, double rounding = 0) => _steps.Add(new OutlineStep(Stride.Line, default, default, to, rounding));

    public void Curve(Point first, Point second, Point to) => _steps.Add(new OutlineStep(Stride.Curve, first, second, to));

    /// <summary>Back to the part's start.</summary>
    public void Close()
    {
        if (_start is { } start)
            _steps.Add(new OutlineStep(Stride.Close, default, default, start));
    }

    /// <summary>A part of an ellipse, from one angle to another, in pieces of at most a quarter.</summary>
    /// <param name="place">Turns and scales the ellipse; its shift is the centre.</param>
    /// <param name="from">Angle in degrees.</param>
    /// <param name="to">Angle in degrees.</param>
    /// <param name="across">Radius.</param>
    /// <param name="up">Radius.</param>
    public void Arc(Affine place, double from, double to, double across, double up)
    {
        var pieces = (int)Math.Clamp(Math.Ceiling((Math.Abs(to - from) - 1e-9) / 90), 1, 400);
        var step = (to - from) / pieces;
        var pull = 4.0 / 3 * Math.Tan(step * Math.PI / 720) * (Quarter / (4.0 / 3 * (Math.Sqrt(2) - 1)));
        for (var piece = 0; piece < pieces; piece++)
        {
            var (a, b) = (from + piece * step, from + (piece + 1) * step);
            Curve(place.Apply(Point.Polar(a, across, up) + pull * Point.Polar(a + 90, across, up)),
                place.Apply(Point.Polar(b, across, up) - pull * Point.Polar(b + 90, across, up)), place.Apply(Point.Polar(b, across, up)));
        }
    }

    /// <summary>Around everything, pulls of curves too, as TikZ reckons it.</summary>
    public Bounds Bounds(double around)
    {
        var bounds = Drawings.Bounds.None;
        foreach (var step in _steps.Where((step, place) => step.Kind != Stride.Move || place + 1 < _steps.Count))
        {
            bounds = bounds.With(step.To, around);
            if (step.Kind == Stride.Curve)
                bounds = bounds.With(step.First, around).With(step.Second, around);
        }
        return bounds;
    }

    /// <summary>Its parts as straight lines.</summary>
    /// <param name="tolerance">How far a line may be from the curve.</param>
    public List<Contour> Flatten(double tolerance)
    {
        var (contours, points) = (new List<Contour>(), new List<Point>());
        void End(bool isClosed)
        {
            if (points.Count > 1 || isClosed && points.Count > 0)
                contours.Add(new Contour([.. points], isClosed));
            points.Clear();
        }
        foreach (var step in _steps)
        {
            if (step.Kind == Stride.Move)
                End(isClosed: false);
            if (step.Kind == Stride.Close)
                End(isClosed: true);
            if (step.Kind == Stride.Curve)
                Flatten(points, step, tolerance);
            else
                points.Add(step.To);
        }
        End(isClosed: false);
        return contours;
    }

    // As many pieces as the second differences ask for (Wang 1984).
    private static void Flatten(List<Point> points, OutlineStep curve, double tolerance)
    {
        var start = points[^1];
        var bend = Math.Max((start - 2 * curve.First + curve.Second).Length, (curve.First - 2 * curve.Second + curve.To).Length);
        var pieces = (int)Math.Clamp(Math.Ceiling(Math.Sqrt(0.75 * bend / tolerance)), 1, MostPieces);
        for (var piece = 1; piece <= pieces; piece++)
            points.Add(At(start, curve, (double)piece / pieces));
    }

    /// <summary>Where a step is after a share of its way.</summary>
    public static Point At(Point start, OutlineStep step, double t) => step.Kind != Stride.Curve ? Point.Between(start, step.To, t)
        : (1 - t) * (1 - t) * (1 - t) * start + 3 * t * (1 - t) * (1 - t) * step.First + 3 * t * t * (1 - t) * step.Second
            + t * t * t * step.To;
}
