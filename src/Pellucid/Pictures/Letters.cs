using System.Globalization;
using System.Text;

namespace Pellucid.Pictures;

/// <summary>A letter as a pen draws it.</summary>
/// <param name="Advance">From its start to that of the next.</param>
/// <param name="Strokes">Lines through points; x to the right, y upwards from the line that letters stand on.</param>
internal sealed record Letter(double Advance, IReadOnlyList<IReadOnlyList<(double X, double Y)>> Strokes);

/// <summary>
/// An alphabet of strokes for painting text: Latin with its accents, Greek, signs. A character that it lacks is drawn as a box with the
/// character's code, so that nothing is left out in silence; SVG shows such text in the reader's own fonts.
/// </summary>
internal static class Letters
{
    /// <summary>Units that a font's size is divided into; capitals are 14 high.</summary>
    public const double Em = 20;

    /// <summary>Of the pen.</summary>
    public const double Thickness = 1.6;

    /// <summary>Empty space on each side of a letter, measured from the middle of its strokes.</summary>
    public const double Bearing = 1.75;

    private const double DigitWidth = 8, SmallHeight = 10, CapitalHeight = 14;
    private const int CurvePieces = 6;

    private static readonly Dictionary<int, Letter> Known = Read();

    /// <summary>The letters of a text.</summary>
    public static IEnumerable<Letter> Of(string text) =>
        text.EnumerateRunes().Select(rune => Known.TryGetValue(rune.Value, out var letter) ? letter : Code(rune.Value));

    /// <summary>Units that a text takes.</summary>
    public static double Width(string text) => Of(text).Sum(letter => letter.Advance);

    /// <summary>Whether the alphabet has a character.</summary>
    public static bool Has(Rune rune) => Known.ContainsKey(rune.Value);

    private static Dictionary<int, Letter> Read()
    {
        var letters = new Dictionary<int, Letter> { [' '] = new(5.5, []), ['\u00a0'] = new(5.5, []) };
        foreach (var line in LetterShapes.Signs.ReplaceLineEndings("\n").Replace("\n  |", "|", StringComparison.Ordinal).Split('\n'))
        {
            var rune = Rune.GetRuneAt(line, 0);
            IReadOnlyList<IReadOnlyList<(double X, double Y)>> strokes = [.. line[rune.Utf16SequenceLength..].Split('|').Select(Stroke)];
            var width = char.IsAsciiDigit(line[0]) ? DigitWidth : strokes.Max(stroke => stroke.Max(point => point.X));
            letters[rune.Value] = new Letter(width + 2 * Bearing, strokes);
        }
        foreach (var accented in LetterShapes.Accented.Split((char[])[' ', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries))
            letters[accented[0]] = Accented(letters[accented[1]], letters[accented[2]], char.IsUpper(accented[0]));
        return letters;
    }

    // An accent is drawn over the middle of a small letter; over a capital it stands higher.
    private static Letter Accented(Letter letter, Letter accent, bool capital)
    {
        var middle = (letter.Advance - accent.Advance) / 2;
        var lift = capital && accent.Strokes[0][0].Y > SmallHeight / 2 ? CapitalHeight - SmallHeight : 0;
        var placed = accent.Strokes.Select(stroke => stroke.Select(point => (point.X + middle, point.Y + lift)).ToList());
        return letter with { Strokes = [.. letter.Strokes, .. placed] };
    }

    // Points are "x,y"; one after ~ is not on the line but pulls it, as in TrueType's outlines: between two of them lies their middle.
    private static IReadOnlyList<(double X, double Y)> Stroke(string text)
    {
        var points = text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word =>
        {
            var numbers = word.TrimStart('~').Split(',');
            return (X: Number(numbers[0]), Y: Number(numbers[1]), Pulls: word[0] == '~');
        }).ToList();
        var line = new List<(double X, double Y)> { (points[0].X, points[0].Y) };
        for (var i = 1; i < points.Count; i++)
        {
            var (point, start) = (points[i], line[^1]);
            if (!point.Pulls)
            {
                if (!points[i - 1].Pulls)
                    line.Add((point.X, point.Y));
                continue;
            }
            var next = points[i + 1];
            var end = next.Pulls ? ((point.X + next.X) / 2, (point.Y + next.Y) / 2) : (next.X, next.Y);
            for (var piece = 1; piece <= CurvePieces; piece++)
                line.Add(Pulled(start, (point.X, point.Y), end, (double)piece / CurvePieces));
        }
        return line;
    }

    private static (double X, double Y) Pulled((double X, double Y) from, (double X, double Y) by, (double X, double Y) to, double t)
    {
        var (a, b, c) = ((1 - t) * (1 - t), 2 * t * (1 - t), t * t);
        return (a * from.X + b * by.X + c * to.X, a * from.Y + b * by.Y + c * to.Y);
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    // Two rows of hexadecimal digits in a frame.
    private static Letter Code(int value)
    {
        var digits = value.ToString(value > 0xFFFF ? "X6" : "X4", CultureInfo.InvariantCulture);
        var columns = digits.Length / 2;
        var width = 1.6 + columns * 5.2;
        var strokes = new List<IReadOnlyList<(double X, double Y)>> { new[] { (0.0, -2.0), (0, 15), (width, 15), (width, -2), (0, -2) } };
        for (var i = 0; i < digits.Length; i++)
        {
            var (x, y) = (1.6 + i % columns * 5.2, i < columns ? 7.6 : 0);
            foreach (var stroke in Known[digits[i]].Strokes)
                strokes.Add([.. stroke.Select(point => (x + 0.42 * point.X, y + 0.42 * point.Y))]);
        }
        return new Letter(width + 2 * Bearing, strokes);
    }
}
