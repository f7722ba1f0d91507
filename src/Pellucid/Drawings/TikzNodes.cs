namespace Pellucid.Drawings;

/// <summary>A node, ready to be drawn.</summary>
/// <param name="State">What held for it.</param>
/// <param name="Border">Its outline.</param>
/// <param name="Lines">Its text.</param>
internal sealed record PlacedNode(TikzState State, Outline Border, IReadOnlyList<DrawnText> Lines);

/// <summary>Nodes and coordinates of paths: names, places and texts.</summary>
internal sealed class TikzNodes(TikzContext context, TikzCoordinates coordinates)
{
    private const double LineSkip = 1.2, Ascent = 0.72;

    private readonly List<PlacedNode> _placed = [];

    /// <summary>Takes the nodes that have been read since.</summary>
    public PlacedNode[] Take()
    {
        if (_placed.Count == 0)
            return [];
        PlacedNode[] placed = [.. _placed];
        _placed.Clear();
        return placed;
    }

    /// <summary>Steps over a node, to read it later.</summary>
    public static void Skip(TikzCursor cursor, bool isCoordinate)
    {
        var isNamed = false;
        while (cursor.Group('[', ']') is not null || cursor.TakeWord("at") && cursor.Group('(', ')') is not null
            || !isNamed && (isNamed = cursor.Group('(', ')') is not null))
            continue;
        if (!isCoordinate)
            cursor.Group('{', '}');
    }

    /// <summary>Reads what follows the word <c>node</c> or <c>coordinate</c>.</summary>
    public void Read(TikzPath path, TikzCursor cursor, bool isCoordinate, double? share = null)
    {
        var at = cursor.Rest.At;
        var outer = path.State;
        // The path's own line width and colours hold for its nodes; what is done with the path does not, nor what
        // moves and turns it: of that only the node's own options hold for the node, about its place.
        var state = coordinates.Options.ApplyStyle(outer.ForPath() with { Rounding = 0, Place = Affine.Identity },
            isCoordinate ? "every coordinate" : "every node");
        state = state with { Node = state.Node with { Share = share } };
        TikzPlace? place = null;
        TikzSlice? called = null;
        TikzSlice? text = null;
        while (true)
            if (cursor.Group('[', ']') is { } options)
                state = coordinates.Options.Apply(state, options);
            else if (called is null && cursor.Group('(', ')') is { } inside) // a second is where the path goes on
                called = inside;
            else if (cursor.TakeWord("at"))
                place = coordinates.Next(outer, cursor, path.Reference, out _) ?? throw cursor.Error("'at' has no coordinate");
            else
                break;
        if (!isCoordinate)
            text = cursor.Group('{', '}') ?? throw cursor.Error("a node has no text in braces");
        if (state.Node.At is { } wanted)
            place = coordinates.Next(outer, new TikzCursor(wanted), path.Reference, out _);
        var name = called is { IsEmpty: false } ? called.Value.ToString() : state.Node.Name;
        var (on, direction) = place is null && state.Node.Share is { } along ? path.Along(along) : (place?.At ?? path.Current.At, default);
        context.CountSegments(1, at);
        Place(name, state, on, state.Node.IsSloped ? direction : default, text, at);
    }

