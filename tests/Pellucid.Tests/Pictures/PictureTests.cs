using System.Xml.Linq;
using Pellucid.Pictures;

namespace Pellucid.Tests.Pictures;

public sealed class PictureTests
{
    private static readonly string[] Words = ["<a>", "\"b\" & c", "\u0001", "␣d"];

    public static TheoryData<string> Names => [.. All().Keys];

    [Theory, MemberData(nameof(Names))]
    public void Every_picture_is_well_formed_and_every_mark_lies_inside(string name)
    {
        var picture = All()[name];
        var svg = XDocument.Parse(picture.ToSvg()).Root!;
        Assert.Equal("http://www.w3.org/2000/svg", svg.Name.NamespaceName);
        Assert.Contains("prefers-color-scheme: dark", svg.ToString(), StringComparison.Ordinal);
        foreach (var mark in picture.Marks)
        {
            var points = mark switch
            {
                Box box => [(box.X, box.Y), (box.X + box.Width, box.Y + box.Height)],
                Label label => [(label.X, label.Y)],
                Stroke { Smooth: true } stroke => [stroke.Points[0], stroke.Points[^1]],
                Stroke stroke => stroke.Points,
                _ => [],
            };
            Assert.All(points, point => Assert.True(
                point.Item1 >= -1e-9 && point.Item1 <= picture.Width && point.Item2 >= -1e-9 && point.Item2 <= picture.Height, $"{mark}"));
        }
        Assert.Equal(picture.Marks.OfType<Label>().Count(), svg.Elements().Count(element => element.Name.LocalName == "text"));
    }

    [Fact]
    public void Light_or_dark_alone_does_not_ask_the_reader()
    {
        var picture = All()["bars"];
        Assert.DoesNotContain("prefers-color-scheme", picture.ToSvg(dark: true), StringComparison.Ordinal);
        Assert.Contains(Ink.Positive.Colour(dark: true), picture.ToSvg(dark: true), StringComparison.Ordinal);
        Assert.DoesNotContain(Ink.Positive.Colour(dark: true), picture.ToSvg(dark: false), StringComparison.Ordinal);
    }

    [Fact]
    public void The_strongest_cell_of_a_heat_map_is_the_largest_value()
    {
        var boxes = ((Picture)All()["heat map"]).Marks.OfType<Box>().Where(box => box.Tip is not null).ToList();
        Assert.Equal(3, boxes.Count); // one cell is empty
        var strongest = boxes.MaxBy(box => box.Opacity)!;
        Assert.Equal((Ink.Negative, "␣d, <a>: -2"), (strongest.Ink, strongest.Tip));
    }

    [Fact]
    public void A_page_holds_all_its_pictures()
    {
        var page = Page.Html("<title>", [.. All().Values]);
        Assert.Equal(All().Count, page.Split("<figure>").Length - 1);
        Assert.Contains("&lt;title&gt;", page, StringComparison.Ordinal);
    }

    private static Dictionary<string, Picture> All()
    {
        var pictures = new Dictionary<string, Picture>
        {
            ["heat map"] = HeatMap.Draw("heat <map>", ["r", Words[3]], [Words[0], Words[1]], new[,] { { 1, double.NaN }, { -2, 0.5 } }),
            ["heat map of words"] = HeatMap.Draw("words", ["r"], Words, new double[1, 4], (_, column) => Words[column]),
            ["curves"] = Curves.Draw("curves", "x", "y",
                [new Series("one", [(0, 1), (1, double.NaN), (2, 1)]), new Series("two", [(0, 1)])]),
            ["arcs"] = Arcs.Draw("arcs", Words,
                new[,] { { 1.0, 0, 0, 0 }, { 0.5, 0.5, 0, 0 }, { 0.01, 0.09, 0.9, 0 }, { 0.3, 0.3, 0.3, 0.1 } }),
            ["bars"] = Bars.Draw("bars", [new Bar(Words[0], 1, 0.5), new Bar(Words[1], -0.5, Note: "note"), new Bar(Words[3], 0)]),
            ["scatter"] = Scatter.Draw("scatter",
                [new MapPoint(Words[0], 0, 1), new MapPoint(Words[1], 0, 1), new MapPoint(Words[3], -2, 3)]),
            ["graph"] = Graph.Draw("graph", ["S2", "END"], [new GraphNode("a", "0.1", 0, 0, Ink.Third),
                new GraphNode("b", "1.1", 1, 1, Ink.Positive), new GraphNode("c", "1.2", 1, 1, Ink.Positive)],
                [new GraphEdge("a", "b", 2, "v"), new GraphEdge("a", "c", -1)]),
        };
        pictures["beside"] = Picture.Beside([.. pictures.Values]);
        pictures["stack"] = Picture.Stack([.. pictures.Values]);
        return pictures;
    }
}
