namespace Pellucid.Drawings;

/// <summary>How ends of lines look.</summary>
internal enum LineCap
{
    Butt,
    Round,
    Square,
}

/// <summary>How corners of lines look.</summary>
internal enum LineJoin
{
    Miter,
    Round,
    Bevel,
}

/// <summary>What an end of a line carries.</summary>
internal enum Tip
{
    None,

    /// <summary>What the option <c>&gt;</c> says: two short strokes if it says nothing.</summary>
    Usual,

    /// <summary>Two short strokes.</summary>
    Open,

    /// <summary>A triangle: latex, stealth and their like.</summary>
    Filled,
}

/// <summary>How a line is drawn, whose width is in points.</summary>
internal sealed record Pen(Colour Colour, double Width, double Opacity, IReadOnlyList<double> Dashes, double DashPhase, LineCap Cap,
    LineJoin Join, double MiterLimit);

/// <summary>How a colour changes across a shape.</summary>
internal enum ShadeKind
{
    Axis,
    Radial,
    Ball,
}

/// <summary>Colours across a shape, and where on the way they stand: from the bottom, or the left, or the middle.</summary>
internal sealed record Shade(ShadeKind Kind, double Angle, IReadOnlyList<(double At, Colour Colour)> Stops);

/// <summary>What options and scopes have settled, at a place of the file.</summary>
internal sealed record TikzState
{
    public Affine Place { get; init; } = Affine.Identity;

    /// <summary>The vectors that numbers without a unit count, in points.</summary>
    public Point XVector { get; init; } = new(Point.Centimetre, 0);

    public Point YVector { get; init; } = new(0, Point.Centimetre);

    public Point ZVector { get; init; } = new(-0.385 * Point.Centimetre, -0.385 * Point.Centimetre);

    public Colour Colour { get; init; } = Colour.Black;

    public Colour? DrawColour { get; init; }

    public Colour? FillColour { get; init; }

    public Colour? TextColour { get; init; }

    // What becomes of a path; each begins with nothing.
    public bool Draws { get; init; }

    public bool Fills { get; init; }

    public bool Shades { get; init; }

    public bool Clips { get; init; }

    public double LineWidth { get; init; } = 0.4;

    public IReadOnlyList<double> Dashes { get; init; } = [];

    public double DashPhase { get; init; }

    public LineCap Cap { get; init; }

    public LineJoin Join { get; init; }

    public double MiterLimit { get; init; } = 10;

    public double DrawOpacity { get; init; } = 1;

    public double FillOpacity { get; init; } = 1;

    public double TextOpacity { get; init; } = 1;

    public double Rounding { get; init; }

    public bool EvenOdd { get; init; }

    public Tip StartTip { get; init; }

    public Tip EndTip { get; init; }

    /// <summary>What <see cref="Tip.Usual"/> stands for.</summary>
    public Tip UsualTip { get; init; } = Tip.Open;

    public ShadeKind ShadeKind { get; init; }

    public double ShadeAngle { get; init; }

    public IReadOnlyList<(double At, Colour Colour)> ShadeStops { get; init; } =
        [(0, Colour.White), (0.5, Colour.Gray(0.75)), (1, Colour.Gray(0.5))];

    /// <summary>Of a <c>to</c>: out, in, looseness, and a bend where one is asked for.</summary>
    public double? Out { get; init; }

    public double? In { get; init; }

    public double? Bend { get; init; }

    public double BendAngle { get; init; } = 30;

    public double Looseness { get; init; } = 1;

    /// <summary>Of circles, ellipses and arcs, in user's units.</summary>
    public TikzSlice? XRadius { get; init; }

    public TikzSlice? YRadius { get; init; }

    public double? StartAngle { get; init; }

    public double? EndAngle { get; init; }

    public double? DeltaAngle { get; init; }

    public TikzSlice? GridXStep { get; init; }

    public TikzSlice? GridYStep { get; init; }

    /// <summary>Of plots.</summary>
    public double Tension { get; init; } = 0.5;

    public PlotKind Plot { get; init; }

    public (double From, double To) Domain { get; init; } = (-5, 5);

    public int Samples { get; init; } = 25;

    public string Variable { get; init; } = "x";

    public NodeState Node { get; init; } = new();

    public Colour Drawing => DrawColour ?? Colour;

    public Colour Filling => FillColour ?? Colour;

    public Pen Pen => new(Drawing, LineWidth, DrawOpacity, Dashes, DashPhase, Cap, Join, MiterLimit);

    public Shade Shade => new(ShadeKind, ShadeAngle, ShadeStops);

    /// <summary>For a path of its own: what is done with one is not inherited.</summary>
    public TikzState ForPath(bool draws = false, bool fills = false, bool shades = false, bool clips = false) => this with
    {
        Draws = draws, Fills = fills, Shades = shades, Clips = clips, Out = null, In = null, Bend = null, Node = Node.ForPath(),
    };
}

/// <summary>How points of a plot are joined.</summary>
internal enum PlotKind
{
    Straight,
    StraightCycle,
    Smooth,
    SmoothCycle,
}

/// <summary>What is settled about nodes; lengths in points.</summary>
internal sealed record NodeState
{
    public string Shape { get; init; } = "rectangle";

    /// <summary>Which of its points lies at its place: centre, north, south west, …</summary>
    public string Anchor { get; init; } = "center";

    public Point Shift { get; init; }

    /// <summary>A node that this one stands beside, and on which side.</summary>
    public (string Name, Point Direction, double Distance, bool FromBorder)? Beside { get; init; }

    public double InnerX { get; init; } = 3.333;

    public double InnerY { get; init; } = 3.333;

    public double OuterSeparation { get; init; } = 0.2;

    public double LeastWidth { get; init; }

    public double LeastHeight { get; init; }

    public double? TextWidth { get; init; }

    public double FontSize { get; init; } = 10;

    public string Align { get; init; } = "center";

    public double Distance { get; init; } = Point.Centimetre;

    /// <summary>Where on the last step of the path.</summary>
    public double? Share { get; init; }

    public bool IsSloped { get; init; }

    public TikzSlice? At { get; init; }

    public string Name { get; init; } = "";

    public NodeState ForPath() => this with { Share = null, At = null, Name = "", Beside = null, Anchor = "center", Shift = default };
}
