using Pellucid.Pictures;

namespace Pellucid.Drawings;

/// <summary>Something of a file that is not understood: it is not drawn.</summary>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1.</param>
/// <param name="Message">What it is, by its name.</param>
public sealed record TikzProblem(int Line, int Column, string Message)
{
    /// <summary>In one line.</summary>
    public override string ToString() => $"line {Line}, column {Column}: {Message}";
}

/// <summary>
/// A drawing in the language of TikZ (Tantau): paths of lines, curves, circles, arcs, grids and plots; colours, shades, transparency;
/// nodes, scopes, styles, loops, and commands that the file defines. What is not understood is left out and told by name.
/// </summary>
public sealed class TikzDrawing
{
    internal TikzDrawing(IReadOnlyList<DrawnShape> shapes, IReadOnlyList<TikzProblem> problems, int statements, int understood) =>
        (Shapes, Problems, Statements, Understood) = (shapes, problems, statements, understood);

    /// <summary>What is drawn, from the ground upwards.</summary>
    public IReadOnlyList<DrawnShape> Shapes { get; }

    /// <summary>What is not understood, in the order of the file; of very many, the first hundred.</summary>
    public IReadOnlyList<TikzProblem> Problems { get; }

    /// <summary>Commands of paths, nodes and definitions that the file holds, each counted once however often a loop runs it.</summary>
    public int Statements { get; }

    /// <summary>Those that are understood.</summary>
    public int Understood { get; }

    /// <summary>Reads a drawing: a picture, a document with one, or commands alone. A second picture is not drawn, and told.</summary>
    /// <exception cref="InvalidDataException">It draws more than 10,000 pieces of lines, its loops take more than 10,000 steps,
    /// or its commands stand for others more than 50 deep.</exception>
    public static TikzDrawing Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new TikzReader(text).Read();
    }

    /// <summary>Shapes whose comment holds a word, whatever its case: "Draw the horn" is part of the horn.</summary>
    public IReadOnlyList<DrawnShape> Part(string word) =>
        [.. Shapes.Where(shape => shape.Part.Contains(word, StringComparison.OrdinalIgnoreCase))];

    /// <summary>Shapes whose command begins on one of some lines, from 1.</summary>
    public IReadOnlyList<DrawnShape> OfLines(int first, int last) =>
        [.. Shapes.Where(shape => shape.Line >= first && shape.Line <= last)];

    /// <summary>Width and height in centimetres, of what is drawn and half its lines' width around, as TikZ reckons a picture.</summary>
    public (double Width, double Height) Size => Bounds is var all && all.IsNone ? (0, 0)
        : (all.Width / Point.Centimetre, all.Height / Point.Centimetre);

    internal Bounds Bounds => Shapes.Select(shape => shape.Bounds).Aggregate(Drawings.Bounds.None, (all, one) => all.With(one));

    // A drawing of nothing is an empty square.
    private Bounds Paper => Bounds is { IsNone: false } all ? all : new Bounds(0, 0, 1, 1);

    /// <summary>As SVG 1.1 on white, curves as curves.</summary>
    /// <param name="title">For readers and screen readers.</param>
    public string ToSvg(string title = "")
    {
        ArgumentNullException.ThrowIfNull(title);
        return new DrawingSvg(Paper).Write(Shapes, title);
    }

    /// <summary>As PNG on white. Areas cover each pixel by its exact share; letters are strokes of the library's own.</summary>
    /// <param name="stream">Where it goes.</param>
    /// <param name="pixelsPerCentimetre">How large it is painted.</param>
    /// <exception cref="InvalidDataException">There would be more pixels than can be painted.</exception>
    public void WritePng(Stream stream, double pixelsPerCentimetre = 100)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var scale = pixelsPerCentimetre / Point.Centimetre;
        PngFile.Write(stream, DrawingPainter.Paint(Shapes, Paper, scale), sharpness: 2);
    }

    /// <summary>As marks of a picture, within a square of it.</summary>
    /// <param name="x">Its left edge.</param>
    /// <param name="y">Its upper edge.</param>
    /// <param name="side">Its width and height.</param>
    /// <exception cref="InvalidDataException">The drawing has shades, clips or text, which pictures do not.</exception>
    public IReadOnlyList<Mark> ToMarks(double x, double y, double side)
    {
        if (Shapes.Any(shape => shape.Shade is not null || shape.Clips.Count > 0 || shape.Text is not null))
            throw new InvalidDataException("a drawing with shades, clips or text has no marks; write it as SVG or PNG");
        var paper = Paper;
        var scale = side / Math.Max(paper.Width, paper.Height);
        var (left, top) = (x + (side - scale * paper.Width) / 2, y + (side - scale * paper.Height) / 2);
        (double X, double Y)[] Placed(IReadOnlyList<Point> points) =>
            [.. points.Select(point => (left + scale * (point.X - paper.Left), top + scale * (paper.Top - point.Y)))];
        var marks = new List<Mark>();
        foreach (var shape in Shapes)
        {
            var contours = shape.Outline.Flatten(0.1 / scale);
            if (shape.Fill is { } fill)
                marks.Add(new Region([.. contours.Select(contour => Placed(contour.Points))], fill.ToString(), shape.FillOpacity,
                    shape.EvenOdd));
            if (shape.Pen is { } pen)
                marks.Add(new Region([.. Stroker.Strips(contours, pen, 0.1 / scale).Select(Placed)], pen.Colour.ToString(), pen.Opacity));
        }
        return marks;
    }
}
