using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Pellucid.Pictures;

/// <summary>Words in a line with arcs between them: where each one looks.</summary>
public static class Arcs
{
    private const double Faintest = 0.02, Space = 18;

    /// <summary>Draws the weights from each word (row) to earlier ones (columns); those below 0.02 are left out.</summary>
    [SuppressMessage("Performance", "CA1814", Justification = "a matrix")]
    public static Picture Draw(string title, IReadOnlyList<string> words, double[,] weights)
    {
        ArgumentNullException.ThrowIfNull(words);
        ArgumentNullException.ThrowIfNull(weights);
        var centres = new double[words.Count];
        var x = 14.0;
        for (var i = 0; i < words.Count; i++)
        {
            var width = Math.Max(10, Picture.TextWidth(words[i], 13));
            centres[i] = x + width / 2;
            x += width + Space;
        }
        var span = words.Count > 1 ? centres[^1] - centres[0] : 0;
        var line = 50 + Math.Min(260, 0.42 * span + 20);
        var marks = new List<Mark> { new Label(10, 20, title, 14) };
        for (var i = 0; i < words.Count; i++)
        for (var j = 0; j <= i; j++)
            if (weights[i, j] >= Faintest)
                marks.Add(Arc(centres[i], centres[j], line, weights[i, j],
                    $"{words[i]} → {words[j]}: {weights[i, j].ToString("0.000", CultureInfo.InvariantCulture)}"));
        for (var i = 0; i < words.Count; i++)
            marks.Add(new Label(centres[i], line + 18, words[i], 13, Align.Middle));
        return new Picture(Math.Max(x, 20 + Picture.TextWidth(title, 14)), line + 30, title, marks);
    }

    private static Stroke Arc(double from, double to, double line, double weight, string tip)
    {
        var (rise, thickness) = (Math.Min(260, 0.42 * (from - to) + 14) / 0.75, 0.6 + 4 * weight);
        var (start, end) = from == to ? (from + 5, to - 5) : (from, to);
        return new Stroke([(start, line), (start, line - rise), (end, line - rise), (end, line)], Ink.Positive, thickness,
            Math.Min(1, 0.15 + weight), Smooth: true, tip);
    }
}
