using Pellucid.Drawings;
using Pellucid.Pictures;

namespace Pellucid.Tests.Drawings;

public sealed class RasterTests
{
    private const int Side = 256;

    private static double[] Shares(IReadOnlyList<IReadOnlyList<(double X, double Y)>> contours, bool evenOdd, int side = Side)
    {
        var (area, shares) = (new Coverage(contours, evenOdd, side), new double[side * side]);
        for (var row = 0; row < side; row++)
            for (var (column, values) = (0, area.Row(row).ToArray()); column < side; column++)
                shares[row * side + column] = values[column];
        return shares;
    }

    private static (double, double)[] Rectangle(double left, double top, double right, double bottom) =>
        [(left, top), (right, top), (right, bottom), (left, bottom)];

    private static (double, double)[] Circle(double middle, double radius, bool backwards = false) =>
        [.. Enumerable.Range(0, 2000).Select(i => Math.SinCos((backwards ? -1 : 1) * i * Math.Tau / 2000))
            .Select(at => (middle + radius * at.Cos, middle + radius * at.Sin))];

    [Theory]
    [InlineData(1, 1, 5, 4)]
    [InlineData(1.5, 1.5, 5.5, 4.5)]
    [InlineData(2.13, 3.71, 2.9, 3.77)] // within one pixel
    [InlineData(0.1, 2.3, 7.9, 6.05)]
    public void A_rectangle_covers_each_pixel_by_its_exact_share(double left, double top, double right, double bottom)
    {
        var shares = Shares([Rectangle(left, top, right, bottom)], evenOdd: false, 8);
        for (var y = 0; y < 8; y++)
            for (var x = 0; x < 8; x++)
                Assert.Equal(Math.Clamp(Math.Min(x + 1, right) - Math.Max(x, left), 0, 1)
                    * Math.Clamp(Math.Min(y + 1, bottom) - Math.Max(y, top), 0, 1), shares[y * 8 + x], 1e-5);
    }

    [Fact]
    public void A_circle_has_its_area() =>
        Assert.Equal(Math.PI * 100 * 100, Shares([Circle(128.3, 100)], evenOdd: false).Sum(), Math.PI * 100 * 100 * 0.001);

    [Theory]
    [InlineData(false, false, 10_000)] // both run the same way: no hole
    [InlineData(false, true, 10_000 - 2_500)]
    [InlineData(true, false, 10_000 - 2_500)]
    [InlineData(true, true, 10_000 - 2_500)]
    public void A_ring_has_a_hole_by_its_rule(bool evenOdd, bool backwards, double squares) => Assert.Equal(Math.PI * squares,
        Shares([Circle(128, 100), Circle(128, 50, backwards)], evenOdd).Sum(), Math.PI * squares * 0.001);

    [Fact]
    public void A_star_that_crosses_itself_is_whole_or_has_a_hole()
    {
        var star = Enumerable.Range(0, 5).Select(i => Math.SinCos(2 * i * Math.Tau / 5))
            .Select(at => (128 + 100 * at.Sin, 128 - 100 * at.Cos)).ToArray();
        // A pentagram of circumradius r: its inner pentagon has circumradius r cos 72°/cos 36°.
        var inner = 100 * Math.Cos(Math.Tau / 5) / Math.Cos(Math.Tau / 10);
        var pentagon = 2.5 * inner * inner * Math.Sin(Math.Tau / 5);
        var whole = 5 * 100 * inner * Math.Sin(Math.PI / 5);
        Assert.Equal(whole, Shares([star], evenOdd: false).Sum(), whole * 0.002);
        Assert.Equal(whole - pentagon, Shares([star], evenOdd: true).Sum(), whole * 0.002);
    }

    [Theory]
    [InlineData(@"\draw[line width=10pt] (0,0) -- (3,0);", 10 * 3 * 28.45274)]
    [InlineData(@"\draw[line width=10pt,line cap=rect] (0,0) -- (3,0);", 10 * 3 * 28.45274 + 100)]
    [InlineData(@"\draw[line width=10pt,line cap=round] (0,0) -- (3,0);", 10 * 3 * 28.45274 + Math.PI * 25)]
    [InlineData(@"\draw[line width=10pt] (0,0) -- (3,0) -- (3,3);", 2 * 10 * 3 * 28.45274)] // the corner's mitre fills what it overlaps
    [InlineData(@"\draw[line width=10pt,line join=bevel] (0,0) -- (3,0) -- (3,3);", 2 * 10 * 3 * 28.45274 - 12.5)]
    [InlineData(@"\draw[line width=10pt,line join=round] (0,0) -- (3,0) -- (3,3);", 2 * 10 * 3 * 28.45274 - 25 + Math.PI * 25 / 4)]
    [InlineData(@"\draw[line width=10pt] (0,0) rectangle (3,3);", 4 * 10 * 3 * 28.45274)]
    [InlineData(@"\draw[line width=10pt,dash pattern=on 5pt off 5pt] (0,0) -- (100pt,0);", 500)]
    [InlineData(@"\draw[line width=10pt,dash pattern=on 6pt off 4pt,dash phase=3pt] (0,0) -- (100pt,0);", 600)]
    [InlineData(@"\fill (0,0) circle (2); \fill[white] (0,0) circle (1);", 3 * Math.PI * 28.45274 * 28.45274)]
    [InlineData(@"\fill[opacity=0.4] (0,0) rectangle (2,2);", 1.6 * 28.45274 * 28.45274)]
    [InlineData(@"\begin{scope}\clip (0,0) rectangle (1,2); \fill (0,0) rectangle (2,2);\end{scope}", 2 * 28.45274 * 28.45274)]
    public void What_is_painted_has_the_area_that_was_meant(string tikz, double points)
    {
        var drawing = TikzDrawing.Parse(tikz);
        Assert.Empty(drawing.Problems);
        const double Scale = 5;
        var canvas = DrawingPainter.Paint(drawing.Shapes, drawing.Bounds, Scale);
        var ink = 0.0;
        for (var row = 0; row < canvas.Height; row++)
            foreach (var value in canvas.Row(row))
                ink += (255 - value) / 255.0 / 3;
        Assert.Equal(points, ink / (Scale * Scale), points * 0.003);
    }

    [Fact]
    public void A_shade_runs_from_one_colour_to_another_the_way_it_is_told()
    {
        var drawing = TikzDrawing.Parse(@"\shade[left color=red,right color=blue] (0,0) rectangle (2,1);");
        var canvas = DrawingPainter.Paint(drawing.Shapes, drawing.Bounds, 2);
        var (first, last) = (canvas.Row(10)[..3].ToArray(), canvas.Row(10)[^6..^3].ToArray());
        Assert.True(first[0] > 240 && first[2] < 15 && last[0] < 15 && last[2] > 240);
        drawing = TikzDrawing.Parse(@"\shade[top color=red,bottom color=blue] (0,0) rectangle (1,1);");
        canvas = DrawingPainter.Paint(drawing.Shapes, drawing.Bounds, 2);
        Assert.True(canvas.Row(0)[0] > 240 && canvas.Row(55)[2] > 235);
    }
}
