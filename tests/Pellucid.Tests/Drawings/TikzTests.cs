using System.Text;
using System.Xml.Linq;
using Pellucid.Drawings;
using Pellucid.Pictures;
using Pellucid.Tests.Hostile;

namespace Pellucid.Tests.Drawings;

public sealed class TikzTests
{
    private const double Cm = Point.Centimetre;

    private static TikzDrawing Parse(string text)
    {
        var drawing = TikzDrawing.Parse(text);
        Assert.Equal([], drawing.Problems);
        return drawing;
    }

    private static IEnumerable<(double X, double Y)> Ends(string text) => Parse(text).Shapes.SelectMany(shape => shape.Outline.Steps)
        .Where(step => step.Kind != Stride.Close).Select(step => (Math.Round(step.To.X / Cm, 4), Math.Round(step.To.Y / Cm, 4)));

    [Theory]
    [InlineData(@"\def\a{1}\def\b#1{\draw (\a,#1) -- (#1,\a);}\b{2}", "1,2 2,1")]
    [InlineData(@"\newcommand{\b}[2][3]{\draw (#1,#2) -- (0,0);}\b{2}\b[4]{5}", "3,2 0,0 4,5 0,0")]
    [InlineData(@"{\def\a{1}\draw (\a,0) -- (0,\a);}\def\a{2}\draw (\a,0) -- (0,\a);", "1,0 0,1 2,0 0,2")]
    [InlineData(@"\pgfmathsetmacro{\k}{2*sqrt(4)-1}\draw (\k,0) -- (\k/2,{sin(90)});", "3,0 1.5,1")]
    [InlineData(@"\foreach \x in {0,2,...,6} \draw (\x,0) -- (\x,1);", "0,0 0,1 2,0 2,1 4,0 4,1 6,0 6,1")]
    [InlineData(@"\foreach \x in {1,2} \foreach \y in {3,4} \draw (\x,\y) -- (0,0);", "1,3 0,0 1,4 0,0 2,3 0,0 2,4 0,0")]
    [InlineData(@"\foreach \x [count=\n, evaluate=\x as \d using 2*\x] in {5,7} {\draw (\n,\d) -- (0,0);}", "1,10 0,0 2,14 0,0")]
    [InlineData(@"\draw (0,0) foreach \x in {1,2} { -- (\x,\x) };", "0,0 1,1 2,2")]
    [InlineData(@"\foreach \p in {(1,2),(3,4)} \draw \p -- (0,0);", "1,2 0,0 3,4 0,0")]
    [InlineData(@"\ifnum 3<2 \draw (1,1) -- (2,2); \else \draw (3,3) -- (4,4); \fi", "3,3 4,4")]
    [InlineData(@"\def\n{3}\ifodd\n \draw (1,1) -- (2,2); \fi", "1,1 2,2")]
    [InlineData(@"\coordinate (a) at (1,2); \draw (a) -- ($(a)!0.5!(3,4)$) -- (a |- 5,5) -- ([xshift=1cm]a);", "1,2 2,3 1,5 2,2")]
    [InlineData(@"\draw ($2*(1,1)+(0,1)$) -- ($(0,0)!2!90:(1,0)$);", "2,3 0,2")]
    [InlineData(@"\tikzset{big/.style={scale=2},s/.style={shift={(#1,0)}}} \draw[big,s=3] (1,1) -- (0,0);", "8,2 6,0")]
    [InlineData(@"\begin{scope}[xshift=1cm]\begin{scope}[rotate=90]\draw (1,0) -- (2,0);\end{scope}\end{scope}\draw (0,0) -- (1,0);",
        "1,1 1,2 0,0 1,0")]
    [InlineData(@"\draw[x=2cm,y=0.5cm] (1,1) -- (2,2);", "2,0.5 4,1")]
    [InlineData(@"\draw (0,0,0) -- (0,0,2);", "0,0 -0.77,-0.77")]
    [InlineData(@"\draw (1,0) arc[start angle=0, delta angle=90, radius=1];", "1,0 0,1")]
    [InlineData(@"\node[circle,minimum size=2cm] (n) at (0,0) {}; \draw (n) -- (5,0); \draw (n.north) -- (n.180);", "1,0 5,0 0,1 -1,0")]
    [InlineData(@"\draw (0,0) -- coordinate (m) (2,2) -- node {} coordinate[pos=1] (e) (2,4); \draw (m) -- (e);", "0,0 2,2 2,4 1,1 2,4")]
    [InlineData(@"\draw (0,0) coordinate (a) (1,1) -- (2,2); \draw (a) -- (0,1);", "1,1 2,2 0,0 0,1")]
    [InlineData(@"\node[xshift=1cm,circle,minimum size=2cm] (n) at (1,0) {}; \draw (n.north) -- (n.east);", "2,1 3,0")]
    [InlineData(@"\node[rotate=90,minimum width=4cm,minimum height=2cm] (n) {}; \draw (n.east) -- (n.north);", "0,2 -1,0")]
    [InlineData(@"\node[scale=2,circle,minimum size=1cm] (n) {}; \draw (n) -- (5,0);", "1,0 5,0")]
    [InlineData(@"\begin{scope}[scale=2]\node[circle,minimum size=2cm] (n) at (1,0) {}; \draw (n) -- (5,0);\end{scope}", "3,0 10,0")]
    [InlineData("\\draw (0,0) % a comment; with a semicolon\n -- (1,1);", "0,0 1,1")]
    public void What_a_file_defines_and_repeats_is_drawn(string text, string points) =>
        Assert.Equal(points, string.Join(' ', Ends(text).Select(end => $"{end.X:0.####},{end.Y:0.####}")));

