using Pellucid.Pictures;
using Pellucid.Words;

namespace Pellucid.Cli.Tour;

/// <summary>Pairs of words on the plane of their two strongest directions, joined by lines.</summary>
internal static class WordMap
{
    private const double Width = 640, Height = 380, Edge = 46, LetterSize = 11;

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
        var taken = words.Select(word => Around(Scaled(word, 0, Width), 20 + Scaled(word, 1, Height))).ToList();
        foreach (var word in words)
        {
            var (x, y, ink) = (Scaled(word, 0, Width), 20 + Scaled(word, 1, Height),
                pairs.Any(pair => pair.From == word) ? Ink.Negative : Ink.Positive);
            marks.Add(new Box(x - 3, y - 3, 6, 6, ink, Tip: show(word), Corner: 3));
            if (Free(x, y, show(word), taken) is not { } place)
                continue; // its tip still tells it
            taken.Add(place);
            marks.Add(new Label(place.Left, place.Bottom - 3, show(word), LetterSize, Align.Start, ink));
        }
        return new Picture(Width + 20, Height + 20, title, marks);
    }

    // Above its point, below, right, left: the first place where a name covers no other and no point.
    private static (double Left, double Top, double Right, double Bottom)? Free(double x, double y, string name,
        List<(double Left, double Top, double Right, double Bottom)> taken)
    {
        var (width, height) = (1.1 * Picture.TextWidth(name, LetterSize), LetterSize + 2); // some fonts are wider
        (double X, double Y)[] corners =
        [
            (x - width / 2, y - 5 - height), (x - width / 2, y + 5), (x + 6, y - height / 2), (x - 6 - width, y - height / 2),
            (x + 5, y - 4 - height), (x - 5 - width, y - 4 - height), (x + 5, y + 4), (x - 5 - width, y + 4),
        ];
        return corners.Select(at => ((double Left, double Top, double Right, double Bottom)?)(at.X, at.Y, at.X + width, at.Y + height))
            .FirstOrDefault(box => box!.Value.Left >= 0 && box.Value.Right <= Width + 20
                && !taken.Any(other => box.Value.Left < other.Right && other.Left < box.Value.Right
                    && box.Value.Top < other.Bottom && other.Top < box.Value.Bottom));
    }

    private static (double Left, double Top, double Right, double Bottom) Around(double x, double y) => (x - 3, y - 3, x + 3, y + 3);
}
