namespace Pellucid.Drawings;

/// <summary>A path as it is read: where it has come to, and the outline so far.</summary>
internal sealed class TikzPath(TikzContext context)
{
    private bool _isAtStart = true;

    public Outline Outline { get; } = new();

    /// <summary>What holds now.</summary>
    public required TikzState State { get; set; }

    /// <summary>Where the path has come to.</summary>
    public TikzPlace Current { get; private set; }

    /// <summary>What + and ++ count from.</summary>
    public Point Reference { get; set; }

    /// <summary>Where the step before began; what lies midway is on this way.</summary>
    public Point Before { get; private set; }

    /// <summary>Where the part that is drawn began.</summary>
    public Point Start { get; private set; }

    /// <summary>The path goes on from here, with nothing drawn on the way.</summary>
    public void Move(TikzPlace to)
    {
        (Current, Reference, Before, _isAtStart) = (to, to.At, to.At, true);
        Start = to.At;
    }

    /// <summary>The reference stays where it is.</summary>
    public void Stay(Point reference) => Reference = reference;

    /// <summary>A straight line; it ends at the border of a node.</summary>
    public void Line(TikzPlace to, int at)
    {
        Begin(to.At, at);
        Outline.Line(to.Node?.Border(Current.At) ?? to.At, State.Rounding);
        Go(to);
    }

    /// <summary>A line with a corner: first along, then up, or the other way about.</summary>
    public void Corner(TikzPlace to, bool alongFirst, int at)
    {
        var way = User(to.At - Current.At);
        var corner = Current.At + State.Place.Turn(alongFirst ? way with { Y = 0 } : way with { X = 0 });
        Begin(corner, at);
        Outline.Line(corner, State.Rounding);
        Outline.Line(to.Node?.Border(corner) ?? to.At, State.Rounding);
        Before = corner;
        Current = to;
        Reference = to.At;
    }

    /// <summary>A curve pulled by two points.</summary>
    public void Curve(Point first, Point second, TikzPlace to, int at)
    {
        Begin(first, at);
        Outline.Curve(first, second, to.Node?.Border(second) ?? to.At);
        Go(to);
    }

    /// <summary>A curve given by the way to its end, in the user's units, as TikZ measures sine and parabola.</summary>
    public void Curve(TikzPlace to, Func<Point, (Point First, Point Second)> pulls, int at)
    {
        var (from, way) = (Current.At, User(to.At - Current.At));
        var (first, second) = pulls(way);
        Curve(from + State.Place.Turn(first), from + State.Place.Turn(second), to, at);
    }

    /// <summary>A curve that leaves and arrives at angles, as <c>to</c> draws it.</summary>
    public void To(TikzPlace to, int at)
    {
        var state = State;
        if (state.Out is null && state.In is null && state.Bend is null)
        {
            Line(to, at);
            return;
        }
        Curve(to, way =>
        {
            var direction = Math.Atan2(way.Y, way.X) * 180 / Math.PI;
            var (leaves, arrives) = state.Bend is { } bend ? (direction + bend, direction + 180 - bend)
                : (state.Out ?? direction, state.In ?? direction + 180);
            var distance = 0.3915 * state.Looseness * way.Length;
            return (Point.Polar(leaves, distance), way + Point.Polar(arrives, distance));
        }, at);
    }

    public void Rectangle(TikzPlace to, int at)
    {
        var (from, way) = (Current.At, User(to.At - Current.At));
        var (along, up) = (State.Place.Turn(way with { Y = 0 }), State.Place.Turn(way with { X = 0 }));
        context.CountSegments(4, at);
        Outline.Move(from, State.Rounding);
        Outline.Line(from + up, State.Rounding);
        Outline.Line(to.At, State.Rounding);
        Outline.Line(from + along, State.Rounding);
        Outline.Close();
        (Before, Current, Reference, _isAtStart) = (from, to, to.At, true);
    }

