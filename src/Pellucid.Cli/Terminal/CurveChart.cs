using System.Text;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Pellucid.Cli.Terminal;

/// <summary>A curve in braille dots, two by four a character, with its largest and smallest value beside it.</summary>
internal sealed class CurveChart(IReadOnlyList<(double X, double Y)> points, double lastX, int height) : Renderable
{
    private const int LabelWidth = 7;

    protected override IEnumerable<Segment> Render(RenderOptions options, int maxWidth)
    {
        var width = Math.Max(10, Math.Min(maxWidth, 100) - LabelWidth - 1);
        var (low, high) = Range();
        var dots = new byte[height, width];
        var last = (Column: -1, Row: 0);
        foreach (var (column, value) in Columns(width * 2))
        {
            var row = (int)Math.Round((high - value) / (high - low) * (height * 4 - 1));
            foreach (var r in last.Column == column - 1 ? Between(last.Row, row) : [row])
                dots[r / 4, column / 2] |= Dot(column % 2, r % 4);
            last = (column, row);
        }
        for (var line = 0; line < height; line++)
        {
            var label = line == 0 ? Units.Number(high, 2) : line == height - 1 ? Units.Number(low, 2) : "";
            yield return new Segment(label.PadLeft(LabelWidth) + " ", new Style(Color.Grey));
            var text = new StringBuilder(width);
            for (var column = 0; column < width; column++)
                text.Append((char)(0x2800 + dots[line, column]));
            yield return new Segment(text.ToString(), new Style(Color.Green));
            yield return Segment.LineBreak;
        }
    }

    private (double Low, double High) Range()
    {
        var (low, high) = (points.Min(point => point.Y), points.Max(point => point.Y));
        return high - low < 1e-6 ? (low - 0.5, high + 0.5) : (low, high);
    }

    // The mean of what falls into each column of dots.
    private IEnumerable<(int Column, double Value)> Columns(int count) => points
        .GroupBy(point => (int)Math.Min(count - 1, point.X / Math.Max(1, lastX) * count))
        .OrderBy(group => group.Key)
        .Select(group => (group.Key, group.Average(point => point.Y)));

    private static IEnumerable<int> Between(int from, int to)
    {
        for (var row = from; row != to; row += Math.Sign(to - from))
            yield return row;
        yield return to;
    }

    private static byte Dot(int x, int y) => (byte)(y == 3 ? 0x40 << x : 1 << (y + 3 * x));
}
