namespace Pellucid.Pictures;

/// <summary>Marks of a picture on a canvas.</summary>
internal sealed class Painter(Canvas canvas, double sharpness, bool dark)
{
    private const int MostPixels = 200_000_000, CurvePieces = 48;

    /// <summary>A picture as pixels.</summary>
    /// <param name="picture">What is painted.</param>
    /// <param name="sharpness">Pixels for each unit of the picture.</param>
    /// <param name="dark">Whether on dark ground.</param>
    public static Canvas Paint(Picture picture, double sharpness, bool dark)
    {
        var (width, height) = (Math.Ceiling(picture.Width * sharpness), Math.Ceiling(picture.Height * sharpness));
        if (!(width >= 1 && height >= 1 && width * height <= MostPixels))
            throw new InvalidDataException($"a picture of {width} × {height} pixels cannot be painted; write it as SVG");
        var canvas = new Canvas((int)width, (int)height, Ink.Ground.Colour(dark));
        var painter = new Painter(canvas, sharpness, dark);
        foreach (var mark in picture.Marks)
            painter.Paint(mark);
        return canvas;
    }

    private void Paint(Mark mark)
    {
        var colour = mark.Ink.Colour(dark);
        switch (mark)
        {
            case Box box:
                var ((x, y), (width, height)) = (Scaled((box.X, box.Y)), Scaled((box.Width, box.Height)));
                canvas.FillBox(x, y, width, height, box.Corner * sharpness, colour, box.Opacity);
                break;
            case Region region:
                canvas.Fill(region.Contours.Select(contour => (IReadOnlyList<(double, double)>)[.. contour.Select(Scaled)]),
                    region.EvenOdd, region.Colour, region.Opacity);
                break;
            case Stroke stroke:
                var points = stroke.Smooth ? Curve(stroke.Points) : stroke.Points;
                canvas.Line([.. points.Select(Scaled)], stroke.Thickness * sharpness, colour, stroke.Opacity);
                break;
            case Label label:
                Paint(label, colour);
                break;
        }
    }

    // A letter at a time, so that strokes of one never add to those of another.
    private void Paint(Label label, string colour)
    {
        var scale = label.Size / Letters.Em;
        var along = -scale * Letters.Width(label.Text) * label.Align switch { Align.Middle => 0.5, Align.End => 1, _ => 0 };
        foreach (var letter in Letters.Of(label.Text))
        {
            var start = along + scale * Letters.Bearing;
            (double, double)[] Placed(IReadOnlyList<(double X, double Y)> stroke) =>
                [.. stroke.Select(point => Place(label, start + scale * point.X, scale * point.Y))];
            canvas.Lines([.. letter.Strokes.Select(Placed)], Letters.Thickness * scale * sharpness, colour, label.Opacity);
            along += scale * letter.Advance;
        }
    }

    private (double X, double Y) Place(Label label, double along, double up) =>
        Scaled(label.Upright ? (label.X - up, label.Y - along) : (label.X + along, label.Y - up));

    private (double X, double Y) Scaled((double X, double Y) point) => (point.X * sharpness, point.Y * sharpness);

    // Bézier's cubic through four points, as a line of many.
    private static IReadOnlyList<(double X, double Y)> Curve(IReadOnlyList<(double X, double Y)> p)
    {
        var line = new List<(double X, double Y)>();
        for (var piece = 0; piece <= CurvePieces; piece++)
        {
            var t = (double)piece / CurvePieces;
            var (a, b, c, d) = ((1 - t) * (1 - t) * (1 - t), 3 * t * (1 - t) * (1 - t), 3 * t * t * (1 - t), t * t * t);
            line.Add((a * p[0].X + b * p[1].X + c * p[2].X + d * p[3].X, a * p[0].Y + b * p[1].Y + c * p[2].Y + d * p[3].Y));
        }
        return line;
    }
}
