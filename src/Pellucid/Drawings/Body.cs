namespace Pellucid.Drawings;

/// <summary>A part of a drawing as straight lines and filled areas.</summary>
internal sealed class Body
{
    private Body(IReadOnlyList<(Point From, Point To, double Reach)> lines,
        IReadOnlyList<(IReadOnlyList<IReadOnlyList<Point>> Contours, bool EvenOdd)> filled) => (Lines, Filled) = (lines, filled);

    /// <summary>Pieces of lines, and how far they reach to each side.</summary>
    public IReadOnlyList<(Point From, Point To, double Reach)> Lines { get; }

    public IReadOnlyList<(IReadOnlyList<IReadOnlyList<Point>> Contours, bool EvenOdd)> Filled { get; }

    public int Count => Lines.Count;

    public IEnumerable<Point> Points => Lines.SelectMany(line => (Point[])[line.From, line.To]);

    public Bounds Bounds => Points.Aggregate(Bounds.None, (all, point) => all.With(point));

    /// <summary>Shapes with lines; filled ones are closed by a line.</summary>
    public static Body Of(IReadOnlyList<DrawnShape> shapes, double tolerance)
    {
        List<(Point, Point, double)> lines = [];
        List<(IReadOnlyList<IReadOnlyList<Point>>, bool)> filled = [];
        foreach (var shape in shapes.Where(shape => shape.Text is null))
        {
            var contours = shape.Outline.Flatten(tolerance);
            foreach (var contour in contours)
                for (var i = 0; i + (contour.IsClosed || shape.IsFilled ? 0 : 1) < contour.Points.Count; i++)
                    lines.Add((contour.Points[i], contour.Points[(i + 1) % contour.Points.Count], shape.Reach));
            if (shape.IsFilled)
                filled.Add(([.. contours.Select(contour => contour.Points)], shape.EvenOdd));
        }
        return new Body(lines, filled);
    }

    /// <summary>Whether a point lies in a filled area.</summary>
    public bool Holds(Point point) => Filled.Any(area =>
    {
        var winding = area.Contours.Sum(contour => Winding(contour, point));
        return area.EvenOdd ? winding % 2 != 0 : winding != 0;
    });

    /// <summary>Least distance; 0 where the two meet or one lies in the other.</summary>
    public double Gap(Body other)
    {
        if (Lines.Any(line => other.Holds(line.From)) || other.Lines.Any(line => Holds(line.From)))
            return 0;
        var least = double.PositiveInfinity;
        foreach (var (from, to, reach) in Lines)
            foreach (var (start, end, beyond) in other.Lines)
            {
                if (Cross(from, to, start, end))
                    return 0;
                var distance = Math.Min(Math.Min(Distance(from, start, end), Distance(to, start, end)),
                    Math.Min(Distance(start, from, to), Distance(end, from, to)));
                least = Math.Min(least, distance - reach - beyond);
            }
        return Math.Max(0, least);
    }

    /// <summary>How far the edge is from a point, in the direction of another; 0 where there is none.</summary>
    public double Edge(Point from, Point toward)
    {
        var way = toward - from;
        if (way.Length < 1e-9)
            return 0;
        var ahead = 1 / way.Length * way;
        var farthest = 0.0;
        foreach (var (start, end, reach) in Lines)
        {
            var (one, other) = (Point.Cross(ahead, start - from), Point.Cross(ahead, end - from));
            if (one > 0 == other > 0)
                continue;
            var at = Point.Between(start, end, one / (one - other));
            farthest = Math.Max(farthest, Point.Dot(ahead, at - from) + reach);
        }
        return farthest;
    }

    private static int Winding(IReadOnlyList<Point> contour, Point point)
    {
        var winding = 0;
        for (var i = 0; i < contour.Count; i++)
        {
            var (from, to) = (contour[i], contour[(i + 1) % contour.Count]);
            if (from.Y > point.Y != to.Y > point.Y && Point.Cross(to - from, point - from) > 0 == to.Y > from.Y)
                winding += to.Y > from.Y ? 1 : -1;
        }
        return winding;
    }

    private static double Distance(Point point, Point from, Point to)
    {
        var (way, square) = (to - from, Point.Dot(to - from, to - from));
        var share = square > 0 ? Math.Clamp(Point.Dot(point - from, way) / square, 0, 1) : 0;
        return (point - (from + share * way)).Length;
    }

    private static bool Cross(Point a, Point b, Point c, Point d) =>
        Point.Cross(b - a, c - a) * Point.Cross(b - a, d - a) < 0 && Point.Cross(d - c, a - c) * Point.Cross(d - c, b - c) < 0;
}
