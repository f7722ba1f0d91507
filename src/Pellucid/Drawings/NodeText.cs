using Pellucid.Pictures;

namespace Pellucid.Drawings;

/// <summary>What stands in a node, as lines of plain text. Letters are those of <see cref="Letters"/>, so that a text's width is
/// not TeX's.</summary>
internal static class NodeText
{
    private static readonly Dictionary<string, double> Sizes = new()
    {
        ["tiny"] = 5, ["scriptsize"] = 7, ["footnotesize"] = 8, ["small"] = 9, ["normalsize"] = 10, ["large"] = 12, ["Large"] = 14.4,
        ["LARGE"] = 17.28, ["huge"] = 20.74, ["Huge"] = 24.88,
    };

    // They change how letters look, in ways that our one alphabet cannot show.
    private static readonly HashSet<string> Looks =
    [
        "textbf", "textit", "textrm", "textsf", "texttt", "textsc", "emph", "bfseries", "itshape", "sffamily", "rmfamily", "ttfamily",
        "mathrm", "mathbf", "mathit", "text", "centering", "bf", "it", "sf", "tt", "rm", "mbox", "scshape", "normalfont", "raggedright",
        "selectfont", "noindent", "boldmath", "underline",
    ];

    private static readonly Dictionary<string, string> Signs = new()
    {
        [","] = " ", [" "] = " ", ["%"] = "%", ["&"] = "&", ["$"] = "$", ["#"] = "#", ["_"] = "_", ["{"] = "{", ["}"] = "}",
        ["quad"] = "  ", ["div"] = "÷",
        ["pi"] = "π", ["alpha"] = "α", ["beta"] = "β", ["gamma"] = "γ", ["delta"] = "δ", ["theta"] = "θ", ["lambda"] = "λ",
        ["mu"] = "μ", ["sigma"] = "σ", ["omega"] = "ω", ["times"] = "×", ["cdot"] = "·", ["circ"] = "°", ["degree"] = "°",
        ["ldots"] = "…", ["dots"] = "…",
        ["infty"] = "∞", ["to"] = "→", ["rightarrow"] = "→", ["leftarrow"] = "←", ["le"] = "≤", ["ge"] = "≥", ["pm"] = "±",
        ["newline"] = "\n",
        ["\\"] = "\n", ["par"] = "\n", ["heartsuit"] = "♥", ["star"] = "★", ["euro"] = "€", ["textdegree"] = "°",
        ["copyright"] = "©",
    };

    /// <summary>Size of letters that some commands ask for; null if none does.</summary>
    public static double? SizeOf(TikzSlice font)
    {
        double? size = null;
        var cursor = new TikzCursor(font);
        while (!cursor.IsAtEnd)
        {
            var (rest, word) = (cursor.Rest, cursor.Word());
            if (word == "\\fontsize" && cursor.Group('{', '}') is { } wanted)
            {
                size = TikzContext.Length(wanted);
                cursor.Group('{', '}');
            }
            else if (word is ['\\', .. var name] && Sizes.TryGetValue(name, out var known))
                size = known;
            else if (word is not ['\\', .. var look] || !Looks.Contains(look))
                throw rest.Error($"the font '{Arithmetic.Short(rest)}' is not understood");
        }
        return size;
    }

    /// <summary>Lines of plain text, and their size where the text sets one.</summary>
    public static (IReadOnlyList<string> Lines, double? Size, Colour? Colour) Read(TikzContext context, TikzState state, TikzSlice text)
    {
        var (plain, cursor) = (new System.Text.StringBuilder(), new TikzCursor(text.Trimmed()));
        double? size = null;
        Colour? colour = null;
        while (!cursor.Rest.Span.IsEmpty)
        {
            var span = cursor.Rest.Span;
            if (char.IsWhiteSpace(span[0]))
            {
                plain.Append(' ');
                cursor.SkipSpace();
                continue;
            }
            if (span[0] is '{' or '}' or '$' or '^' or '_')
            {
                cursor.Skip(1);
                continue;
            }
            if (span[0] == '~')
            {
                cursor.Skip(1);
                plain.Append(' ');
                continue;
            }
            if (span[0] != '\\')
            {
                var length = span.IndexOfAny("\\{}$^_~ \t\r\n") is var stop && stop > 0 ? stop : stop < 0 ? span.Length : 1;
                plain.Append(span[..length]);
                cursor.Skip(length);
                continue;
            }
            var rest = cursor.Rest;
            cursor.Skip(1);
            var name = Name(cursor);
            if (name is "textcolor" or "color" && cursor.Group('{', '}') is { } wanted)
                colour = context.RequireColour(wanted, state.Colour);
            else if (Sizes.TryGetValue(name, out var known))
                size = known;
            else if (name is "fontsize" && cursor.Group('{', '}') is { } points)
            {
                size = TikzContext.Length(points);
                cursor.Group('{', '}');
            }
            else if (Signs.TryGetValue(name, out var sign))
                plain.Append(sign);
            else if (!Looks.Contains(name))
                throw rest.Error($"'\\{name}' is not understood in a text");
        }
        return ([.. plain.ToString().Split('\n').Select(line => string.Join(' ',
            line.Split(' ', StringSplitOptions.RemoveEmptyEntries)))], size, colour);
    }

    /// <summary>Points that a text takes.</summary>
    public static double Width(string text, double size) => Letters.Width(text) / Letters.Em * size * 0.85;

    // A command's name; those of signs are one character.
    private static string Name(TikzCursor cursor)
    {
        var span = cursor.Rest.Span;
        var length = 0;
        while (length < span.Length && char.IsAsciiLetter(span[length]))
            length++;
        var name = span[..Math.Max(length, Math.Min(1, span.Length))].ToString();
        cursor.Skip(name.Length);
        return name;
    }
}
