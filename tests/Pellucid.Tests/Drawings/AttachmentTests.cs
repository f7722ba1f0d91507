using Pellucid.Drawings;

namespace Pellucid.Tests.Drawings;

public sealed class AttachmentTests
{
    private static TikzDrawing Unicorn(string name) =>
        TikzDrawing.Parse(File.ReadAllText(SharedData.Path($"tikz/tikz-unicorns/tex/{name}.tex")));

    // Gaps in centimetres, as an independent program has measured them on TeX's own output.
    [Theory]
    [InlineData("gpt4-1039", "body", 0, 0, 0)]
    [InlineData("gpt4-1850", "head", 0.5044, 1.0759, 0)]
    [InlineData("gpt4-1851", "head", 0, 0.2616, 0.015)]
    [InlineData("gpt4-1852", "head", 0.4269, 1.4377, 0)]
    [InlineData("gpt4-1853", "head", 0.0970, 0.2045, 0)]
    [InlineData("qwen1.5-110b-b", "head", 0, 0, 0.904)]
    public void Gaps_between_horn_and_head_are_those_of_the_reference(string name, string head, double gap, double toSkull, double covered)
    {
        var drawing = Unicorn(name);
        var attachment = Attachment.Of(drawing.Part("horn"), drawing.Part(head));
        Assert.Equal(gap, attachment.Gap, 0.002);
        Assert.Equal(covered, attachment.Covered, 0.01);
        Assert.Equal(toSkull, Attachment.Of(drawing.Part("horn"), [drawing.Part(head)[0]]).Gap, 0.002);
    }

    [Theory]
    [InlineData("gpt4-1850", 0.109, false, true, true)]
    [InlineData("gpt4-1851", 0, true, true, true)]
    [InlineData("gpt4-1852", 0.060, false, true, true)]
    [InlineData("gpt4-1853", 0.062, false, true, true)]
    [InlineData("qwen1.5-110b-a", 0, true, true, false)]
    [InlineData("qwen1.5-110b-b", 0, true, false, false)]
    public void Of_drawings_of_large_models_one_is_attached(string name, double share, bool touches, bool sticksOut, bool pointsAway)
    {
        var drawing = Unicorn(name);
        var attachment = Attachment.Of(drawing.Part("horn"), drawing.Part("head"));
        Assert.Equal(share, attachment.GapShare, 0.001);
        Assert.Equal((touches, sticksOut, pointsAway), (attachment.Touches, attachment.SticksOut, attachment.PointsAway));
        Assert.Equal(touches && sticksOut && pointsAway, attachment.IsAttached);
    }

    [Fact]
    public void A_horn_that_hangs_below_the_head_is_told_from_its_neck()
    {
        var drawing = Unicorn("llama-3-70b");
        var attachment = Attachment.Of(drawing.Part("horn"), [drawing.Part("head")[0]]);
        Assert.Equal(0.5, attachment.Gap, 0.01);
        Assert.False(attachment.Touches);
        Assert.False(attachment.PointsAway);
    }

    [Theory]
    [InlineData("0.3", true, true, true)] // its foot in the head
    [InlineData("0.53", true, true, true)] // a hair above it: 0.03 of 1.41
    [InlineData("0.6", false, true, true)]
    [InlineData("-0.2", true, false, true)] // most of it in the head
    [InlineData("-1.3", true, true, false)] // upright, but below
    public void A_triangle_above_a_circle_is_judged_by_where_it_stands(string foot, bool touches, bool sticksOut, bool pointsAway)
    {
        var drawing = TikzDrawing.Parse($@"
% Head
\fill (0,0) circle (0.5);
% Horn
\fill[yellow] (-0.1,{foot}) -- ++(0.1,0.8) -- ++(0.1,-0.8) -- cycle;");
        var attachment = Attachment.Of(drawing.Part("horn"), drawing.Part("head"));
        Assert.Equal((touches, sticksOut, pointsAway), (attachment.Touches, attachment.SticksOut, attachment.PointsAway));
    }

    [Fact]
    public void A_line_reaches_as_far_as_half_its_width_and_is_covered_by_its_length()
    {
        var drawing = TikzDrawing.Parse(@"
% Head
\fill (0,0) rectangle (2,1);
% Horn
\draw[line width=4pt] (1,1.1) -- (1,2.1);
% Beard
\draw (1,0.75) -- (1,1.75);");
        Assert.Equal(0.1 - 2 / 28.45274, Attachment.Of(drawing.Part("horn"), drawing.Part("head")).Gap, 1e-9);
        Assert.Equal(0.25, Attachment.Of(drawing.Part("beard"), drawing.Part("head")).Covered, 0.01);
    }
}
