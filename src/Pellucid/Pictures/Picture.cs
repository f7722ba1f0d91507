using System.Globalization;
using System.Net;
using System.Text;

namespace Pellucid.Pictures;

/// <summary>One mark of a picture; opacity lets the ground show through, so that one number serves light and dark.</summary>
/// <param name="Ink">What it is drawn in.</param>
/// <param name="Opacity">0 to 1.</param>
public abstract record Mark(Ink Ink, double Opacity);

/// <summary>A filled rectangle, with a tip that shows on hovering.</summary>
public sealed record Box(double X, double Y, double Width, double Height, Ink Ink, double Opacity = 1, string? Tip = null,
    double Corner = 0) : Mark(Ink, Opacity);

/// <summary>A line through points; smooth ones are one cubic Bézier curve through four.</summary>
public sealed record Stroke(IReadOnlyList<(double X, double Y)> Points, Ink Ink, double Thickness = 1, double Opacity = 1,
    bool Smooth = false, string? Tip = null) : Mark(Ink, Opacity);

/// <summary>An area within closed lines through points, in a colour of its own on light and dark ground alike.</summary>
/// <param name="Contours">The lines; each is closed.</param>
/// <param name="Colour">Such as <c>#ff8000</c>.</param>
/// <param name="Opacity">0 to 1.</param>
/// <param name="EvenOdd">Whether a hole is where lines lie within each other, whichever way they run.</param>
public sealed record Region(IReadOnlyList<IReadOnlyList<(double X, double Y)>> Contours, string Colour, double Opacity = 1,
    bool EvenOdd = false) : Mark(Ink.Text, Opacity);

/// <summary>Where a text stands relative to its point.</summary>
public enum Align
{
    /// <summary>It starts there.</summary>
    Start,

    /// <summary>Its middle is there.</summary>
    Middle,

    /// <summary>It ends there.</summary>
    End,
}

/// <summary>A text; an upright one reads from bottom to top.</summary>
public sealed record Label(double X, double Y, string Text, double Size = 12, Align Align = Align.Start, Ink Ink = Ink.Text,
    bool Upright = false) : Mark(Ink, 1);

/// <summary>A picture as a list of marks, in drawing order.</summary>
/// <param name="Width">In pixels.</param>
/// <param name="Height">In pixels.</param>
/// <param name="Title">For readers and screen readers.</param>
/// <param name="Marks">What is drawn.</param>
public sealed record Picture(double Width, double Height, string Title, IReadOnlyList<Mark> Marks)
{
    private const string Fonts = "ui-sans-serif,system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif";

