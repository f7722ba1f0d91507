namespace Pellucid.Drawings;

/// <summary>The area that a pen covers along lines: a strip for each piece, and what its corners and ends ask for.</summary>
internal static class Stroker
{
    private const int MostDashes = 10_000;

    /// <summary>Closed lines whose area, where it is covered at all, is what the pen covers: all run the same way around.</summary>
    /// <param name="contours">Along these.</param>
    /// <param name="pen">How wide, with which dashes, ends and corners.</param>
    /// <param name="tolerance">How far round parts may be from the circle.</param>
    public static List<IReadOnlyList<Point>> Strips(IReadOnlyList<Contour> contours, Pen pen, double tolerance)
    {
        var strips = new List<IReadOnlyList<Point>>();
        if (!(pen.Width > 0))
            return strips;
        foreach (var contour in Dashed(contours, pen))
            Strip(strips, contour, pen, tolerance);
        return strips;
    }

    private static void Strip(List<IReadOnlyList<Point>> strips, Contour contour, Pen pen, double tolerance)
    {
        var (points, half) = (Distinct(contour), pen.Width / 2);
        if (points.Count == 1)
        {
            // A point shows only where ends are round or square.
            if (pen.Cap == LineCap.Round)
                strips.Add(Circle(points[0], half, tolerance));
            else if (pen.Cap == LineCap.Square)
                strips.Add(Strip(points[0] - new Point(half, 0), points[0] + new Point(half, 0), half));
            return;
        }
        var pieces = contour.IsClosed ? points.Count : points.Count - 1;
        for (var i = 0; i < pieces; i++)
        {
            var (from, to) = (points[i], points[(i + 1) % points.Count]);
            var ahead = half / (to - from).Length * (to - from);
            if (!contour.IsClosed && pen.Cap == LineCap.Square)
                (from, to) = (i == 0 ? from - ahead : from, i == pieces - 1 ? to + ahead : to);
            strips.Add(Strip(from, to, half));
            if (contour.IsClosed || i < pieces - 1)
                Corner(strips, points[i], points[(i + 1) % points.Count], points[(i + 2) % points.Count], pen, tolerance);
        }
        if (!contour.IsClosed && pen.Cap == LineCap.Round)
        {
            strips.Add(Circle(points[0], half, tolerance));
            strips.Add(Circle(points[^1], half, tolerance));
        }
    }

    private static List<Point> Distinct(Contour contour)
    {
        var points = new List<Point>();
        foreach (var point in contour.Points)
            if (points.Count == 0 || (point - points[^1]).Length > 1e-9)
                points.Add(point);
        if (contour.IsClosed && points.Count > 1 && (points[0] - points[^1]).Length <= 1e-9)
            points.RemoveAt(points.Count - 1);
        return points;
    }

    private static IReadOnlyList<Point> Strip(Point from, Point to, double half)
    {
        var side = half / (to - from).Length * (to - from).Left;
        return [from - side, to - side, to + side, from + side];
    }

    private static void Corner(List<IReadOnlyList<Point>> strips, Point before, Point corner, Point after, Pen pen, double tolerance)
    {
        var half = pen.Width / 2;
        var (arrives, leaves) = (1 / (corner - before).Length * (corner - before), 1 / (after - corner).Length * (after - corner));
        var turn = Point.Cross(arrives, leaves);
        if (Math.Abs(turn) < 1e-9 && Point.Dot(arrives, leaves) > 0)
            return;
        if (pen.Join == LineJoin.Round)
        {
            strips.Add(Circle(corner, half, tolerance));
            return;
        }
        // The outer side is on the right where the line turns left.
        var side = turn > 0 ? -half : half;
        var (one, other) = (corner + side * arrives.Left, corner + side * leaves.Left);
        var cosine = Math.Sqrt(Math.Max(0, (1 + Point.Dot(arrives, leaves)) / 2));
        List<Point> wedge = [corner, one, other];
        var outward = arrives.Left + leaves.Left;
        if (pen.Join == LineJoin.Miter && cosine * pen.MiterLimit >= 1 && outward.Length > 1e-9)
            wedge.Insert(2, corner + side / cosine / outward.Length * outward);
        strips.Add(Forward(wedge));
    }

    // All areas run the same way around, so that none undoes another.
    private static List<Point> Forward(List<Point> points)
    {
        var area = 0.0;
        for (var i = 0; i < points.Count; i++)
            area += Point.Cross(points[i], points[(i + 1) % points.Count]);
        if (area < 0)
            points.Reverse();
        return points;
    }

    private static Point[] Circle(Point centre, double radius, double tolerance)
    {
        var pieces = (int)Math.Clamp(Math.Ceiling(Math.PI / Math.Acos(Math.Max(0, 1 - tolerance / Math.Max(radius, tolerance)))), 6, 64);
        return [.. Enumerable.Range(0, pieces).Select(piece => centre + Point.Polar(360.0 * piece / pieces, radius))];
    }

    private static IReadOnlyList<Contour> Dashed(IReadOnlyList<Contour> contours, Pen pen)
    {
        if (pen.Dashes.Count == 0 || !(pen.Dashes.Sum() > 0) || pen.Dashes.Any(length => !(length >= 0)))
            return contours;
        var dashes = new List<Contour>();
        foreach (var contour in contours)
        {
            var (part, left) = Phase(pen);
            List<Point> dash = [contour.Points[0]];
            IEnumerable<Point> ends = contour.IsClosed ? contour.Points.Skip(1).Append(contour.Points[0]) : contour.Points.Skip(1);
            var from = contour.Points[0];
            foreach (var to in ends)
            {
                for (var length = (to - from).Length; length > left && dashes.Count < MostDashes; length = (to - from).Length)
                {
                    from = Point.Between(from, to, left / length);
                    if (part % 2 == 0)
                        dashes.Add(new Contour([.. dash, from], IsClosed: false));
                    part = (part + 1) % (pen.Dashes.Count % 2 == 0 ? pen.Dashes.Count : 2 * pen.Dashes.Count);
                    left = pen.Dashes[part % pen.Dashes.Count];
                    if (left <= 0 && part % 2 != 0)
                        left = 1e-6;
                    dash = [from];
                }
                left -= (to - from).Length;
                dash.Add(to);
                from = to;
            }
            if (part % 2 == 0 && dash.Count > 1)
                dashes.Add(new Contour(dash, IsClosed: false));
        }
        return dashes;
    }

    private static (int Part, double Left) Phase(Pen pen)
    {
        var cycle = pen.Dashes.Sum() * (pen.Dashes.Count % 2 == 0 ? 1 : 2);
        var phase = (pen.DashPhase % cycle + cycle) % cycle;
        var part = 0;
        while (phase >= pen.Dashes[part % pen.Dashes.Count] && part < 2 * pen.Dashes.Count)
            phase -= pen.Dashes[part++ % pen.Dashes.Count];
        return (part, Math.Max(1e-6, pen.Dashes[part % pen.Dashes.Count] - phase));
    }
}
