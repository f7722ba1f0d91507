namespace Pellucid.Drawings;

/// <summary>Corners between straight lines, rounded: straight to a radius before the corner, and a quarter's curve from there.</summary>
internal static class RoundedCorners
{
    /// <summary>The outline with its corners rounded; itself where no corner asks for it.</summary>
    public static Outline Of(Outline outline)
    {
        if (!outline.Steps.Any(step => step.Rounding > 0))
            return outline;
        var (rounded, start) = (new Outline(), 0);
        for (var i = 1; i <= outline.Steps.Count; i++)
            if (i == outline.Steps.Count || outline.Steps[i].Kind == Stride.Move)
            {
                Add(rounded, [.. outline.Steps.Skip(start).Take(i - start)]);
                start = i;
            }
        return rounded;
    }

    private static void Add(Outline rounded, OutlineStep[] steps)
    {
        var isClosed = steps[^1].Kind == Stride.Close;
        // A line back to the start before closing makes no second corner there.
        if (isClosed && steps.Length > 2 && steps[^2] is { Kind: Stride.Line } last && (last.To - steps[0].To).Length < 1e-6)
            steps = [.. steps[..^2], steps[^1]];
        var closing = steps.Length - 1;
        var first = isClosed && steps[0].Rounding > 0 && closing > 1 && steps[1].Kind == Stride.Line ? steps[0].Rounding : 0;
        rounded.Move(first > 0 ? Toward(steps[0].To, steps[1].To, first) : steps[0].To);
        for (var i = 1; i < steps.Length; i++)
        {
            var (step, corner) = (steps[i], steps[i].To);
            var next = i < closing ? steps[i + 1] : steps[0];
            var radius = i < closing && step.Kind == Stride.Line && next.Kind is Stride.Line or Stride.Close ? step.Rounding
                : i == closing && isClosed ? first : 0;
            if (step.Kind == Stride.Curve)
                rounded.Curve(step.First, step.Second, corner);
            else if (radius > 0)
                Round(rounded, steps[i - 1].To, corner, i == closing ? steps[1].To : next.To, radius);
            else if (step.Kind == Stride.Line)
                rounded.Line(corner);
            if (step.Kind == Stride.Close)
                rounded.Close();
        }
    }

    private static void Round(Outline rounded, Point from, Point corner, Point to, double radius)
    {
        var (before, after) = (Toward(corner, from, radius), Toward(corner, to, radius));
        rounded.Line(before);
        rounded.Curve(Point.Between(before, corner, Outline.Quarter), Point.Between(after, corner, Outline.Quarter), after);
    }

    private static Point Toward(Point from, Point to, double distance) =>
        (to - from).Length is var length && length > 0 ? from + distance / length * (to - from) : from;
}
