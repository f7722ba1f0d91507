namespace Pellucid.Drawings;

/// <summary>Text of a drawing.</summary>
/// <param name="Text">One line of it.</param>
/// <param name="Middle">The middle of its line, on which letters stand.</param>
/// <param name="Size">Of its letters, in points.</param>
/// <param name="Degrees">How far it is turned.</param>
/// <param name="Width">That it takes.</param>
internal sealed record DrawnText(string Text, Point Middle, double Size, double Degrees, double Width);

/// <summary>One thing that is drawn: an outline that is filled, shaded or stroked, or a line of text.</summary>
public sealed class DrawnShape
{
    internal DrawnShape(string part, int line) => (Part, Line) = (part, line);

    /// <summary>What the comment above its command calls it, such as <c>Horn</c>; empty where there is none.</summary>
    public string Part { get; }

    /// <summary>Of the file, from 1, where its command begins.</summary>
    public int Line { get; }

    internal Outline Outline { get; init; } = new();

    internal Colour? Fill { get; init; }

    internal double FillOpacity { get; init; } = 1;

    internal Shade? Shade { get; init; }

    internal Pen? Pen { get; init; }

    internal bool EvenOdd { get; init; }

    internal DrawnText? Text { get; init; }

    internal Colour TextColour { get; init; }

    internal double TextOpacity { get; init; } = 1;

    /// <summary>Outlines outside of which nothing is seen, each with its rule.</summary>
    internal IReadOnlyList<(Outline Outline, bool EvenOdd)> Clips { get; init; } = [];

    internal bool IsFilled => Fill is not null || Shade is not null;

    /// <summary>How far its line reaches beyond its outline.</summary>
    internal double Reach => Pen is { } pen ? pen.Width / 2 : 0;

    internal Bounds Bounds => Text is { } text
        ? Drawings.Bounds.None.With(text.Middle, text.Width / 2 * Math.Abs(Math.Cos(text.Degrees * Math.PI / 180)))
            .With(text.Middle + Point.Polar(text.Degrees + 90, 0.75 * text.Size)) : Outline.Bounds(Reach);
}
