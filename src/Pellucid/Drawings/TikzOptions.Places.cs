namespace Pellucid.Drawings;

/// <summary>Options that move, turn and scale, and those of lines.</summary>
internal sealed partial class TikzOptions
{
    private TikzState? Placed(TikzState state, string key, TikzSlice? given)
    {
        TikzState Inside(Affine inner) => state with { Place = state.Place.Of(inner) };
        if (key == "reset cm")
            return state with { Place = Affine.Identity };
        if (given is not { } value)
            return null;
        switch (key)
        {
            case "rotate":
                return Inside(Affine.Rotate(Number(value)));
            case "scale":
                return Inside(Affine.Scale(Number(value), Number(value)));
            case "xscale":
                return Inside(Affine.Scale(Number(value), 1));
            case "yscale":
                return Inside(Affine.Scale(1, Number(value)));
            case "shift":
                return Inside(Affine.Shift(Vector(state, value)));
            case "xshift":
                return Inside(Affine.Shift(new Point(Length(value), 0)));
            case "yshift":
                return Inside(Affine.Shift(new Point(0, Length(value))));
            case "xslant":
                return Inside(new Affine(1, 0, Number(value), 1, 0, 0));
            case "yslant":
                return Inside(new Affine(1, Number(value), 0, 1, 0, 0));
            case "rotate around" or "scale around":
                var colon = value.IndexOf(":");
                if (colon < 0)
                    throw value.Error($"'{key}' is written number:(point)");
                var (amount, around) = (Number(value.To(colon)), Vector(state, value.From(colon + 1)));
                return Inside(Affine.Shift(around).Of(key == "rotate around" ? Affine.Rotate(amount) : Affine.Scale(amount, amount))
                    .Of(Affine.Shift(-1 * around)));
            case "cm":
                var parts = value.Split(",");
                if (parts.Count < 5)
                    throw value.Error("'cm' is written {a,b,c,d,(point)}");
                var shift = Vector(state, value.From(parts[4].Start - value.Start));
                return Inside(new Affine(Number(parts[0]), Number(parts[1]), Number(parts[2]), Number(parts[3]), shift.X, shift.Y));
            case "x" or "y" or "z":
                var vector = value.Span.Trim().StartsWith("(") ? Vector(state, value) : Along(key, value);
                return key == "x" ? state with { XVector = vector } : key == "y" ? state with { YVector = vector }
                    : state with { ZVector = vector };
            default:
                return null;
        }
    }

    private static Point Along(string axis, TikzSlice value)
    {
        var length = Arithmetic.Evaluate(value);
        var points = length.IsLength ? length.Value : length.Value * Point.Centimetre;
        return axis == "x" ? new Point(points, 0) : axis == "y" ? new Point(0, points) : throw value.Error("'z' is written as a point");
    }

    private static TikzState? Lined(TikzState state, string key, TikzSlice? value) => (key, value) switch
    {
        ("line width", { } width) => state with { LineWidth = Math.Abs(Length(width)) },
        // These are styles, which pass over what they are given, as "thick=2".
        ("ultra thin", _) => state with { LineWidth = 0.1 },
        ("very thin", _) => state with { LineWidth = 0.2 },
        ("thin", _) => state with { LineWidth = 0.4 },
        ("semithick", _) => state with { LineWidth = 0.6 },
        ("thick", _) => state with { LineWidth = 0.8 },
        ("very thick", _) => state with { LineWidth = 1.2 },
        ("ultra thick", _) => state with { LineWidth = 1.6 },
        ("solid", null) => state with { Dashes = [] },
        ("dashed", null) => state with { Dashes = [3, 3] },
        ("densely dashed", null) => state with { Dashes = [3, 2] },
        ("loosely dashed", null) => state with { Dashes = [3, 6] },
        ("dotted", null) => state with { Dashes = [state.LineWidth, 2] },
        ("densely dotted", null) => state with { Dashes = [state.LineWidth, 1] },
        ("loosely dotted", null) => state with { Dashes = [state.LineWidth, 4] },
        ("dash dot" or "dashdotted", null) => state with { Dashes = [3, 2, state.LineWidth, 2] },
        ("dash pattern", { } pattern) => state with { Dashes = Pattern(pattern) },
        ("dash phase", { } phase) => state with { DashPhase = Length(phase) },
        ("line cap" or "cap", { } cap) => state with
        {
            Cap = cap.ToString() switch
            {
                "round" => LineCap.Round,
                "butt" => LineCap.Butt,
                "rect" => LineCap.Square,
                _ => throw cap.Error($"the line cap '{cap}' is not known"),
            },
        },
        ("line join" or "join", { } join) => state with
        {
            Join = join.ToString() switch
            {
                "round" => LineJoin.Round,
                "miter" => LineJoin.Miter,
                "bevel" => LineJoin.Bevel,
                _ => throw join.Error($"the line join '{join}' is not known"),
            },
        },
        ("miter limit", { } limit) => state with { MiterLimit = Number(limit) },
        ("rounded corners", var radius) => state with { Rounding = radius is { } r ? Length(r) : 4 },
        ("sharp corners", null) => state with { Rounding = 0 },
        ("even odd rule", null) => state with { EvenOdd = true },
        ("nonzero rule", null) => state with { EvenOdd = false },
        ("arrows", { } arrows) => Tips(state, arrows.ToString()) ?? throw arrows.Error($"the arrow '{arrows}' is not understood"),
        (">", { } kind) => TipOf(kind.ToString()) is { } tip and not Tip.Usual ? state with { UsualTip = tip }
            : throw kind.Error($"the arrow tip '{Arithmetic.Short(kind)}' is not understood"),
        _ => null,
    };

    // "on 2pt off 3pt on …".
    private static List<double> Pattern(TikzSlice value)
    {
        var (cursor, lengths) = (new TikzCursor(value), new List<double>());
        while (!cursor.IsAtEnd)
        {
            if (!cursor.TakeWord(lengths.Count % 2 == 0 ? "on" : "off"))
                throw cursor.Error("a dash pattern is written on 2pt off 3pt");
            var rest = cursor.Rest;
            var (on, off) = (rest.IndexOf("on "), rest.IndexOf("off "));
            var length = Math.Min(on < 0 ? rest.Length : on, off < 0 ? rest.Length : off);
            lengths.Add(Math.Max(0, Length(rest.To(length))));
            cursor.Skip(length);
        }
        return lengths;
    }

    // "->", "<-", "latex-latex" and the like.
    private static TikzState? Tips(TikzState state, string arrows)
    {
        var dash = arrows.IndexOf('-', StringComparison.Ordinal);
        return dash >= 0 && TipOf(arrows[..dash].Replace('<', '>')) is { } start && TipOf(arrows[(dash + 1)..]) is { } end
            ? state with { StartTip = start, EndTip = end } : null;
    }

    private static Tip? TipOf(string name) => name.Trim() switch
    {
        "" => Tip.None,
        ">" or ">>" => Tip.Usual,
        "to" or "To" => Tip.Open,
        "latex" or "stealth" or "Latex" or "Stealth" or "triangle 45" or "Triangle" or "latex'" or "stealth'" => Tip.Filled,
        _ => null,
    };
}
