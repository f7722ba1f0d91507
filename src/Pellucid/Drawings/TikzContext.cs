using System.Globalization;

namespace Pellucid.Drawings;

/// <summary>What a name of a node or a coordinate stands for.</summary>
/// <param name="Centre">On the paper.</param>
/// <param name="Half">Half its width and height, in points; zero for a coordinate.</param>
/// <param name="IsRound">Whether its border is an ellipse.</param>
/// <param name="Degrees">How far it is turned.</param>
internal sealed record TikzNode(Point Centre, Point Half, bool IsRound, double Degrees = 0)
{
    /// <summary>Where a line toward a point leaves it.</summary>
    public Point Border(Point toward)
    {
        var way = Affine.Rotate(-Degrees).Turn(toward - Centre);
        if (way.Length < 1e-9 || Half.X <= 0 || Half.Y <= 0)
            return Centre;
        var (x, y) = (way.X / Half.X, way.Y / Half.Y);
        var share = IsRound ? 1 / Math.Sqrt(x * x + y * y) : 1 / Math.Max(Math.Abs(x), Math.Abs(y));
        return Centre + Affine.Rotate(Degrees).Turn(share * way);
    }

    /// <summary>A point of it by name or by angle; null where there is none of that name.</summary>
    public Point? Anchor(string name)
    {
        if (double.TryParse(name, NumberStyles.Float, CultureInfo.InvariantCulture, out var degrees) && double.IsFinite(degrees))
            return Border(Centre + Point.Polar(degrees + Degrees, 1));
        if (name is "center" or "centre" or "mid" or "base")
            return Centre;
        if (Direction(name) is not { } direction)
            return null;
        var isCorner = direction.X != 0 && direction.Y != 0;
        var anchor = Centre + Affine.Rotate(Degrees).Turn(new Point(direction.X * Half.X, direction.Y * Half.Y));
        return isCorner && IsRound ? Border(anchor) : anchor;
    }

    /// <summary>North, south west and so on, as steps of one.</summary>
    public static Point? Direction(string name) => name switch
    {
        "center" or "centre" or "mid" or "base" => default(Point),
        "north" => new Point(0, 1),
        "south" => new Point(0, -1),
        "east" or "mid east" or "base east" => new Point(1, 0),
        "west" or "mid west" or "base west" => new Point(-1, 0),
        "north east" => new Point(1, 1),
        "north west" => new Point(-1, 1),
        "south east" => new Point(1, -1),
        "south west" => new Point(-1, -1),
        _ => null,
    };
}

/// <summary>A style: options under one name.</summary>
/// <param name="Options">With #1 where it is given something.</param>
/// <param name="Parameters">How many things it is given.</param>
/// <param name="Default">What it is given where nothing is said; null where there is none.</param>
internal sealed record TikzStyle(IReadOnlyList<TikzToken> Options, int Parameters, IReadOnlyList<TikzToken>? Default = null);

/// <summary>What has been defined so far.</summary>
internal sealed class TikzContext(TikzInput input)
{
    private int _segments;

    /// <summary>Steps of outlines, and texts, that a drawing may have.</summary>
    public const int MostSegments = 10_000;

    public TikzInput Input => input;

    public ScopedNames<object> Colours { get; } = new();

    public ScopedNames<TikzStyle> Styles { get; } = new();

    public Dictionary<string, TikzNode> Nodes { get; } = new(StringComparer.Ordinal);

    /// <summary>So much more is drawn.</summary>
    public void CountSegments(int count, int at)
    {
        if ((_segments += count) > MostSegments)
            throw new TikzLimitException($"it draws more than {MostSegments:N0} pieces of lines", at);
    }

    /// <summary>A number, as it is used where no unit is asked for.</summary>
    public static double Number(TikzSlice text) => Arithmetic.Evaluate(text.Unbraced()).Value;

    /// <summary>A length in points; a number without a unit counts points.</summary>
    public static double Length(TikzSlice text) => Arithmetic.Evaluate(text.Unbraced()).Value;

    /// <summary>A whole number.</summary>
    public static string Text(double value) => Math.Round(value, 6).ToString("0.######", CultureInfo.InvariantCulture);

    /// <summary>A colour by name, or mixed of several.</summary>
    public Colour? FindColour(TikzSlice text, Colour current)
    {
        var parts = text.Unbraced().Split("!");
        if (Named(parts[0], current) is not { } colour)
            return null;
        for (var i = 1; i < parts.Count; i += 2)
        {
            if (parts[i].IsEmpty)
                break;
            var share = Number(parts[i]) / 100;
            var other = Colour.White;
            if (i + 1 < parts.Count && !parts[i + 1].IsEmpty)
                other = Named(parts[i + 1], current)
                    ?? throw parts[i + 1].Error($"the colour '{Arithmetic.Short(parts[i + 1])}' is not known");
            colour = Colour.Mix(colour, other, share);
        }
        return colour;
    }

    public Colour RequireColour(TikzSlice text, Colour current) =>
        FindColour(text, current) ?? throw text.Error($"the colour '{Arithmetic.Short(text)}' is not known");

    /// <summary>Gives a colour a name.</summary>
    public void DefineColour(TikzSlice name, TikzSlice model, TikzSlice value)
    {
        var text = value.ToString();
        double[] Numbers(int count) => value.Split(",").Select(part => Number(part)).ToArray() is var all && all.Length == count ? all
            : throw value.Error($"the colour '{name}' has {all.Length} numbers; {model} has {count}");
        Colours[name.ToString()] = model.ToString() switch
        {
            "RGB" => Numbers(3) is var n ? new Colour(n[0] / 255, n[1] / 255, n[2] / 255) : default,
            "rgb" => Numbers(3) is var n ? new Colour(n[0], n[1], n[2]) : default,
            "gray" => Colour.Gray(Numbers(1)[0]),
            "cmyk" => Numbers(4) is var n ? new Colour(Ink(n[0], n[3]), Ink(n[1], n[3]), Ink(n[2], n[3])) : default,
            "HTML" or "html" when text.Length == 6 && text.All(char.IsAsciiHexDigit) =>
                Convert.FromHexString(text) is var b ? new Colour(b[0] / 255.0, b[1] / 255.0, b[2] / 255.0) : default,
            "HTML" or "html" => throw value.Error($"the colour '{text}' is no six digits in base 16"),
            var other => throw model.Error($"colours of the model '{other}' are not understood"),
        };
    }

    private static double Ink(double part, double black) => 1 - Math.Min(1, part + black);

    private Colour? Named(TikzSlice text, Colour current) => text.ToString() is "." ? current
        : Colours[text.ToString()] is Colour defined ? defined
        : Colour.Known.TryGetValue(text.ToString(), out var known) ? known : null;
}
