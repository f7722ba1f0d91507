namespace Pellucid.Drawings;

/// <summary>Reads what stands between a command and its semicolon.</summary>
internal sealed class TikzPathReader(TikzContext context, TikzCoordinates coordinates, TikzNodes nodes)
{
    private const int MostTurns = 100;

    private TikzOptions Options => coordinates.Options;

    /// <summary>A whole path.</summary>
    public TikzPath Read(TikzState state, TikzSlice text)
    {
        var (path, cursor) = (new TikzPath(context) { State = state }, new TikzCursor(text));
        while (!cursor.IsAtEnd)
            Step(path, cursor);
        return path;
    }

    private void Step(TikzPath path, TikzCursor cursor)
    {
        var at = cursor.Rest.At;
        if (cursor.Group('[', ']') is { } options)
            path.State = Options.Apply(path.State, options);
        else if (cursor.Take("--"))
            Straight(path, cursor, at);
        else if (cursor.Take("-|"))
            Ended(path, cursor, to => path.Corner(to, alongFirst: true, at));
        else if (cursor.Take("|-"))
            Ended(path, cursor, to => path.Corner(to, alongFirst: false, at));
        else if (cursor.Take(".."))
            Pulled(path, cursor, at);
        else if (cursor.TakeWord("cycle"))
            path.Close();
        else if (cursor.TakeWord("rectangle"))
            Ended(path, cursor, to => path.Rectangle(to, at));
        else if (cursor.TakeWord("circle") || cursor.TakeWord("ellipse"))
            Round(path, cursor, at);
        else if (cursor.TakeWord("arc"))
            Arc(path, cursor, at);
        else if (cursor.TakeWord("to"))
            To(path, cursor, at);
        else if (cursor.TakeWord("node"))
            nodes.Read(path, cursor, isCoordinate: false);
        else if (cursor.TakeWord("coordinate"))
            nodes.Read(path, cursor, isCoordinate: true);
        else if (cursor.TakeWord("grid"))
            Grid(path, cursor, at);
        else if (cursor.TakeWord("sin"))
            Ended(path, cursor, to => path.Curve(to, way => (new Point(0.32601 * way.X, 0.51199 * way.Y), new Point(0.638 * way.X, way.Y)),
                at));
        else if (cursor.TakeWord("cos"))
            Ended(path, cursor, to => path.Curve(to, way => (new Point(0.362 * way.X, 0), new Point(0.67399 * way.X, 0.48801 * way.Y)),
                at));
        else if (cursor.TakeWord("parabola"))
            Parabola(path, cursor, at);
        else if (cursor.TakeWord("plot"))
            TikzPlot.Read(context, coordinates, path, cursor, isJoined: false, at);
        else if (coordinates.Next(path.State, cursor, path.Reference, out var moves) is { } place)
            Move(path, place, moves);
        else
            throw cursor.Error($"'{Arithmetic.Short(cursor.Rest)}' is not understood in a path");
    }

    private static void Move(TikzPath path, TikzPlace place, bool moves)
    {
        var reference = path.Reference;
        path.Move(place);
        if (!moves)
            path.Stay(reference);
    }

    // Nodes before the end of a step lie on the step.
    private void Ended(TikzPath path, TikzCursor cursor, Action<TikzPlace> step)
    {
        var waiting = new List<(TikzSlice From, bool IsCoordinate)>();
        while (true)
        {
            var isCoordinate = cursor.TakeWord("coordinate");
            if (isCoordinate || cursor.TakeWord("node"))
            {
                waiting.Add((cursor.Rest, isCoordinate));
                TikzNodes.Skip(cursor, isCoordinate);
                continue;
            }
            var reference = path.Reference;
            if (cursor.TakeWord("cycle"))
            {
                step(new TikzPlace(path.Start));
                path.Close();
            }
            else
            {
                step(Required(path, cursor, out var moves));
                if (!moves)
                    path.Stay(reference);
            }
            foreach (var (from, isNoNode) in waiting)
                nodes.Read(path, new TikzCursor(from), isNoNode, share: 0.5);
            return;
        }
    }

    private TikzPlace Required(TikzPath path, TikzCursor cursor, out bool moves) =>
        coordinates.Next(path.State, cursor, path.Reference, out moves)
        ?? throw cursor.Error(cursor.IsAtEnd ? "a coordinate is expected at the end"
            : $"a coordinate is expected before '{Arithmetic.Short(cursor.Rest)}'");

    private void Straight(TikzPath path, TikzCursor cursor, int at)
    {
        if (cursor.TakeWord("cycle"))
            path.Close();
        else if (cursor.TakeWord("plot"))
            TikzPlot.Read(context, coordinates, path, cursor, isJoined: true, at);
        else
            Ended(path, cursor, to => path.Line(to, at));
    }

