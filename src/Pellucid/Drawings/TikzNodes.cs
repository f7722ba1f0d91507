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
    public List<PlacedNode> Take()
    {
        List<PlacedNode> placed = [.. _placed];
        _placed.Clear();
        return placed;
    }

    /// <summary>Steps over a node, to read it later.</summary>
    public void Skip(TikzCursor cursor)
    {
        while (cursor.Group('[', ']') is not null || cursor.Group('(', ')') is not null || cursor.TakeWord("at"))
            continue;
        cursor.Group('{', '}');
    }

    /// <summary>Reads what follows the word <c>node</c> or <c>coordinate</c>.</summary>
    public void Read(TikzPath path, TikzCursor cursor, bool isCoordinate, double? share = null)
    {
        var at = cursor.Rest.At;
        var outer = path.State;
        // The path's own line width and colours hold for its nodes; what is done with the path does not.
        var state = coordinates.Options.ApplyStyle(outer.ForPath() with { Rounding = 0 }, isCoordinate ? "every coordinate" : "every node");
        state = state with { Node = state.Node with { Share = share } };
        TikzPlace? place = null;
        var name = "";
        TikzSlice? text = null;
        while (true)
            if (cursor.Group('[', ']') is { } options)
                state = coordinates.Options.Apply(state, options);
            else if (cursor.Group('(', ')') is { } called)
                name = called.ToString();
            else if (cursor.TakeWord("at"))
                place = coordinates.Next(outer, cursor, path.Reference, out _) ?? throw cursor.Error("'at' has no coordinate");
            else
                break;
        if (!isCoordinate)
            text = cursor.Group('{', '}') ?? throw cursor.Error("a node has no text in braces");
        if (state.Node.At is { } wanted)
            place = coordinates.Next(outer, new TikzCursor(wanted), path.Reference, out _);
        name = name.Length > 0 ? name : state.Node.Name;
        var (on, direction) = place is null && state.Node.Share is { } along ? path.Along(along) : (place?.At ?? path.Current.At, default);
        context.CountSegments(1, at);
        Place(name, state, on, state.Node.IsSloped ? direction : default, text);
    }

    private void Place(string name, TikzState state, Point on, Point direction, TikzSlice? text)
    {
        var node = state.Node;
        if (text is not { } written)
        {
            // A coordinate may stand beside another node; it has no size.
            on = node.Beside is null ? on + node.Shift : BesideOther(node, default, written: null);
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
        var centre = node.Beside is not null ? BesideOther(node, half, written) : on + node.Shift - Anchor(node, half);
        if (name.Length > 0)
            context.Nodes[name] = new TikzNode(centre, half, node.Shape != "rectangle");
        var degrees = direction.Length > 0 ? Math.Atan2(direction.Y, direction.X) * 180 / Math.PI : 0;
        if (degrees is > 90 or <= -90)
            degrees += 180;
        var placed = new List<DrawnText>();
        for (var i = 0; i < lines.Count; i++)
        {
            if (lines[i].Length == 0)
                continue;
            var aside = node.Align switch { "left" => (widths[i] - wide) / 2, "right" => (wide - widths[i]) / 2, _ => 0 };
            var middle = Affine.Rotate(degrees).Turn(new Point(aside, high / 2 - Ascent * points - i * LineSkip * points));
            placed.Add(new DrawnText(lines[i], centre + middle, points, degrees, widths[i]));
        }
        _placed.Add(new PlacedNode(colour is { } own ? state with { TextColour = own } : state,
            Border(node, centre, half, state.Rounding), placed));
    }

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

    private static Outline Border(NodeState node, Point centre, Point half, double rounding)
    {
        var outline = new Outline();
        if (node.Shape == "rectangle")
        {
            outline.Move(centre - half, rounding);
            outline.Line(centre + new Point(-half.X, half.Y), rounding);
            outline.Line(centre + half, rounding);
            outline.Line(centre + new Point(half.X, -half.Y), rounding);
        }
        else
        {
            outline.Move(centre + half with { Y = 0 });
            outline.Arc(Affine.Shift(centre), 0, 360, half.X, half.Y);
        }
        outline.Close();
        return outline;
    }
}