    /// <summary>Several pictures as one, from top to bottom.</summary>
    public static Picture Stack(IReadOnlyList<Picture> pictures)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        if (pictures.Count == 1)
            return pictures[0];
        var (marks, y) = (new List<Mark>(), 0.0);
        foreach (var picture in pictures)
        {
            var down = y;
            marks.AddRange(picture.Marks.Select(mark => Moved(mark, 0, down)));
            y += picture.Height;
        }
        return new Picture(pictures.Max(picture => picture.Width), y, pictures[0].Title, marks);
    }

    /// <summary>Several pictures as one, from left to right.</summary>
    public static Picture Beside(IReadOnlyList<Picture> pictures)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        var (marks, x) = (new List<Mark>(), 0.0);
        foreach (var picture in pictures)
        {
            var right = x;
            marks.AddRange(picture.Marks.Select(mark => Moved(mark, right, 0)));
            x += picture.Width;
        }
        return new Picture(x, pictures.Max(picture => picture.Height), pictures[0].Title, marks);
    }

    /// <summary>Width that a text takes, roughly: Chinese characters and pictographs fill a square.</summary>
    public static double TextWidth(string text, double size = 12) =>
        size * (text ?? "").EnumerateRunes().Sum(rune => rune.Value >= 0x2E80 ? 1 : 0.58);

    /// <summary>As SVG 1.1 that follows the reader's choice of light or dark, or is one of them.</summary>
    public string ToSvg(bool? dark = null)
    {
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {N(Width)} {N(Height)}\" "
            + $"width=\"{N(Width)}\" height=\"{N(Height)}\" role=\"img\" font-family=\"{Fonts}\">\n");
        var style = dark is { } one ? Style(one) : $"{Style(dark: false)}@media (prefers-color-scheme: dark){{{Style(dark: true)}}}";
        svg.Append(CultureInfo.InvariantCulture, $"<title>{Escaped(Title)}</title>\n<style>{style}</style>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<rect class=\"f0\" width=\"{N(Width)}\" height=\"{N(Height)}\"/>\n");
        foreach (var mark in Marks)
            svg.Append(Element(mark)).Append('\n');
        return svg.Append("</svg>\n").ToString();
    }

    /// <summary>As PNG, painted with strokes of our own for letters; a character they lack shows as its code in a box.</summary>
    /// <param name="stream">Where it goes.</param>
    /// <param name="dark">On dark ground.</param>
    /// <param name="sharpness">Pixels for each unit: 2 is sharp on screens of today.</param>
    /// <exception cref="InvalidDataException">There would be more pixels than can be painted.</exception>
    public void WritePng(Stream stream, bool dark = false, double sharpness = 2)
    {
        ArgumentNullException.ThrowIfNull(stream);
        PngFile.Write(stream, Painter.Paint(this, sharpness, dark), sharpness);
    }

    private static Mark Moved(Mark mark, double right, double down) => mark switch
    {
        Box box => box with { X = box.X + right, Y = box.Y + down },
        Label label => label with { X = label.X + right, Y = label.Y + down },
        Stroke stroke => stroke with { Points = [.. stroke.Points.Select(point => (point.X + right, point.Y + down))] },
        Region region => region with
        {
            Contours = [.. region.Contours.Select(contour => contour.Select(point => (point.X + right, point.Y + down)).ToArray())],
        },
        _ => mark,
    };

    private static string Style(bool dark)
    {
        var style = new StringBuilder();
        foreach (var ink in Enum.GetValues<Ink>())
            style.Append(CultureInfo.InvariantCulture,
                $".f{(int)ink}{{fill:{ink.Colour(dark)}}}.s{(int)ink}{{stroke:{ink.Colour(dark)};fill:none}}");
        return style.ToString();
    }

    private static string Element(Mark mark) => mark switch
    {
        Box box => Tipped(box.Tip, $"<rect class=\"f{(int)box.Ink}\" x=\"{N(box.X)}\" y=\"{N(box.Y)}\" width=\"{N(box.Width)}\" "
            + $"height=\"{N(box.Height)}\"{(box.Corner > 0 ? $" rx=\"{N(box.Corner)}\"" : "")}{Opaque("fill", box)}", "rect"),
        Stroke stroke => Tipped(stroke.Tip, $"<path class=\"s{(int)stroke.Ink}\" stroke-width=\"{N(stroke.Thickness)}\" "
            + $"d=\"{Path(stroke)}\"{Opaque("stroke", stroke)}", "path"),
        Region region => $"<path fill=\"{region.Colour}\"{(region.EvenOdd ? " fill-rule=\"evenodd\"" : "")} "
            + $"d=\"{string.Concat(region.Contours.Select(Path))}\"{Opaque("fill", region)}/>",
        Label label => $"<text class=\"f{(int)label.Ink}\" font-size=\"{N(label.Size)}\" {Place(label)}{Anchor(label.Align)} "
            + $"xml:space=\"preserve\">{Escaped(label.Text)}</text>",
        _ => throw new ArgumentException($"a mark of type {mark.GetType().Name} cannot be drawn"),
    };

    private static string Tipped(string? tip, string start, string name) =>
        tip is null ? start + "/>" : $"{start}><title>{Escaped(tip)}</title></{name}>";

    private static string Opaque(string what, Mark mark) =>
        mark.Opacity < 1 ? $" {what}-opacity=\"{mark.Opacity.ToString("0.###", CultureInfo.InvariantCulture)}\"" : "";

    private static string Path(Stroke stroke)
    {
        var points = stroke.Points.Select(point => $"{N(point.X)} {N(point.Y)}").ToArray();
        return stroke.Smooth ? $"M{points[0]}C{string.Join(',', points[1..4])}" : $"M{string.Join('L', points)}";
    }

    private static string Path(IReadOnlyList<(double X, double Y)> contour) =>
        $"M{string.Join('L', contour.Select(point => $"{N(point.X)} {N(point.Y)}"))}Z";

    private static string Place(Label label) =>
        label.Upright ? $"transform=\"translate({N(label.X)} {N(label.Y)}) rotate(-90)\"" : $"x=\"{N(label.X)}\" y=\"{N(label.Y)}\"";

    private static string Anchor(Align align) =>
        align switch { Align.Middle => " text-anchor=\"middle\"", Align.End => " text-anchor=\"end\"", _ => "" };

    private static string N(double value) => Math.Round(value, 2).ToString("0.##", CultureInfo.InvariantCulture);

    // Besides what HTML escapes: characters that XML cannot hold at all.
    private static string Escaped(string text) =>
        WebUtility.HtmlEncode(new string([.. text.Select(c => c is < ' ' or '\uFFFE' or '\uFFFF' ? '·' : c)]));
}
