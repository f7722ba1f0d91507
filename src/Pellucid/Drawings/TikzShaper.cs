namespace Pellucid.Drawings;

/// <summary>Turns what a statement has drawn into shapes.</summary>
internal sealed class TikzShaper(string part, int line, IReadOnlyList<(Outline Outline, bool EvenOdd)> clips)
{
    /// <summary>A path, with the tips of its line.</summary>
    public IEnumerable<DrawnShape> Shapes(TikzState state, Outline outline)
    {
        if (outline.IsEmpty || !(state.Draws || state.Fills || state.Shades))
            yield break;
        yield return new DrawnShape(part, line)
        {
            Outline = outline, Clips = clips, EvenOdd = state.EvenOdd, FillOpacity = state.FillOpacity,
            Fill = state.Fills && !state.Shades ? state.Filling : null,
            Shade = state.Shades ? state.Shade : null,
            Pen = state.Draws ? state.Pen : null,
        };
        if (!state.Draws || outline.Steps[^1].Kind == Stride.Close || state is { StartTip: Tip.None, EndTip: Tip.None }
            || outline.Flatten(0.05) is not { Count: > 0 } contours)
            yield break;
        var (first, last) = (contours[0].Points, contours[^1].Points);
        var (start, end) = (Meant(state, state.StartTip), Meant(state, state.EndTip));
        if (first.Count > 1 && start != Tip.None)
            yield return OfTip(state, start, first[0], first[0] - first[1]);
        if (last.Count > 1 && end != Tip.None)
            yield return OfTip(state, end, last[^1], last[^1] - last[^2]);
    }

    /// <summary>A node's border and its text.</summary>
    public IEnumerable<DrawnShape> Shapes(PlacedNode node)
    {
        foreach (var shape in Shapes(node.State with { StartTip = Tip.None, EndTip = Tip.None }, RoundedCorners.Of(node.Border)))
            yield return shape;
        foreach (var text in node.Lines)
            yield return new DrawnShape(part, line)
            {
                Text = text, TextColour = node.State.TextColour ?? node.State.Colour, TextOpacity = node.State.TextOpacity, Clips = clips,
            };
    }

    private static Tip Meant(TikzState state, Tip tip) => tip == Tip.Usual ? state.UsualTip : tip;

    // A tip grows with its line: of the standard width it is some 4 points long.
    private DrawnShape OfTip(TikzState state, Tip tip, Point at, Point direction)
    {
        var ahead = direction.Length > 0 ? 1 / direction.Length * direction : new Point(1, 0);
        var (length, half) = (2.4 + 4 * state.LineWidth, 1.4 + 2 * state.LineWidth);
        var (left, right) = (at - length * ahead + half * ahead.Left, at - length * ahead - half * ahead.Left);
        var outline = new Outline();
        outline.Move(left);
        outline.Line(at);
        outline.Line(right);
        if (tip == Tip.Filled)
            outline.Close();
        return new DrawnShape(part, line)
        {
            Outline = outline, Clips = clips, FillOpacity = state.DrawOpacity, Fill = tip == Tip.Filled ? state.Drawing : null,
            Pen = tip == Tip.Open ? state.Pen with { Dashes = [], Cap = LineCap.Round, Join = LineJoin.Round } : null,
        };
    }
}
