namespace Pellucid.Drawings;

/// <summary>A shade over the bounds of a shape: its colour at each point.</summary>
internal sealed class Shading(Shade shade, Bounds bounds)
{
    /// <summary>Where the light of a ball is, from its middle, as parts of its radius.</summary>
    public const double Light = 0.3;

    /// <summary>The colour at a point of the paper.</summary>
    public Colour At(Point point)
    {
        var (x, y) = (bounds.Width > 0 ? 2 * (point.X - bounds.Centre.X) / bounds.Width : 0,
            bounds.Height > 0 ? 2 * (point.Y - bounds.Centre.Y) / bounds.Height : 0);
        return Of(shade.Kind switch
        {
            ShadeKind.Radial => new Point(x, y).Length,
            ShadeKind.Ball => FromLight(x + Light, y - Light),
            _ => 0.5 + Affine.Rotate(-shade.Angle).Turn(new Point(x, y)).Y / 2,
        });
    }

    private static double FromLight(double x, double y) => new Point(x, y).Length / (1 + Light);

    private Colour Of(double share)
    {
        var stops = shade.Stops;
        for (var i = 1; i < stops.Count; i++)
            if (share <= stops[i].At || i == stops.Count - 1)
                return Colour.Mix(stops[i].Colour, stops[i - 1].Colour,
                    Math.Clamp((share - stops[i - 1].At) / (stops[i].At - stops[i - 1].At), 0, 1));
        return stops[0].Colour;
    }
}