    private void Pulled(TikzPath path, TikzCursor cursor, int at)
    {
        if (!cursor.TakeWord("controls"))
            throw cursor.Error("'..' is followed by 'controls'");
        // The second pull counts from the end if it is relative: TikZ says so.
        var first = Required(path, cursor, out _).At;
        var second = first;
        TikzSlice? relative = null;
        if (cursor.TakeWord("and"))
        {
            if (cursor.Peek == '+')
                relative = cursor.Rest;
            second = Required(path, cursor, out _).At;
        }
        if (!cursor.Take(".."))
            throw cursor.Error("'controls' has no second '..'");
        Ended(path, cursor, to =>
        {
            if (relative is { } again)
                second = coordinates.Next(path.State, new TikzCursor(again), to.At, out _)!.Value.At;
            path.Curve(first, second, to, at);
        });
    }

    private void Round(TikzPath path, TikzCursor cursor, int at)
    {
        var state = path.State;
        if (cursor.Group('[', ']') is { } options)
            state = Options.Apply(state, options);
        var (x, y) = (state.XRadius, state.YRadius);
        if (cursor.Group('(', ')') is { } given)
        {
            var parts = given.Split(" and ");
            (x, y) = (parts[0], parts[^1]);
        }
        if (x is not { } across || y is not { } up)
            throw cursor.Error("a circle has no radius");
        path.Ellipse(TikzCoordinates.Radius(state, across, isUp: false), TikzCoordinates.Radius(state, up, isUp: true), at);
    }

    private void Arc(TikzPath path, TikzCursor cursor, int at)
    {
        var state = path.State;
        if (cursor.Group('[', ']') is { } options)
            state = Options.Apply(state, options);
        if (cursor.Group('(', ')') is { } given)
        {
            var parts = given.Split(":");
            if (parts.Count != 3)
                throw given.Error($"'{Arithmetic.Short(given)}' is no arc: (angle:angle:radius)");
            var radii = parts[2].Split(" and ");
            state = state with
            {
                StartAngle = TikzContext.Number(parts[0]), EndAngle = TikzContext.Number(parts[1]), XRadius = radii[0], YRadius = radii[^1],
            };
        }
        var start = state.StartAngle ?? (state.EndAngle is { } last && state.DeltaAngle is { } back ? last - back : null);
        var end = state.EndAngle ?? (state.DeltaAngle is { } turn ? start + turn : null);
        if (start is not { } from || end is not { } to || state.XRadius is not { } across || state.YRadius is not { } up)
            throw cursor.Error("an arc needs two angles and a radius");
        if (Math.Abs(to - from) > MostTurns * 360)
            throw cursor.Error($"an arc goes around {MostTurns} times at most");
        path.Arc(from, to, TikzCoordinates.Radius(state, across, isUp: false), TikzCoordinates.Radius(state, up, isUp: true), at);
    }

    private void To(TikzPath path, TikzCursor cursor, int at)
    {
        var before = path.State;
        if (cursor.Group('[', ']') is { } options)
            path.State = Options.Apply(before with { Out = null, In = null, Bend = null }, options);
        Ended(path, cursor, to => path.To(to, at));
        path.State = before;
    }

    private void Grid(TikzPath path, TikzCursor cursor, int at)
    {
        var state = path.State;
        if (cursor.Group('[', ']') is { } options)
            state = Options.Apply(state, options);
        var across = state.GridXStep is { } x ? TikzCoordinates.Radius(state, x, isUp: false).X : Point.Centimetre;
        var up = state.GridYStep is { } y ? TikzCoordinates.Radius(state, y, isUp: true).Y : Point.Centimetre;
        Ended(path, cursor, to => path.Grid(to, across, up, at));
    }

    // A parabola's vertex is its start, or where "bend" says.
    private void Parabola(TikzPath path, TikzCursor cursor, int at)
    {
        if (cursor.Group('[', ']') is { } options)
            throw options.Error("options of a parabola are not understood");
        static (Point, Point) FromVertex(Point way) => (new Point(0.5 * way.X, 0), new Point(0.8875 * way.X, 0.775 * way.Y));
        static (Point, Point) ToVertex(Point way) => (new Point(0.1125 * way.X, 0.225 * way.Y), new Point(0.5 * way.X, way.Y));
        if (cursor.TakeWord("bend"))
            Ended(path, cursor, to => path.Curve(to, ToVertex, at));
        Ended(path, cursor, to => path.Curve(to, FromVertex, at));
    }
}
