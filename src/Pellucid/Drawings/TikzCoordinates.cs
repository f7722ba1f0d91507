namespace Pellucid.Drawings;

/// <summary>A place on the paper that a coordinate names.</summary>
/// <param name="At">Where, in points.</param>
/// <param name="Node">The node whose name alone was written: lines end at its border.</param>
internal readonly record struct TikzPlace(Point At, TikzNode? Node = null);

/// <summary>Coordinates: (1,2), (30:2), (1cm,2pt,3), (name), (name.north), (a |- b), ($(a)!.5!(b)$).</summary>
internal sealed class TikzCoordinates(TikzContext context)
{
    private const int Deepest = 20;

    private TikzOptions? _options;
    private int _depth;

    /// <summary>Options within coordinates are read by these.</summary>
    public TikzOptions Options => _options ??= new TikzOptions(context, this);

    /// <summary>A coordinate that comes next; null where none does.</summary>
    /// <param name="state">What holds.</param>
    /// <param name="cursor">Where it is read.</param>
    /// <param name="reference">What + and ++ count from.</param>
    /// <param name="moves">Whether the reference moves there.</param>
    public TikzPlace? Next(TikzState state, TikzCursor cursor, Point reference, out bool moves)
    {
        var isRelative = cursor.Take("++");
        moves = true;
        if (!isRelative && cursor.Peek == '+')
        {
            cursor.Take("+");
            (isRelative, moves) = (true, false);
        }
        if (cursor.Group('(', ')') is not { } inside)
            return isRelative ? throw cursor.Error("a coordinate is expected after '+'") : null;
        if (!isRelative)
            return Inside(state, inside);
        var vector = Inside(state with { Place = state.Place with { E = 0, F = 0 } }, inside).At;
        return new TikzPlace(reference + vector);
    }

    /// <summary>A vector in the units of the place where it stands, before what moves that place.</summary>
    public Point Vector(TikzState state, TikzSlice text)
    {
        var cursor = new TikzCursor(text);
        var inside = cursor.Group('(', ')') ?? text;
        return Inside(state with { Place = Affine.Identity }, inside).At;
    }

    private TikzPlace Inside(TikzState state, TikzSlice text)
    {
        if (_depth >= Deepest)
            throw text.Error("coordinates are nested too deeply");
        _depth++;
        try
        {
            return Read(state, text.Trimmed());
        }
        finally
        {
            _depth--;
        }
    }

    private TikzPlace Read(TikzState state, TikzSlice text)
    {
        var cursor = new TikzCursor(text);
        if (cursor.Group('[', ']') is { } options)
            return Moved(state, Options.Apply(state, options), cursor.Rest);
        var span = text.Span;
        if (span.StartsWith("$") && span.EndsWith("$") && span.Length > 1)
            return new TikzPlace(Computed(state, text.From(1).To(text.Length - 2)));
        if (text.IndexOf("|-") is var up && up >= 0)
            return new TikzPlace(new Point(Either(state, text.To(up)).X, Either(state, text.From(up + 2)).Y));
        if (text.IndexOf("-|") is var along && along >= 0)
            return new TikzPlace(new Point(Either(state, text.From(along + 2)).X, Either(state, text.To(along)).Y));
        if (text.IndexOf(",") >= 0)
            return new TikzPlace(Cartesian(state, text.Split(",")));
        if (text.IndexOf(":") is var colon && colon > 0)
            return new TikzPlace(Polar(state, text.To(colon), text.From(colon + 1)));
        if (text.IsEmpty)
            throw text.Error("'()' names no place");
        return Named(text);
    }

    // Options move what has a name, too: from its place, as seen from here.
    private TikzPlace Moved(TikzState state, TikzState moved, TikzSlice text)
    {
        var place = Inside(moved, text);
        return place.Node is { } node && state.Place.Determinant != 0
            ? new TikzPlace(moved.Place.Apply(state.Place.TurnBack(node.Centre - new Point(state.Place.E, state.Place.F)))) : place;
    }

    // What stands beside |- may be a name or a pair of numbers, in brackets or not.
    private Point Either(TikzState state, TikzSlice text)
    {
        var cursor = new TikzCursor(text);
        return Inside(state, cursor.Group('(', ')') ?? text).At;
    }

    private static Point Cartesian(TikzState state, List<TikzSlice> parts)
    {
        if (parts.Count > 3)
            throw parts[3].Error("a coordinate has at most three numbers");
        var sum = default(Point);
        Point[] units = [state.XVector, state.YVector, state.ZVector];
        for (var i = 0; i < parts.Count; i++)
        {
            var number = Arithmetic.Evaluate(parts[i].Unbraced());
            if (number.IsLength && i == 2)
                throw parts[i].Error("a depth with a unit is not understood");
            sum += number.IsLength ? i == 0 ? new Point(number.Value, 0) : new Point(0, number.Value) : number.Value * units[i];
        }
        return state.Place.Apply(sum);
    }

