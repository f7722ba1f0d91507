using System.Globalization;
using System.Net;
using System.Text;

namespace Pellucid.Drawings;

/// <summary>Shapes as SVG, curves as curves; one of its units is one of TeX's points.</summary>
internal sealed class DrawingSvg(Bounds bounds)
{
    private readonly StringBuilder _svg = new();
    private readonly Dictionary<IReadOnlyList<(Outline Outline, bool EvenOdd)>, int> _clips = [];
    private int _names;

    /// <summary>A page of it, on white.</summary>
    public string Write(IReadOnlyList<DrawnShape> shapes, string title)
    {
        var (width, height) = (N(bounds.Width), N(bounds.Height));
        _svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" "
            + $"width=\"{width}pt\" height=\"{height}pt\" role=\"img\" font-family=\"serif\">\n<title>{Escaped(title)}</title>\n"
            + $"<rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n");
        foreach (var shape in shapes)
            Shape(shape);
        return _svg.Append("</svg>\n").ToString();
    }

    private void Shape(DrawnShape shape)
    {
        var clip = shape.Clips.Count == 0 ? "" : $" clip-path=\"url(#c{Clip(shape.Clips)})\"";
        if (shape.Text is { } text)
        {
            var (x, y) = (N(text.Middle.X - bounds.Left), N(bounds.Top - text.Middle.Y));
            var turn = text.Degrees == 0 ? "" : $" transform=\"rotate({N(-text.Degrees)} {x} {y})\"";
            _svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{x}\" y=\"{y}\" font-size=\"{N(text.Size)}\" text-anchor=\"middle\" "
                + $"fill=\"{shape.TextColour}\"{Opacity("fill", shape.TextOpacity)}{turn}{clip}>{Escaped(text.Text)}</text>\n");
            return;
        }
        var fill = shape.Shade is { } shade ? $"url(#s{Gradient(shade)})" : shape.Fill?.ToString() ?? "none";
        _svg.Append(CultureInfo.InvariantCulture, $"<path d=\"{Path(shape.Outline)}\" fill=\"{fill}\"{Opacity("fill", shape.FillOpacity)}"
            + $"{(shape.EvenOdd ? " fill-rule=\"evenodd\"" : "")}{(shape.Pen is { } pen ? Line(pen) : "")}{clip}/>\n");
    }

    private static string Line(Pen pen)
    {
        var line = $" stroke=\"{pen.Colour}\" stroke-width=\"{N(pen.Width)}\" stroke-miterlimit=\"{N(pen.MiterLimit)}\"";
        if (pen.Dashes.Count > 0)
            line += $" stroke-dasharray=\"{string.Join(',', pen.Dashes.Select(N))}\" stroke-dashoffset=\"{N(pen.DashPhase)}\"";
        if (pen.Cap != LineCap.Butt)
            line += $" stroke-linecap=\"{(pen.Cap == LineCap.Round ? "round" : "square")}\"";
        if (pen.Join != LineJoin.Miter)
            line += $" stroke-linejoin=\"{(pen.Join == LineJoin.Round ? "round" : "bevel")}\"";
        return line + Opacity("stroke", pen.Opacity);
    }

    private string Path(Outline outline)
    {
        var path = new StringBuilder();
        string P(Point point) => $"{N(point.X - bounds.Left)} {N(bounds.Top - point.Y)}";
        foreach (var step in outline.Steps)
            path.Append(step.Kind switch
            {
                Stride.Move => $"M{P(step.To)}",
                Stride.Line => $"L{P(step.To)}",
                Stride.Curve => $"C{P(step.First)},{P(step.Second)},{P(step.To)}",
                _ => "Z",
            });
        return path.ToString();
    }

    // Each clip lies within the one before.
    private int Clip(IReadOnlyList<(Outline Outline, bool EvenOdd)> clips)
    {
        if (_clips.TryGetValue(clips, out var known))
            return known;
        var within = "";
        foreach (var (outline, evenOdd) in clips)
        {
            _svg.Append(CultureInfo.InvariantCulture, $"<clipPath id=\"c{++_names}\"{within}><path d=\"{Path(outline)}\""
                + $"{(evenOdd ? " clip-rule=\"evenodd\"" : "")}/></clipPath>\n");
            within = $" clip-path=\"url(#c{_names})\"";
        }
        return _clips[clips] = _names;
    }

    private int Gradient(Shade shade)
    {
        var name = ++_names;
        var start = shade.Kind switch
        {
            ShadeKind.Radial => "<radialGradient id=\"s{0}\" cx=\"0.5\" cy=\"0.5\" r=\"0.5\">",
            ShadeKind.Ball => $"<radialGradient id=\"s{{0}}\" cx=\"{N(0.5 - Shading.Light / 2)}\" cy=\"{N(0.5 - Shading.Light / 2)}\" "
                + $"r=\"{N(0.5 + Shading.Light / 2)}\">",
            _ => "<linearGradient id=\"s{0}\" x1=\"0\" y1=\"1\" x2=\"0\" y2=\"0\" "
                + $"gradientTransform=\"rotate({N(-shade.Angle)} 0.5 0.5)\">",
        };
        _svg.Append(start.Replace("{0}", name.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal));
        foreach (var (at, colour) in shade.Stops)
            _svg.Append(CultureInfo.InvariantCulture, $"<stop offset=\"{N(at)}\" stop-color=\"{colour}\"/>");
        _svg.Append(shade.Kind == ShadeKind.Axis ? "</linearGradient>\n" : "</radialGradient>\n");
        return name;
    }

    private static string Opacity(string what, double share) => share < 1 ? $" {what}-opacity=\"{N(share)}\"" : "";

    private static string N(double value) => Math.Round(value, 3).ToString("0.###", CultureInfo.InvariantCulture);

    private static string Escaped(string text) =>
        WebUtility.HtmlEncode(new string([.. text.Select(c => c is < ' ' or '\uFFFE' or '\uFFFF' ? '·' : c)]));
}
