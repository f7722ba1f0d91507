using System.Text;
using Pellucid.Drawings;

namespace Pellucid.Tests.Hostile;

/// <summary>Drawings that use all there is, to be damaged.</summary>
internal static class HostileDrawings
{
    /// <summary>What a drawing within its limits may allocate.</summary>
    public const long OfDrawing = 150_000_000;

    private const double Side = 48;

    /// <summary>Drawings.</summary>
    public static IReadOnlyList<byte[]> Whole { get; } =
    [
        """
        \documentclass[tikz]{standalone}
        \usepackage{tikz} % a comment
        \usetikzlibrary{calc}
        \definecolor{horncolor}{RGB}{255, 204, 51}\definecolor{b}{HTML}{AABBCC}\colorlet{c}{red!50!b}
        \tikzset{horn/.style={horncolor, fill=horncolor, very thick}, big/.style 2 args={scale=#1, rotate=#2}}
        \tikzstyle{leg}=[draw=gray!20, rounded corners=2pt]
        \def\r{1.5} \newcommand{\eye}[2][0.1]{\fill[black] (#2) circle (#1);}
        \begin{document}\begin{tikzpicture}[scale=0.5, line cap=round]
        % Head
        \filldraw[fill=pink!50, draw=c, dashed] (0,0) ellipse (2 and 1cm) -- ++(1,0) -| (3,1) |- cycle;
        \draw[leg] (1,1) .. controls (2,2) and +(0,1) .. (3,0) to[out=90, in=180, looseness=2] (4,4) to[bend left] (5,5);
        % Horn
        \draw[horn, big={2}{30}] (6.5,3) -- (30:\r) -- ($(1,1)!.5!(2,2)+(0,1)$) -- cycle;
        \foreach \x/\y in {0/1,2/3} { \eye{\x,\y} \eye[0.2]{\y,\x} }
        \foreach \i [count=\n, evaluate=\i as \j using \i*2] in {0,30,...,330}
            \draw[->] (\i:1) arc (\i:\i+20:\j pt) node[above, midway] {\n};
        \end{tikzpicture}\end{document}
        """u8.ToArray(),
        """
        \begin{scope}[shift={(1,2)}, rotate around={30:(1,1)}, xslant=0.5]\clip (0,0) circle (2); \shade[ball color=red] (0,0) circle (1);
        \shade[left color=red, right color=blue, shading angle=30] (0,0) rectangle (2,2);\end{scope}
        \coordinate (a) at (1,1); \node[draw, circle, fill=yellow!80!black, minimum size=1cm] (n) at (2,2) {\textbf{A} \\ $x^2$};
        \draw[very thick, -stealth, opacity=0.5] (a) -- (n) -- (n.north east) -- (a |- n);
        \draw (0,0) grid[step=0.5] (2,2) parabola bend (1,1) (2,0) sin (1,1) cos (2,0);
        \draw plot[smooth cycle, tension=0.7] coordinates {(0,0) (1,1) (2,0)} plot[domain=0:360, samples=9] (\x/90, {sin(\x)});
        \ifnum 3<5 \fill[even odd rule] (0,0) circle (2) (0,0) circle (1);\else \draw (0,0);\fi
        \pgfmathsetmacro{\k}{max(2, sqrt(4)*-1^2) > 1 ? pi : 3} \draw (\k,0) foreach \q in {1,2} { -- (\q,\k) };
        {\color{blue} \draw[x radius=1, y radius=2] (0,0) circle; \path (0,0) coordinate (z) arc[start angle=0, delta angle=90, radius=1];}
        """u8.ToArray(),
    ];

    /// <summary>Reads, writes and paints one.</summary>
    public static void Read(string path)
    {
        var drawing = TikzDrawing.Parse(File.ReadAllText(path, Encoding.UTF8));
        if (drawing.Understood > drawing.Statements || drawing.Problems.Any(problem => problem.Line < 1 || problem.Column < 1))
            throw new InvalidOperationException("a drawing has counted wrongly");
        System.Xml.Linq.XDocument.Parse(drawing.ToSvg());
        var bounds = drawing.Bounds;
        if (!bounds.IsNone)
            DrawingPainter.Paint(drawing.Shapes, bounds, Side / Math.Max(1, Math.Max(bounds.Width, bounds.Height)));
    }
}