    [Theory]
    [InlineData("\\draw (0,0) -- (1,1);\n  \\blob{3} (2,2);\n\\draw (0,0) -- (2,2);", 2, 3, @"'\blob' is not understood", 3, 2, 2)]
    [InlineData("\\draw[wobbly] (0,0) -- (1,1);", 1, 7, "the option 'wobbly' is not understood", 1, 0, 0)]
    [InlineData("\\fill[mauve!50] (0,0) circle (1);", 1, 7, "the option 'mauve!50' is not understood", 1, 0, 0)]
    [InlineData("\\fill[fill=mauve] (0,0) circle (1);", 1, 12, "the colour 'mauve' is not known", 1, 0, 0)]
    [InlineData("\\draw (0,0) -- (b) ;", 1, 17, "there is no node or coordinate 'b'", 1, 0, 0)]
    [InlineData("\\draw (0,0) -- (1,0)\n\\fill (0,0) circle (1);", 1, 1, "no ';' ends this", 2, 1, 1)]
    [InlineData("\\draw (0,0) wiggle (1,1);", 1, 13, "'wiggle (1,1)' is not understood in a path", 1, 0, 0)]
    [InlineData("\\draw (0,1/0) -- (1,1);", 1, 13, "a division by zero", 1, 0, 0)]
    [InlineData("\\draw (0,{rnd}) -- (1,1);", 1, 11, "'rnd' draws random numbers, which would make another picture each time", 1, 0, 0)]
    [InlineData("\\draw (0,99999999pt) -- (1,1);", 1, 10, "'99999999pt' is 1E+08, which TeX cannot hold", 1, 0, 0)]
    [InlineData("\\draw (0,0) arc (0:36001:1);", 1, 27, "an arc goes around 100 times at most", 1, 0, 0)]
    [InlineData("\\draw (0,0) arc (0:90);", 1, 18, "'0:90' is no arc: (angle:angle:radius)", 1, 0, 0)]
    [InlineData("\\node[xscale=2] {A};", 1, 6, "a node that is slanted, mirrored, or scaled one way alone is not understood", 1, 0, 0)]
    [InlineData("}", 1, 1, "'}' closes nothing", 1, 0, 0)]
    [InlineData("\\begin{scope}", 1, 1, "a group or an environment is not closed", 0, 0, 0)]
    public void What_is_not_understood_is_told_by_name_and_place_and_not_drawn(string text, int line, int column, string message,
        int statements, int understood, int shapes)
    {
        var drawing = TikzDrawing.Parse(text);
        Assert.Equal(new TikzProblem(line, column, message), drawing.Problems.First());
        Assert.Equal((statements, understood, shapes), (drawing.Statements, drawing.Understood, drawing.Shapes.Count));
    }

    [Theory]
    [InlineData(@"\draw[->] (0,0) -- (1,0);", false)]
    [InlineData(@"\draw[->,>=latex] (0,0) -- (1,0);", true)] // it holds for what stands before it
    [InlineData(@"\begin{scope}[>=stealth]\draw[<-] (0,0) -- (1,0);\end{scope}", true)]
    [InlineData(@"\draw[-to,>=latex] (0,0) -- (1,0);", false)]
    public void A_tip_is_the_one_that_an_option_names(string text, bool isFilled) =>
        Assert.Equal(isFilled, Parse(text).Shapes[1].Fill is not null);

