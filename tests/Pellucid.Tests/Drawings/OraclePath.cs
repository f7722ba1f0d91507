using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Pellucid.Drawings;

namespace Pellucid.Tests.Drawings;

/// <summary>A path of an SVG file that TeX has made: what is filled and stroked, and its points in TeX's points.</summary>
internal sealed partial record OraclePath(IReadOnlyList<(char Command, double[] Numbers)> Steps, string? Fill, string? Stroke, double Width,
    string Dashes, bool EvenOdd, double Opacity)
{
    public static (double Width, double Height) SizeOf(string svg)
    {
        var box = XDocument.Parse(svg).Root!.Attribute("viewBox")!.Value.Split(' ').Select(Number).ToArray();
        return (box[2], box[3]);
    }

    public static List<OraclePath> Read(string svg)
    {
        var paths = new List<OraclePath>();
        Walk(XDocument.Parse(svg).Root!, [], paths);
        return paths;
    }

    private static void Walk(XElement element, Dictionary<string, string> outer, List<OraclePath> paths)
    {
        var given = new Dictionary<string, string>(outer);
        foreach (var attribute in element.Attributes())
            given[attribute.Name.LocalName] = attribute.Value;
        if (element.Name.LocalName == "path")
        {
            string? Colour(string name) => given.GetValueOrDefault(name) is { } value && value != "none" ? Long(value) : null;
            paths.Add(new OraclePath(StepsOf(given["d"]), Colour("fill"), Colour("stroke"),
                Number(given.GetValueOrDefault("stroke-width", "0.4")), given.GetValueOrDefault("stroke-dasharray", ""),
                given.GetValueOrDefault("fill-rule") == "evenodd", Number(given.GetValueOrDefault("fill-opacity", "1"))));
        }
        foreach (var child in element.Elements())
            Walk(child, given, paths);
    }

    // Moves from which nothing is drawn say nothing.
    private static List<(char, double[])> StepsOf(string d)
    {
        var steps = new List<(char Command, double[] Numbers)>();
        foreach (Match match in Step().Matches(d))
        {
            if (match.Groups[1].Value == "M" && steps.Count > 0 && steps[^1].Command == 'M')
                steps.RemoveAt(steps.Count - 1);
            steps.Add((match.Groups[1].Value[0],
                [.. match.Groups[2].Value.Split((char[])[' ', ','], StringSplitOptions.RemoveEmptyEntries).Select(Number)]));
        }
        if (steps[^1].Command == 'M')
            steps.RemoveAt(steps.Count - 1);
        return steps;
    }

    /// <summary>What we have drawn, in the same form.</summary>
    public static List<(char Command, double[] Numbers)> StepsOf(DrawnShape shape) =>
    [
        .. shape.Outline.Steps.Select(step => step.Kind switch
        {
            Stride.Move => ('M', (double[])[step.To.X, step.To.Y]),
            Stride.Line => ('L', [step.To.X, step.To.Y]),
            Stride.Curve => ('C', [step.First.X, step.First.Y, step.Second.X, step.Second.Y, step.To.X, step.To.Y]),
            _ => ('Z', []),
        }),
    ];

    private static string Long(string colour) => colour.Length == 4
        ? $"#{colour[1]}{colour[1]}{colour[2]}{colour[2]}{colour[3]}{colour[3]}" : colour;

    private static double Number(string text) =>
        double.Parse(text.Replace("pt", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);

    [GeneratedRegex("([MLCZ])([^MLCZ]*)")]
    private static partial Regex Step();
}