    private void Place(string name, TikzState state, Point on, Point direction, TikzSlice? text, int at)
    {
        var (node, own) = (state.Node, state.Place);
        var shift = new Point(own.E, own.F);
        if (text is not { } written)
        {
            // A coordinate may stand beside another node; it has no size.
            on = shift + (node.Beside is null ? on + node.Shift : BesideOther(node, default, written: null));
            if (name.Length > 0)
                context.Nodes[name] = new TikzNode(on, default, false);
            return;
        }
        var (lines, size, colour) = NodeText.Read(context, state, written);
        var points = size ?? node.FontSize;
        var widths = lines.Select(line => NodeText.Width(line, points)).ToArray();
        var wide = node.TextWidth ?? widths.Max();
        var high = lines.All(line => line.Length == 0) ? 0 : points * (Ascent + (lines.Count - 1) * LineSkip);
        var half = Half(node, wide, high);
        var slope = direction.Length > 0 ? Degrees(direction) : 0;
        if (slope is > 90 or <= -90)
            slope += 180;
        var scale = Math.Sqrt(Math.Max(0, own.Determinant));
        if (!(scale > 0 && Math.Abs(own.A - own.D) + Math.Abs(own.B + own.C) < 1e-6 * scale))
            throw new TikzException("a node that is slanted, mirrored, or scaled one way alone is not understood", at);
        var degrees = slope + Degrees(new Point(own.A, own.B));
        var turn = Affine.Rotate(degrees).Of(Affine.Scale(scale, scale));
        var centre = node.Beside is not null ? BesideOther(node, scale * half, written) + shift
            : on + Affine.Rotate(slope).Turn(node.Shift + shift) - turn.Turn(Anchor(node, half));
        if (name.Length > 0)
            context.Nodes[name] = new TikzNode(centre, scale * half, node.Shape != "rectangle", degrees);
        var placed = new List<DrawnText>();
        for (var i = 0; i < lines.Count; i++)
        {
            if (lines[i].Length == 0)
                continue;
            var aside = node.Align switch { "left" => (widths[i] - wide) / 2, "right" => (wide - widths[i]) / 2, _ => 0 };
            var middle = turn.Turn(new Point(aside, high / 2 - Ascent * points - i * LineSkip * points));
            placed.Add(new DrawnText(lines[i], centre + middle, scale * points, degrees, scale * widths[i]));
        }
        _placed.Add(new PlacedNode(colour is { } inked ? state with { TextColour = inked } : state,
            Border(node, Affine.Shift(centre).Of(turn), half, state.Rounding), placed));
    }

    private static double Degrees(Point direction) => Math.Atan2(direction.Y, direction.X) * 180 / Math.PI;

    private static Point Half(NodeState node, double wide, double high)
    {
        var inner = new Point(wide / 2 + node.InnerX, high / 2 + node.InnerY);
        if (node.Shape == "circle")
        {
            var radius = Math.Max(inner.Length, Math.Max(node.LeastWidth, node.LeastHeight) / 2);
            return new Point(radius, radius);
        }
        if (node.Shape == "ellipse")
            inner = Math.Sqrt(2) * inner;
        return new Point(Math.Max(inner.X, node.LeastWidth / 2), Math.Max(inner.Y, node.LeastHeight / 2));
    }

    private static Point Anchor(NodeState node, Point half)
    {
        var outer = half + new Point(node.OuterSeparation, node.OuterSeparation);
        return new TikzNode(default, outer, node.Shape != "rectangle").Anchor(node.Anchor) ?? default;
    }

    private Point BesideOther(NodeState node, Point half, TikzSlice? written)
    {
        var (name, direction, distance, fromBorder) = node.Beside!.Value;
        if (!context.Nodes.TryGetValue(name, out var other))
            throw written is { } text ? text.Error($"there is no node '{name}'") : new TikzException($"there is no node '{name}'", 0);
        var away = new Point(distance, distance) + (fromBorder ? other.Half + half : default);
        return other.Centre + new Point(direction.X * away.X, direction.Y * away.Y);
    }

    private static Outline Border(NodeState node, Affine place, Point half, double rounding)
    {
        var outline = new Outline();
        if (node.Shape == "rectangle")
        {
            outline.Move(place.Apply(-1 * half), rounding);
            outline.Line(place.Apply(new Point(-half.X, half.Y)), rounding);
            outline.Line(place.Apply(half), rounding);
            outline.Line(place.Apply(new Point(half.X, -half.Y)), rounding);
        }
        else
        {
            outline.Move(place.Apply(half with { Y = 0 }));
            outline.Arc(place, 0, 360, half.X, half.Y);
        }
        outline.Close();
        return outline;
    }
}