    [Fact]
    public void A_nodes_letters_turn_and_grow_with_it()
    {
        var text = Parse(@"\node[rotate=30,scale=2,xshift=1cm] at (1,1) {A};").Shapes[0].Text!;
        Assert.Equal((30, 20), (Math.Round(text.Degrees, 9), Math.Round(text.Size, 9)));
    }

    [Theory]
    [InlineData(@"\def\a{\a}\a", "commands stand for commands more than 50 deep")]
    [InlineData(@"\def\a{\b}\def\b{\a\a}\draw \a;", "commands stand for commands more than 50 deep")]
    [InlineData(@"\foreach \x in {1,...,200} \foreach \y in {1,...,200} \path (0,0);", "its loops take more than 10,000 steps")]
    [InlineData(@"\foreach \x in {1,...,9000} \fill (0,0) rectangle (1,1);", "it draws more than 10,000 pieces of lines")]
    [InlineData(@"\def\a#1{#1#1#1#1#1#1#1#1#1#1}\draw \a{\a{\a{\a{\a{\a{(0,0)}}}}}};", "its commands become more than 400,000 characters")]
    public void A_file_that_asks_for_too_much_is_refused(string text, string message) => Assert.EndsWith(message,
        Assert.Throws<InvalidDataException>(() => TikzDrawing.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Nesting_of_any_kind_ends_in_a_line_and_not_in_the_stack()
    {
        foreach (var (open, close) in ((string, string)[])[("(", ")"), ("{", "}"), ("!", ""), ("sin ", ""), ("-", ""), ("[", "]"),
            ("($", "$)"), ("1?", ""), (@"\ifnum ", ""), (@"\foreach \x in {1} ", ""), (@"\begin{scope}", "")])
            foreach (var around in (string[])["{0}", @"\draw (0,{0}1{1});", @"\draw {0}1{1};", @"\draw[{0}1{1}] (0,0);"])
            {
                string Many(string part) => string.Concat(Enumerable.Repeat(part, 20_000));
                var text = around.Replace("{0}", Many(open), StringComparison.Ordinal)
                    .Replace("{1}", Many(close), StringComparison.Ordinal);
                try
                {
                    TikzDrawing.Parse(text);
                }
                catch (InvalidDataException error)
                {
                    Assert.DoesNotContain('\n', error.Message);
                }
            }
    }

    [Fact]
    public void Whole_drawings_of_the_fuzzer_are_understood_and_paint_the_same_every_time()
    {
        foreach (var bytes in HostileDrawings.Whole)
        {
            var drawing = Parse(Encoding.UTF8.GetString(bytes));
            Assert.True(drawing.Understood == drawing.Statements && drawing.Shapes.Count > 10);
            Assert.Equal("svg", XDocument.Parse(drawing.ToSvg("a & b")).Root!.Name.LocalName);
            var (one, other) = (new MemoryStream(), new MemoryStream());
            drawing.WritePng(one, 20);
            TikzDrawing.Parse(Encoding.UTF8.GetString(bytes)).WritePng(other, 20);
            Assert.Equal(one.ToArray(), other.ToArray());
        }
    }

    [Fact]
    public void Marks_of_a_picture_cover_what_the_drawing_covers()
    {
        var drawing = Parse("% Head\n\\fill[red] (0,0) circle (1);\n% Horn\n\\draw[blue,line width=3pt] (0,1) -- (0,3);");
        Assert.Equal(["Head", "Horn"], drawing.Shapes.Select(shape => shape.Part));
        var picture = new Picture(100, 100, "x", drawing.ToMarks(0, 0, 100));
        var canvas = Painter.Paint(picture, 1, dark: false);
        Assert.Equal([255, 0, 0], canvas.Row(74)[150..153].ToArray());
        Assert.Equal([0, 0, 255], canvas.Row(20)[150..153].ToArray());
        Assert.Contains("fill=\"#ff0000\"", picture.ToSvg(), StringComparison.Ordinal);
        Assert.Throws<InvalidDataException>(() => TikzDrawing.Parse(@"\node {x};").ToMarks(0, 0, 10));
    }
}