    private static Point Polar(TikzState state, TikzSlice angle, TikzSlice radius)
    {
        var degrees = angle.ToString() is var name && TikzNode.Direction(name) is { } direction && direction != default
            ? Math.Atan2(direction.Y, direction.X) * 180 / Math.PI
            : name switch { "up" => 90, "down" => -90, "left" => 180, "right" => 0, _ => TikzContext.Number(angle) };
        var parts = radius.Split(" and ");
        var (across, up) = (Radius(state, parts[0], isUp: false), Radius(state, parts[^1], isUp: true));
        return state.Place.Apply(Math.Cos(degrees * Math.PI / 180) * across + Math.Sin(degrees * Math.PI / 180) * up);
    }

    /// <summary>A radius as the vector of an axis, in points.</summary>
    public static Point Radius(TikzState state, TikzSlice text, bool isUp)
    {
        var number = Arithmetic.Evaluate(text.Unbraced());
        return number.IsLength ? isUp ? new Point(0, number.Value) : new Point(number.Value, 0)
            : number.Value * (isUp ? state.YVector : state.XVector);
    }

    private TikzPlace Named(TikzSlice text)
    {
        var name = text.ToString();
        if (context.Nodes.TryGetValue(name, out var node))
            return new TikzPlace(node.Centre, node);
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        if (dot > 0 && context.Nodes.TryGetValue(name[..dot], out node))
            return node.Anchor(name[(dot + 1)..].Trim()) is { } anchor ? new TikzPlace(anchor)
                : throw text.Error($"'{name[(dot + 1)..]}' is no place of a node");
        throw text.Error($"there is no node or coordinate '{Arithmetic.Short(text)}'");
    }

    // Sums of factors times points, with !share!point and !share!angle:point after a point.
    private Point Computed(TikzState state, TikzSlice text)
    {
        if (state.Place.Determinant == 0)
            throw text.Error("nothing can be computed where everything is scaled to nothing");
        var (cursor, sum, sign) = (new TikzCursor(text), default(Point), 1.0);
        Point User(Point paper) => state.Place.TurnBack(paper - new Point(state.Place.E, state.Place.F));
        Point Part() => cursor.Group('(', ')') is { } inside ? User(Inside(state, inside).At)
            : throw cursor.Error("a coordinate is expected here");
        while (!cursor.IsAtEnd)
        {
            if (cursor.Take("-"))
                sign = -sign;
            else
                cursor.Take("+");
            var factor = 1.0;
            if (cursor.Peek != '(' || Factor(cursor.Rest) > 0)
            {
                var star = cursor.Rest.IndexOf("*");
                if (star < 0)
                    throw cursor.Error($"'{Arithmetic.Short(cursor.Rest)}' is not understood in a computed coordinate");
                var number = cursor.Rest.To(star);
                factor = TikzContext.Number(number);
                cursor.Skip(number.Length);
                cursor.Take("*");
            }
            var point = Part();
            while (cursor.Take("!"))
            {
                var end = cursor.Rest.IndexOf("!");
                if (end < 0)
                    throw cursor.Error("'!' has no second '!'");
                var share = cursor.Rest.To(end);
                cursor.Skip(share.Length);
                cursor.Take("!");
                point = Partway(point, share, () =>
                {
                    var turn = cursor.Peek == '(' ? 0 : Turn(cursor);
                    return (Part(), turn);
                });
            }
            sum += sign * factor * point;
            sign = 1;
        }
        return state.Place.Apply(sum);
    }

    // A group that is a factor has a star after it.
    private static int Factor(TikzSlice rest)
    {
        var length = new TikzCursor(rest).GroupLength('(', ')');
        return length > 0 && rest.Span[length..].TrimStart().StartsWith("*") ? length : 0;
    }

    private static double Turn(TikzCursor cursor)
    {
        var colon = cursor.Rest.IndexOf(":");
        if (colon < 0)
            throw cursor.Error("an angle and ':' are expected here");
        var angle = cursor.Rest.To(colon);
        cursor.Skip(angle.Length);
        cursor.Take(":");
        return TikzContext.Number(angle);
    }

    private static Point Partway(Point from, TikzSlice share, Func<(Point To, double Turn)> other)
    {
        var amount = Arithmetic.Evaluate(share.Unbraced());
        var (to, turn) = other();
        var way = to - from;
        if (amount.IsLength)
            way = way.Length > 0 ? 1 / way.Length * way : way;
        return from + amount.Value * Affine.Rotate(turn).Turn(way);
    }
}
