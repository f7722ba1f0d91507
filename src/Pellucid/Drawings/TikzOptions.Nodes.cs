namespace Pellucid.Drawings;

/// <summary>Options of nodes.</summary>
internal sealed partial class TikzOptions
{
    private TikzState? OfNodes(TikzState state, string key, TikzSlice? value)
    {
        var node = state.Node;
        NodeState? changed = (key, value) switch
        {
            ("rectangle" or "circle" or "ellipse", null) => node with { Shape = key },
            ("shape", { } shape) when shape.ToString() is "rectangle" or "circle" or "ellipse" => node with { Shape = shape.ToString() },
            ("anchor", { } anchor) => TikzNode.Direction(anchor.ToString()) is not null ? node with { Anchor = anchor.ToString() }
                : throw anchor.Error($"the anchor '{Arithmetic.Short(anchor)}' is not known"),
            ("inner sep", { } length) => node with { InnerX = Length(length), InnerY = Length(length) },
            ("inner xsep", { } length) => node with { InnerX = Length(length) },
            ("inner ysep", { } length) => node with { InnerY = Length(length) },
            ("outer sep", { } length) => node with { OuterSeparation = length.ToString() == "auto" ? 0.2 : Length(length) },
            ("minimum size", { } length) => node with { LeastWidth = Length(length), LeastHeight = Length(length) },
            ("minimum width", { } length) => node with { LeastWidth = Length(length) },
            ("minimum height", { } length) => node with { LeastHeight = Length(length) },
            ("text width", { } length) => node with { TextWidth = Length(length) },
            ("align", { } align) when align.ToString() is "left" or "center" or "right" or "flush left" or "flush right" or "flush center"
                or "justify" => node with { Align = align.ToString().Replace("flush ", "", StringComparison.Ordinal) },
            ("text centered", null) => node with { Align = "center" },
            ("font", { } font) => node with { FontSize = NodeText.SizeOf(font) ?? node.FontSize },
            ("node distance", { } length) => node with { Distance = Centimetres(length) },
            ("midway", null) => node with { Share = 0.5 },
            ("near start", null) => node with { Share = 0.25 },
            ("near end", null) => node with { Share = 0.75 },
            ("very near start", null) => node with { Share = 0.125 },
            ("very near end", null) => node with { Share = 0.875 },
            ("at start", null) => node with { Share = 0 },
            ("at end", null) => node with { Share = 1 },
            ("pos", { } share) => node with { Share = Number(share) },
            ("sloped", null) => node with { IsSloped = true },
            ("at", { } place) => node with { At = place },
            ("name", { } name) => node with { Name = name.ToString() },
            ("node font", { } font) => node with { FontSize = NodeText.SizeOf(font) ?? node.FontSize },
            _ => Beside(state, node, key, value),
        };
        return changed is null ? null : state with { Node = changed };
    }

    // "above", "below left=2pt", "right=of a", "below of=a".
    private static NodeState? Beside(TikzState state, NodeState node, string key, TikzSlice? value)
    {
        var of = key.EndsWith(" of", StringComparison.Ordinal);
        if (Side(of ? key[..^3] : key) is not { } side)
            return null;
        if (of)
            return node with { Beside = (Required(value, key, value ?? default).ToString(), side, node.Distance, false) };
        if (value is { } text && text.Split(" of ") is [var distance, var name])
            return Border(node, name.ToString(), side, distance.IsEmpty ? node.Distance : Centimetres(distance));
        if (value is { } whole && whole.ToString().StartsWith("of ", StringComparison.Ordinal))
            return Border(node, whole.ToString()[3..].Trim(), side, node.Distance);
        var anchor = (side.Y > 0 ? "south" : side.Y < 0 ? "north" : "") + (side is { X: not 0, Y: not 0 } ? " " : "")
            + (side.X > 0 ? "west" : side.X < 0 ? "east" : "");
        var away = value is { } length ? Length(length) : 0;
        return node with { Anchor = anchor, Shift = (side is { X: not 0, Y: not 0 } ? 0.7071067811865476 : 1) * away * side };
    }

    private static NodeState Border(NodeState node, string name, Point side, double distance) =>
        node with { Beside = (name, side, distance, true) };

    private static double Centimetres(TikzSlice value) => Arithmetic.Evaluate(value.Unbraced()) is { IsLength: false } number
        ? number.Value * Point.Centimetre : Length(value);

    private static Point? Side(string name) => name switch
    {
        "above" => new Point(0, 1),
        "below" => new Point(0, -1),
        "right" => new Point(1, 0),
        "left" => new Point(-1, 0),
        "above right" => new Point(1, 1),
        "above left" => new Point(-1, 1),
        "below right" => new Point(1, -1),
        "below left" => new Point(-1, -1),
        _ => null,
    };
}
