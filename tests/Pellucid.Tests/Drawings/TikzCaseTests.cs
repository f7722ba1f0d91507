using System.Globalization;
using System.Text.Json;
using Pellucid.Drawings;

namespace Pellucid.Tests.Drawings;

/// <summary>Drawings against what TeX itself makes of them: points, colours, widths, and the size of the paper.</summary>
public sealed class TikzCaseTests
{
    private const string Cases = "tikz/tikz-unicorns/tikz-cases.json";

    public static TheoryData<string> Unicorns =>
        ["gpt4-1039", "gpt4-1850", "gpt4-1851", "gpt4-1852", "gpt4-1853", "llama-3-8b"];

    [Fact]
    public void Every_construct_is_drawn_as_TeX_draws_it()
    {
        using var cases = JsonDocument.Parse(File.ReadAllText(SharedData.Path(Cases)));
        var wrong = new List<string>();
        foreach (var one in cases.RootElement.EnumerateObject())
            wrong.AddRange(Differences(one.Value.GetProperty("tikz").GetString()!, one.Value.GetProperty("svg").GetString()!,
                Tolerance(one.Name)).Select(difference => $"{one.Name}: {difference}"));
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.True(cases.RootElement.EnumerateObject().Count() >= 40);
    }

    [Theory, MemberData(nameof(Unicorns))]
    public void A_unicorn_is_drawn_as_TeX_draws_it(string name)
    {
        var tikz = File.ReadAllText(SharedData.Path($"tikz/tikz-unicorns/tex/{name}.tex"));
        var differences = Differences(tikz, File.ReadAllText(SharedData.Path($"tikz/tikz-unicorns/svg/{name}.svg")), 0.1);
        Assert.True(differences.Count == 0, string.Join('\n', differences));
    }

    // TeX reckons bends of horizontal chords with little precision, and takes a hundredth of a point off a grid's last line.
    private static double Tolerance(string name) =>
        name switch { "to" or "to40" or "bend" or "bend45" or "loose" => 0.4, "grid" => 0.011, _ => 1e-3 };

    private static List<string> Differences(string tikz, string svg, double tolerance)
    {
        var (drawing, paths) = (TikzDrawing.Parse(tikz), OraclePath.Read(svg));
        var wrong = drawing.Problems.Select(problem => problem.ToString()).ToList();
        if (drawing.Shapes.Count != paths.Count)
            return [.. wrong, $"{drawing.Shapes.Count} shapes, not {paths.Count}"];
        for (var i = 0; i < paths.Count; i++)
            wrong.AddRange(Differences(drawing.Shapes[i], paths[i], tolerance).Select(difference => $"path {i}: {difference}"));
        var (width, height) = OraclePath.SizeOf(svg);
        if (Math.Abs(drawing.Bounds.Width - width) > Math.Max(0.02, 2 * tolerance)
            || Math.Abs(drawing.Bounds.Height - height) > Math.Max(0.02, 2 * tolerance))
            wrong.Add($"{drawing.Bounds.Width} by {drawing.Bounds.Height}, not {width} by {height}");
        return wrong;
    }

    private static IEnumerable<string> Differences(DrawnShape shape, OraclePath path, double tolerance)
    {
        var steps = OraclePath.StepsOf(shape);
        var (own, theirs) = (string.Concat(steps.Select(step => step.Command)), string.Concat(path.Steps.Select(step => step.Command)));
        if (own != theirs)
            yield return $"{own}, not {theirs}";
        else
            foreach (var (mine, oracle) in steps.SelectMany(step => step.Numbers).Zip(path.Steps.SelectMany(step => step.Numbers)))
                if (Math.Abs(mine - oracle) > tolerance)
                    yield return $"{mine}, not {oracle}";
        if (!Near(shape.Fill, path.Fill) || !Near(shape.Pen?.Colour, path.Stroke))
            yield return $"filled {shape.Fill}, stroked {shape.Pen?.Colour}, not {path.Fill}, {path.Stroke}";
        if (shape.Pen is { } pen && (Math.Abs(pen.Width - path.Width) > 1e-9
            || string.Join(',', pen.Dashes.Select(dash => dash.ToString("0.0", CultureInfo.InvariantCulture))) != path.Dashes))
            yield return $"a line of {pen.Width}, {string.Join(',', pen.Dashes)}, not {path.Width}, {path.Dashes}";
        if (shape.EvenOdd != path.EvenOdd || Math.Abs(shape.FillOpacity - path.Opacity) > 1e-9)
            yield return $"even-odd {shape.EvenOdd}, opacity {shape.FillOpacity}, not {path.EvenOdd}, {path.Opacity}";
    }

    private static bool Near(Colour? own, string? theirs)
    {
        if (own is not { } colour || theirs is null)
            return own is null == theirs is null;
        var (a, b) = (Convert.FromHexString(colour.ToString()[1..]), Convert.FromHexString(theirs[1..]));
        return a.Zip(b).All(pair => Math.Abs(pair.First - pair.Second) <= 1);
    }
}