    /// <summary>A whole ellipse around where the path has come to.</summary>
    public void Ellipse(Point across, Point up, int at)
    {
        var centre = Current.At;
        var (x, y) = (State.Place.Turn(across), State.Place.Turn(up));
        context.CountSegments(4, at);
        Outline.Move(centre + x);
        Outline.Arc(new Affine(x.X, x.Y, y.X, y.Y, centre.X, centre.Y), 0, 360, 1, 1);
        Outline.Close();
        _isAtStart = true;
    }

    /// <summary>A part of an ellipse that begins where the path has come to.</summary>
    public void Arc(double from, double to, Point across, Point up, int at)
    {
        var (x, y) = (State.Place.Turn(across), State.Place.Turn(up));
        var place = new Affine(x.X, x.Y, y.X, y.Y, 0, 0);
        var centre = Current.At - place.Apply(Point.Polar(from, 1));
        place = place with { E = centre.X, F = centre.Y };
        Begin(Current.At, at);
        context.CountSegments((int)Math.Min(400, Math.Abs(to - from) / 90), at);
        Outline.Arc(place, from, to, 1, 1);
        Go(new TikzPlace(place.Apply(Point.Polar(to, 1))));
    }

    /// <summary>Lines between two corners, a step apart, counted from the origin.</summary>
    public void Grid(TikzPlace to, double stepX, double stepY, int at)
    {
        var origin = new Point(State.Place.E, State.Place.F);
        var (one, other) = (User(Current.At - origin), User(to.At - origin));
        var (low, high) = (new Point(Math.Min(one.X, other.X), Math.Min(one.Y, other.Y)),
            new Point(Math.Max(one.X, other.X), Math.Max(one.Y, other.Y)));
        if (!(stepX > 0 && stepY > 0 && (high.X - low.X) / stepX + (high.Y - low.Y) / stepY <= TikzContext.MostSegments))
            throw new TikzException("a grid needs steps above zero, and not too many of them", at);
        void Draw(Point from, Point end)
        {
            context.CountSegments(1, at);
            Outline.Move(State.Place.Apply(from));
            Outline.Line(State.Place.Apply(end));
        }
        const double Slack = 1e-6;
        for (var n = Math.Ceiling(low.Y / stepY - Slack); n * stepY <= high.Y + Slack; n++)
            Draw(low with { Y = n * stepY }, high with { Y = n * stepY });
        for (var n = Math.Ceiling(low.X / stepX - Slack); n * stepX <= high.X + Slack; n++)
            Draw(low with { X = n * stepX }, high with { X = n * stepX });
        (Current, Reference, _isAtStart) = (to, to.At, true);
    }

    /// <summary>Back to where the part began.</summary>
    public void Close()
    {
        Outline.Close();
        (Before, Current, Reference, _isAtStart) = (Current.At, new TikzPlace(Start), Start, true);
    }

    /// <summary>Where a share of the last step lies, and which way it goes there.</summary>
    public (Point At, Point Direction) Along(double share)
    {
        if (Outline.IsEmpty || Outline.Steps[^1].Kind is Stride.Close or Stride.Move)
            return (Point.Between(Before, Current.At, share), Current.At - Before);
        var step = Outline.Steps[^1];
        var (at, near) = (Outline.At(Before, step, share), Outline.At(Before, step, share < 0.5 ? share + 0.01 : share - 0.01));
        return (at, share < 0.5 ? near - at : at - near);
    }

    private void Begin(Point toward, int at)
    {
        context.CountSegments(1, at);
        if (!_isAtStart)
            return;
        Start = Current.Node?.Border(toward) ?? Current.At;
        Outline.Move(Start, State.Rounding);
        _isAtStart = false;
    }

    private void Go(TikzPlace to) => (Before, Current, Reference) = (Current.At, to, to.At);

    private Point User(Point paper) => State.Place.Determinant != 0 ? State.Place.TurnBack(paper) : default;
}
