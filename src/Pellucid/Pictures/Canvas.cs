namespace Pellucid.Pictures;

/// <summary>
/// Pixels that shapes are laid over. How much of a pixel a shape covers follows from the distance of the pixel's centre
/// to the shape's edge, so that edges are smooth and a line's ends and joints are round.
/// </summary>
internal sealed class Canvas
{
    private const int Channels = 3;

    private readonly byte[] _pixels;
    private float[] _coverage = [];

    /// <summary>A canvas of one colour.</summary>
    public Canvas(int width, int height, string ground)
    {
        (Width, Height, _pixels) = (width, height, new byte[width * height * Channels]);
        var colour = Parse(ground);
        for (var i = 0; i < _pixels.Length; i++)
            _pixels[i] = colour[i % Channels];
    }

    public int Width { get; }

    public int Height { get; }

    /// <summary>A row from the top: red, green and blue of each pixel.</summary>
    public ReadOnlySpan<byte> Row(int y) => _pixels.AsSpan(y * Width * Channels, Width * Channels);

    /// <summary>The same, to be painted over.</summary>
    public Span<byte> Pixels(int y) => _pixels.AsSpan(y * Width * Channels, Width * Channels);

    /// <summary>Lays a colour over a pixel, in the numbers that the file holds (sRGB), as browsers do.</summary>
    public static void Blend(Span<byte> pixel, ReadOnlySpan<byte> ink, double share)
    {
        for (var channel = 0; channel < Channels; channel++)
            pixel[channel] = (byte)Math.Round(pixel[channel] + share * (ink[channel] - pixel[channel]));
    }

    /// <summary>A rectangle, with corners of a radius.</summary>
    public void FillBox(double x, double y, double width, double height, double corner, string colour, double opacity)
    {
        corner = Math.Min(corner, Math.Min(width, height) / 2);
        var area = Area(x, y, x + width, y + height);
        for (var row = area.Top; row < area.Bottom; row++)
        for (var column = area.Left; column < area.Right; column++)
            _coverage[area.Index(column, row)] = (float)(corner > 0
                ? Within(-RoundedDistance(column + 0.5 - x - width / 2, row + 0.5 - y - height / 2, width / 2, height / 2, corner))
                : Overlap(column, x, x + width) * Overlap(row, y, y + height));
        Blend(area, colour, opacity);
    }

    /// <summary>What lies within closed lines through points, each pixel by the share of it that is covered.</summary>
    public void Fill(IEnumerable<IReadOnlyList<(double X, double Y)>> contours, bool evenOdd, string colour, double opacity)
    {
        var (area, ink) = (new Coverage(contours, evenOdd, Width), Parse(colour));
        for (var row = (int)Math.Max(0, Math.Floor(area.Top)); row < Math.Min(Height, area.Bottom); row++)
        {
            var shares = area.Row(row);
            var pixels = Pixels(row);
            for (var column = 0; column < Width; column++)
                if (shares[column] > 0)
                    Blend(pixels.Slice(column * Channels, Channels), ink, shares[column] * opacity);
        }
    }

    /// <summary>A line through points; where it crosses itself it is no darker.</summary>
    public void Line(IReadOnlyList<(double X, double Y)> points, double thickness, string colour, double opacity) =>
        Lines([points], thickness, colour, opacity);

    /// <summary>Several lines as one shape, such as the strokes of a letter.</summary>
    public void Lines(IReadOnlyList<IReadOnlyList<(double X, double Y)>> lines, double thickness, string colour, double opacity)
    {
        var all = lines.SelectMany(line => line).ToList();
        if (all.Count == 0)
            return;
        var reach = Math.Max(thickness, 1) / 2 + 0.5;
        var area = Area(all.Min(p => p.X) - reach, all.Min(p => p.Y) - reach, all.Max(p => p.X) + reach, all.Max(p => p.Y) + reach);
        foreach (var line in lines)
            for (var i = 0; i < line.Count; i++)
                Segment(area, line[Math.Max(0, i - 1)], line[i], thickness, reach);
        Blend(area, colour, opacity);
    }

    // A line thinner than a pixel covers a pixel's width, but less of it.
    private void Segment(PixelArea area, (double X, double Y) from, (double X, double Y) to, double thickness, double reach)
    {
        var (half, most) = (Math.Max(thickness, 1) / 2, Math.Min(thickness, 1));
        var part = area.Clip(Math.Min(from.X, to.X) - reach, Math.Min(from.Y, to.Y) - reach,
            Math.Max(from.X, to.X) + reach, Math.Max(from.Y, to.Y) + reach);
        var (dx, dy) = (to.X - from.X, to.Y - from.Y);
        var square = dx * dx + dy * dy;
        for (var row = part.Top; row < part.Bottom; row++)
        for (var column = part.Left; column < part.Right; column++)
        {
            var (px, py) = (column + 0.5 - from.X, row + 0.5 - from.Y);
            var along = square > 0 ? Math.Clamp((px * dx + py * dy) / square, 0, 1) : 0;
            var (ox, oy) = (px - along * dx, py - along * dy);
            ref var covered = ref _coverage[area.Index(column, row)];
            covered = Math.Max(covered, (float)(most * Within(half - Math.Sqrt(ox * ox + oy * oy))));
        }
    }

    private static double RoundedDistance(double x, double y, double halfWidth, double halfHeight, double corner)
    {
        var (qx, qy) = (Math.Abs(x) - halfWidth + corner, Math.Abs(y) - halfHeight + corner);
        var (outX, outY) = (Math.Max(qx, 0), Math.Max(qy, 0));
        return Math.Sqrt(outX * outX + outY * outY) + Math.Min(Math.Max(qx, qy), 0) - corner;
    }

    private static double Within(double depth) => Math.Clamp(depth + 0.5, 0, 1);

    private static double Overlap(int pixel, double low, double high) => Math.Clamp(Math.Min(pixel + 1, high) - Math.Max(pixel, low), 0, 1);

    private PixelArea Area(double left, double top, double right, double bottom)
    {
        var area = new PixelArea(0, 0, Width, Height).Clip(left, top, right, bottom);
        var size = area.Count;
        if (_coverage.Length < size)
            _coverage = new float[size];
        Array.Clear(_coverage, 0, size);
        return area;
    }

    private void Blend(PixelArea area, string colour, double opacity)
    {
        var ink = Parse(colour);
        for (var row = area.Top; row < area.Bottom; row++)
        for (var column = area.Left; column < area.Right; column++)
        {
            var share = _coverage[area.Index(column, row)] * opacity;
            if (share <= 0)
                continue;
            Blend(_pixels.AsSpan((row * Width + column) * Channels, Channels), ink, share);
        }
    }

    // "#rrggbb".
    private static byte[] Parse(string colour) => Convert.FromHexString(colour.AsSpan(1));

    /// <summary>A rectangle of whole pixels; right and bottom are the first ones outside.</summary>
    private readonly record struct PixelArea(int Left, int Top, int Right, int Bottom)
    {
        public int Count => Math.Max(0, Right - Left) * Math.Max(0, Bottom - Top);

        public int Index(int column, int row) => (row - Top) * (Right - Left) + column - Left;

        public PixelArea Clip(double left, double top, double right, double bottom) => new(
            (int)Math.Floor(Math.Clamp(left, Left, Right)), (int)Math.Floor(Math.Clamp(top, Top, Bottom)),
            (int)Math.Ceiling(Math.Clamp(right, Left, Right)), (int)Math.Ceiling(Math.Clamp(bottom, Top, Bottom)));
    }
}
