using Pellucid.Pictures;
using Pellucid.Words;

namespace Pellucid.Cli.Tour;

/// <summary>Pairs of words on the plane of their two strongest directions, joined by lines.</summary>
internal static class WordMap
{
    private const double Width = 640, Height = 380, Edge = 46;

    public static Picture Draw(string title, WordVectors vectors, IReadOnlyList<(string From, string To)> pairs, Func<string, string> show)
    {
        double[] Vector(string word) => [.. vectors.Unit(vectors.Find(word)).Select(value => (double)value)];
        var words = pairs.SelectMany(pair => new[] { pair.From, pair.To }).Distinct().ToList();
        var components = PrincipalComponents.Of([.. words.Select(Vector)], 2);
        var points = words.ToDictionary(word => word, word => components.Project(Vector(word)));
        double Scaled(string word, int axis, double length)
        {
            var (low, high) = (points.Values.Min(point => point[axis]), points.Values.Max(point => point[axis]));
            return Edge + (length - 2 * Edge) * (points[word][axis] - low) / Math.Max(1e-12, high - low);
        }
        var marks = new List<Mark> { new Label(10, 20, title, 14) };
        foreach (var (from, to) in pairs)
            marks.Add(new Stroke([(Scaled(from, 0, Width), 20 + Scaled(from, 1, Height)),
                (Scaled(to, 0, Width), 20 + Scaled(to, 1, Height))], Ink.Muted, 1.2, 0.6));
        foreach (var word in words)
        {
            var (x, y, ink) = (Scaled(word, 0, Width), 20 + Scaled(word, 1, Height),
                pairs.Any(pair => pair.From == word) ? Ink.Negative : Ink.Positive);
            marks.Add(new Box(x - 3, y - 3, 6, 6, ink, Corner: 3));
            marks.Add(new Label(x, y - 7, show(word), 11, Align.Middle, ink));
        }
        return new Picture(Width + 20, Height + 20, title, marks);
    }
}
