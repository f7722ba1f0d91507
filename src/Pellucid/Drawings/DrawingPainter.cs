using Pellucid.Pictures;

namespace Pellucid.Drawings;

/// <summary>Paints shapes on a canvas, point by point of it: areas exactly covered, colours laid over each other in sRGB.</summary>
internal sealed class DrawingPainter
{
    private const double Tolerance = 0.05;
    private const int MostPixels = 40_000_000;

    private readonly Canvas _canvas;
    private readonly Bounds _bounds;
    private readonly double _scale;
    private readonly Dictionary<IReadOnlyList<(Outline Outline, bool EvenOdd)>, float[]> _masks = [];

    private DrawingPainter(Canvas canvas, Bounds bounds, double scale) => (_canvas, _bounds, _scale) = (canvas, bounds, scale);

    /// <summary>Shapes within bounds, on white.</summary>
    /// <exception cref="InvalidDataException">There would be more pixels than can be painted.</exception>
    public static Canvas Paint(IReadOnlyList<DrawnShape> shapes, Bounds bounds, double scale)
    {
        var (width, height) = (Math.Max(1, Math.Ceiling(bounds.Width * scale)), Math.Max(1, Math.Ceiling(bounds.Height * scale)));
        if (!(width * height <= MostPixels))
            throw new InvalidDataException($"a picture of {width} × {height} pixels cannot be painted; write it as SVG");
        var painter = new DrawingPainter(new Canvas((int)width, (int)height, "#ffffff"), bounds, scale);
        foreach (var shape in shapes)
            painter.Paint(shape);
        return painter._canvas;
    }

    private void Paint(DrawnShape shape)
    {
        var mask = shape.Clips.Count == 0 ? null : Mask(shape.Clips);
        var contours = shape.Outline.Flatten(Tolerance / _scale);
        if (shape.Fill is { } fill)
            Fill(contours.Select(contour => contour.Points), shape.EvenOdd, _ => fill, shape.FillOpacity, mask);
        else if (shape.Shade is { } shade)
            Fill(contours.Select(contour => contour.Points), shape.EvenOdd, new Shading(shade, shape.Outline.Bounds(0)).At,
                shape.FillOpacity, mask);
        if (shape.Pen is { } pen)
            Fill(Stroker.Strips(contours, pen, Tolerance / _scale), evenOdd: false, _ => pen.Colour, pen.Opacity, mask);
        if (shape.Text is { } text)
            Fill(Strokes(text), evenOdd: false, _ => shape.TextColour, shape.TextOpacity, mask);
    }

    // Letters of our own alphabet, as narrow as their width has been reckoned.
    private List<IReadOnlyList<Point>> Strokes(DrawnText text)
    {
        var up = text.Size / Letters.Em;
        var along = text.Width / Letters.Width(text.Text);
        var (turn, start) = (Affine.Rotate(text.Degrees), -text.Width / 2);
        var lines = new List<Contour>();
        foreach (var letter in Letters.Of(text.Text))
        {
            foreach (var stroke in letter.Strokes)
                lines.Add(new Contour([.. stroke.Select(point =>
                    text.Middle + turn.Turn(new Point(start + along * (Letters.Bearing + point.X), up * point.Y)))], IsClosed: false));
            start += along * letter.Advance;
        }
        return Stroker.Strips(lines, new Pen(Colour.Black, Letters.Thickness * along, 1, [], 0, LineCap.Round, LineJoin.Round, 10),
            Tolerance / _scale);
    }

    private void Fill(IEnumerable<IReadOnlyList<Point>> areas, bool evenOdd, Func<Point, Colour> colour, double opacity, float[]? mask)
    {
        var area = new Coverage(areas.Select(Pixels), evenOdd, _canvas.Width);
        Span<byte> ink = stackalloc byte[3];
        for (var row = (int)Math.Max(0, Math.Floor(area.Top)); row < Math.Min(_canvas.Height, area.Bottom); row++)
        {
            var shares = area.Row(row);
            var pixels = _canvas.Pixels(row);
            for (var column = 0; column < _canvas.Width; column++)
            {
                var share = shares[column] * opacity * (mask is null ? 1 : mask[row * _canvas.Width + column]);
                if (share <= 0)
                    continue;
                var own = colour(Paper(column + 0.5, row + 0.5));
                (ink[0], ink[1], ink[2]) = (Colour.Byte(own.Red), Colour.Byte(own.Green), Colour.Byte(own.Blue));
                Canvas.Blend(pixels.Slice(3 * column, 3), ink, share);
            }
        }
    }

    private float[] Mask(IReadOnlyList<(Outline Outline, bool EvenOdd)> clips)
    {
        if (_masks.TryGetValue(clips, out var mask))
            return mask;
        if (_masks.Count > 4)
            _masks.Clear();
        mask = new float[_canvas.Width * _canvas.Height];
        Array.Fill(mask, 1);
        foreach (var (outline, evenOdd) in clips)
        {
            var area = new Coverage(outline.Flatten(Tolerance / _scale).Select(contour => Pixels(contour.Points)), evenOdd, _canvas.Width);
            for (var row = 0; row < _canvas.Height; row++)
            {
                var shares = area.Row(row);
                for (var column = 0; column < _canvas.Width; column++)
                    mask[row * _canvas.Width + column] *= shares[column];
            }
        }
        return _masks[clips] = mask;
    }

    private IReadOnlyList<(double X, double Y)> Pixels(IReadOnlyList<Point> points) =>
        [.. points.Select(point => ((point.X - _bounds.Left) * _scale, (_bounds.Top - point.Y) * _scale))];

    private Point Paper(double x, double y) => new(_bounds.Left + x / _scale, _bounds.Top - y / _scale);
}
