using System.Globalization;

namespace Pellucid.Pictures;

/// <summary>A node of a graph: where it stands in columns and levels (0 is the lowest), and how it is drawn.</summary>
public sealed record GraphNode(string Id, string Text, int Column, double Level, Ink Ink, string? Tip = null);

/// <summary>An edge from a lower node to a higher one, the thicker the stronger.</summary>
public sealed record GraphEdge(string From, string To, double Strength, string Text = "");

/// <summary>Boxes on levels, joined by curves upwards: a circuit as information flows.</summary>
public static class Graph
{
    private const double ColumnWidth = 190, LevelHeight = 76, BoxHeight = 24, Bottom = 40, Top = 44;

    /// <summary>Draws nodes and edges; nodes of one place stand side by side.</summary>
    /// <param name="title">Above it.</param>
    /// <param name="columns">A label for each column, at the foot.</param>
    /// <param name="nodes">At least one.</param>
    /// <param name="edges">Between nodes by id.</param>
    public static Picture Draw(string title, IReadOnlyList<string> columns, IReadOnlyList<GraphNode> nodes, IReadOnlyList<GraphEdge> edges)
    {
        ArgumentNullException.ThrowIfNull(columns);
        ArgumentNullException.ThrowIfNull(nodes);
        ArgumentNullException.ThrowIfNull(edges);
        var levels = nodes.Select(node => node.Level).Distinct().Order().ToList();
        var height = Top + levels.Count * LevelHeight + Bottom;
        var boxes = new Dictionary<string, (double X, double Y, double Width)>();
        var lefts = new double[columns.Count + 1];
        for (var column = 0; column < columns.Count; column++)
            lefts[column + 1] = lefts[column] + Math.Max(ColumnWidth,
                nodes.Where(node => node.Column == column).GroupBy(node => node.Level).Select(Room).DefaultIfEmpty().Max());
        foreach (var group in nodes.GroupBy(node => (node.Column, node.Level)))
        {
            var x = lefts[group.Key.Column] + (lefts[group.Key.Column + 1] - lefts[group.Key.Column] - Room(group)) / 2 + 8;
            foreach (var node in group)
            {
                boxes[node.Id] = (x, Top + (levels.Count - 1 - levels.IndexOf(node.Level)) * LevelHeight, Width(node));
                x += Width(node) + 10;
            }
        }
        var marks = new List<Mark> { new Label(10, 20, title, 14) };
        for (var column = 0; column < columns.Count; column++)
            marks.Add(new Label((lefts[column] + lefts[column + 1]) / 2, height - 14, columns[column], 13, Align.Middle, Ink.Muted));
        var strongest = edges.Select(edge => Math.Abs(edge.Strength)).DefaultIfEmpty().Max();
        foreach (var edge in edges)
            marks.AddRange(Edge(edge, boxes[edge.From], boxes[edge.To], strongest));
        foreach (var node in nodes)
        {
            var (x, y, width) = boxes[node.Id];
            marks.Add(new Box(x, y, width, BoxHeight, Ink.Ground, 1, Corner: 5));
            marks.Add(new Box(x, y, width, BoxHeight, node.Ink, 0.3, node.Tip, 5));
            marks.Add(new Label(x + width / 2, y + 16, node.Text, 12, Align.Middle));
        }
        return new Picture(Math.Max(lefts[^1], 20 + Picture.TextWidth(title, 14)), height, title, marks);
    }

    private static double Width(GraphNode node) => Picture.TextWidth(node.Text) + 14;

    private static double Room(IEnumerable<GraphNode> nodes) => nodes.Sum(node => Width(node) + 10) + 6;

    private static IEnumerable<Mark> Edge(GraphEdge edge, (double X, double Y, double Width) from,
        (double X, double Y, double Width) to, double strongest)
    {
        var (x1, y1, x2, y2) = (from.X + from.Width / 2, from.Y, to.X + to.Width / 2, to.Y + BoxHeight);
        var bend = Math.Max(24, Math.Abs(y1 - y2) / 2);
        var share = strongest > 0 ? Math.Abs(edge.Strength) / strongest : 0;
        yield return new Stroke([(x1, y1), (x1, y1 - bend), (x2, y2 + bend), (x2, y2)], edge.Strength < 0 ? Ink.Negative : Ink.Positive,
            1 + 4 * share, 0.35 + 0.5 * share, Smooth: true,
            $"{edge.From} → {edge.To} {edge.Text}: {edge.Strength.ToString("0.###", CultureInfo.InvariantCulture)}");
        if (edge.Text.Length > 0)
            yield return new Label((x1 + x2) / 2 + 4, (y1 + y2) / 2, edge.Text, 10, Ink: Ink.Muted);
    }
}
