namespace Pellucid.Drawings;

/// <summary>Plots: points given or computed, joined by lines or by smooth curves.</summary>
internal static class TikzPlot
{
    /// <summary>How far a curve is pulled along the line from the point before to the point after, for a tension of 1.</summary>
    private const double Pull = 0.2775;

    public static void Read(TikzContext context, TikzCoordinates coordinates, TikzPath path, TikzCursor cursor,
        bool isJoined, int at)
    {
        var state = path.State;
        if (cursor.Group('[', ']') is { } options)
            state = coordinates.Options.Apply(state, options);
        var points = new List<Point>();
        if (cursor.TakeWord("coordinates"))
        {
            var inner = new TikzCursor(cursor.Group('{', '}') ?? throw cursor.Error("points in braces are expected"));
            while (!inner.IsAtEnd)
                points.Add((coordinates.Next(state, inner, path.Reference, out _)
                    ?? throw inner.Error($"'{Arithmetic.Short(inner.Rest)}' is no point of a plot")).At);
        }
        else if (cursor.Group('(', ')') is { } formula)
            points.AddRange(Computed(context, coordinates, state, formula));
        else
            throw cursor.Error("a plot has 'coordinates' or a formula in brackets");
        if (points.Count == 0)
            return;
        if (state.Plot == PlotKind.SmoothCycle && points.Count > 2)
            points = [.. points.Skip(1), points[0]];
        if (isJoined)
            path.Line(new TikzPlace(points[0]), at);
        else
            path.Move(new TikzPlace(points[0]));
        Join(path, points, state, at);
    }

    private static void Join(TikzPath path, List<Point> points, TikzState state, int at)
    {
        var isClosed = state.Plot is PlotKind.SmoothCycle or PlotKind.StraightCycle && points.Count > 2;
        var pull = state.Plot is PlotKind.Smooth or PlotKind.SmoothCycle ? Pull * state.Tension : 0;
        Point Around(int i) => points[(i + points.Count) % points.Count];
        Point Slope(int i) => isClosed || i > 0 && i < points.Count - 1 ? pull * (Around(i + 1) - Around(i - 1)) : default;
        for (var i = 1; i < points.Count + (isClosed ? 1 : 0); i++)
            if (pull == 0)
                path.Line(new TikzPlace(Around(i)), at);
            else
                path.Curve(Around(i - 1) + Slope(i - 1), Around(i) - Slope(i % points.Count), new TikzPlace(Around(i)), at);
        if (isClosed)
            path.Close();
    }

    // The formula is read anew for each sample, with the variable's value in its place.
    private static IEnumerable<Point> Computed(TikzContext context, TikzCoordinates coordinates, TikzState state, TikzSlice formula)
    {
        var tokens = TikzOptions.Tokens(formula);
        for (var i = 0; i < state.Samples; i++)
        {
            context.Input.CountStep(formula.At);
            var value = state.Domain.From + (state.Domain.To - state.Domain.From) * i / (state.Samples - 1);
            var replaced = tokens.SelectMany(token => token.Command == state.Variable
                ? TikzToken.Of($"({TikzContext.Text(value)})", token.At) : [token]);
            var cursor = new TikzCursor(TikzText.Of([.. TikzToken.Of("(", formula.At), .. replaced, .. TikzToken.Of(")", formula.At)]));
            yield return coordinates.Next(state, cursor, default, out _)!.Value.At;
        }
    }
}
