using Pellucid.Pictures;

namespace Pellucid.Drawings;

/// <summary>
/// Whether one part of a drawing, such as a horn, is attached to another, such as a head: it touches it, it sticks out of it, and it
/// points away from it, upwards. Lengths are in centimetres.
/// </summary>
/// <param name="Gap">Least distance of the two; 0 where they meet. Half a line's width belongs to what it draws.</param>
/// <param name="Diagonal">Of the other part's bounds.</param>
/// <param name="Covered">Share of the part that lies within the other: of its area, or of its length if nothing of it is filled.</param>
/// <param name="Tip">The point of the part that is farthest from the other's middle.</param>
/// <param name="StandsOut">How far the tip is beyond the other's edge in that direction.</param>
/// <param name="IsUpward">Whether the tip lies in the half above the other's middle.</param>
public sealed record Attachment(double Gap, double Diagonal, double Covered, (double X, double Y) Tip, double StandsOut, bool IsUpward)
{
    private const double WidestGap = 0.03, MostCovered = 0.5;
    private const int Raster = 512, LengthSamples = 64, MostPairs = 4_000_000;

    /// <summary>Gap, as a share of the diagonal.</summary>
    public double GapShare => Diagonal > 0 ? Gap / Diagonal : 0;

    /// <summary>The gap is at most 3 % of the other part's diagonal.</summary>
    public bool Touches => GapShare <= WidestGap;

    /// <summary>At most half of it is covered.</summary>
    public bool SticksOut => Covered <= MostCovered;

    /// <summary>Its tip is beyond the other's edge and in the half above.</summary>
    public bool PointsAway => StandsOut > 0 && IsUpward;

    /// <summary>All three.</summary>
    public bool IsAttached => Touches && SticksOut && PointsAway;

    /// <summary>Looks at two parts of a drawing.</summary>
    /// <param name="part">What may be attached.</param>
    /// <param name="to">What it may be attached to.</param>
    /// <exception cref="ArgumentException">One of them has no lines.</exception>
    public static Attachment Of(IReadOnlyList<DrawnShape> part, IReadOnlyList<DrawnShape> to)
    {
        ArgumentNullException.ThrowIfNull(part);
        ArgumentNullException.ThrowIfNull(to);
        var tolerance = 0.02;
        var (small, large) = (Body.Of(part, tolerance), Body.Of(to, tolerance));
        while ((long)small.Count * large.Count > MostPairs && tolerance < 2)
        {
            tolerance *= 2;
            (small, large) = (Body.Of(part, tolerance), Body.Of(to, tolerance));
        }
        if (small.Count == 0 || large.Count == 0)
            throw new ArgumentException("a part of a drawing that is looked at has no lines");
        var middle = large.Bounds.Centre;
        var tip = small.Points.MaxBy(point => (point - middle).Length);
        return new Attachment(small.Gap(large) / Point.Centimetre, large.Bounds.Diagonal / Point.Centimetre, CoveredBy(small, large),
            (tip.X / Point.Centimetre, tip.Y / Point.Centimetre), ((tip - middle).Length - large.Edge(middle, tip)) / Point.Centimetre,
            tip.Y > middle.Y);
    }

    private static double CoveredBy(Body part, Body other)
    {
        if (part.Filled.Count == 0)
        {
            var samples = part.Lines.SelectMany(line => Enumerable.Range(0, LengthSamples).Select(place =>
                (Weight: (line.To - line.From).Length, At: Point.Between(line.From, line.To, (place + 0.5) / LengthSamples)))).ToList();
            return samples.Sum(sample => sample.Weight) is var length && length > 0
                ? samples.Where(sample => other.Holds(sample.At)).Sum(sample => sample.Weight) / length : 0;
        }
        var bounds = part.Filled.SelectMany(area => area.Contours).SelectMany(contour => contour).Aggregate(Bounds.None,
            (all, point) => all.With(point));
        var (own, both) = (0.0, 0.0);
        var (mine, others) = (Areas(part, bounds), Areas(other, bounds));
        for (var row = 0; row < Raster; row++)
        {
            var (covered, beyond) = (Row(mine, row), Row(others, row));
            for (var column = 0; column < Raster; column++)
            {
                own += covered[column];
                both += Math.Min(covered[column], beyond[column]);
            }
        }
        return own > 0 ? both / own : 0;
    }

    private static List<Coverage> Areas(Body body, Bounds within)
    {
        var scale = (X: Raster / Math.Max(within.Width, 1e-9), Y: Raster / Math.Max(within.Height, 1e-9));
        return [.. body.Filled.Select(area => new Coverage(area.Contours.Select(contour => (IReadOnlyList<(double, double)>)
            [.. contour.Select(point => ((point.X - within.Left) * scale.X, (within.Top - point.Y) * scale.Y))]), area.EvenOdd, Raster))];
    }

    private static float[] Row(List<Coverage> areas, int row)
    {
        var most = new float[Raster];
        foreach (var area in areas)
        {
            var shares = area.Row(row);
            for (var column = 0; column < Raster; column++)
                most[column] = Math.Max(most[column], shares[column]);
        }
        return most;
    }
}
