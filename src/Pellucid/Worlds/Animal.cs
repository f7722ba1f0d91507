using System.Globalization;

namespace Pellucid.Worlds;

/// <summary>
/// An animal of a few shapes, as a drawing in the language of TikZ whose unit is a millimetre: a body, a head with an eye, a tail that
/// ends in a ball, two legs; and its horn. Nothing says which shape is which. The same number makes the same animal.
/// </summary>
/// <param name="Head">The head's middle.</param>
/// <param name="HeadRadius">The head's radius.</param>
/// <param name="FacesRight">Where it looks.</param>
/// <param name="Parts">Name and command of each part but the horn, in the order in which they are drawn.</param>
public sealed record Animal((int X, int Y) Head, int HeadRadius, bool FacesRight, IReadOnlyList<(string Name, string Command)> Parts)
{
    /// <summary>How much of what heads can be is never shown in training: a tenth of all places.</summary>
    private const int HeldOutOf = 10;

    private int Side => FacesRight ? 1 : -1;

    /// <summary>All but the horn, a command a line.</summary>
    public string WithoutHorn => string.Concat(Parts.Select(part => part.Command + "\n"));

    /// <summary>The horn's command: a triangle that stands in the top of the head and leans to where the animal looks.</summary>
    public string Horn => string.Create(CultureInfo.InvariantCulture, $"\\fill({Head.X - 1},{Head.Y + HeadRadius - 1})--"
        + $"({Head.X + Side},{Head.Y + HeadRadius + 7})--({Head.X + 1},{Head.Y + HeadRadius - 1})--cycle;");

    /// <summary>Whether a head at that place is held out of training.</summary>
    public static bool IsHeldOut((int X, int Y) head) => (7 * head.X + 13 * head.Y) % HeldOutOf == 3;

    /// <summary>The animal of a number.</summary>
    /// <param name="seed">Of the herd.</param>
    /// <param name="number">Of the animal.</param>
    /// <param name="heldOut">Whether its head is at a place that training never shows.</param>
    public static Animal Of(ulong seed, int number, bool heldOut)
    {
        var chance = new Chance(Chance.Start(seed, (ulong)number * 2 + (heldOut ? 1u : 0u)));
        while (true)
        {
            var side = chance.Next(2) == 0 ? -1 : 1;
            var (x, y, across, up) = (38 + chance.Next(24), 38 + chance.Next(24), 12 + chance.Next(7), 7 + chance.Next(4));
            var (head, radius) = ((X: x + side * (across + chance.Next(7)), Y: y + 5 + chance.Next(12)), 5 + chance.Next(4));
            var (tail, length) = ((X: x - side * (across + 2), Y: y - 2 + chance.Next(9)), 8 + chance.Next(9));
            var (ball, left, right) = (2 + chance.Next(3), x - 5 - chance.Next(5), x + 5 + chance.Next(5));
            List<(string Name, string Command)> parts =
            [
                ("body", Write($"\\fill({x},{y})ellipse({across} and {up});")),
                ("head", Write($"\\fill({head.X},{head.Y})circle({radius});")),
                ("eye", Write($"\\fill({head.X + 2 * side},{head.Y + 1})circle(1);")),
                ("tail", Write($"\\fill({tail.X},{tail.Y})circle({ball});")),
                ("leg", Write($"\\draw({left},{y - up})--({left},{y - up - length});")),
                ("leg", Write($"\\draw({right},{y - up})--({right},{y - up - length});")),
            ];
            for (var i = parts.Count - 1; i > 0; i--) // Fisher and Yates
            {
                var other = chance.Next(i + 1);
                (parts[i], parts[other]) = (parts[other], parts[i]);
            }
            if (IsHeldOut(head) == heldOut)
                return new Animal(head, radius, side > 0, parts);
        }
    }

    /// <summary>The same drawing with its head, and the eye in it, elsewhere: nothing else of it changes.</summary>
    public Animal WithHead((int X, int Y) head) => this with
    {
        Head = head,
        Parts = [.. Parts.Select(part => part.Name switch
        {
            "head" => (part.Name, Write($"\\fill({head.X},{head.Y})circle({HeadRadius});")),
            "eye" => (part.Name, Write($"\\fill({head.X + 2 * Side},{head.Y + 1})circle(1);")),
            _ => part,
        })],
    };

    /// <summary>A text to learn from: animals with their horns, an empty line after each.</summary>
    public static string Text(ulong seed, int count) => string.Concat(Enumerable.Range(0, count)
        .Select(number => Of(seed, number, heldOut: false)).Select(animal => $"{animal.WithoutHorn}{animal.Horn}\n\n"));

    /// <summary>A picture that can be drawn, in which comments name the parts.</summary>
    /// <param name="horn">Commands of a horn, drawn last; none if empty.</param>
    public string Picture(string horn) => "\\begin{tikzpicture}[x=1mm,y=1mm,line width=1.5pt]\n"
        + string.Concat(Parts.Select(part => $"% {part.Name}\n{Coloured(part)}\n"))
        + (horn.Length == 0 ? "" : $"% horn\n\\begin{{scope}}[fill=orange]\n{horn.Trim()}\n\\end{{scope}}\n") + "\\end{tikzpicture}\n";

    private static string Coloured((string Name, string Command) part) => part.Name is "eye" ? part.Command
        : $"\\begin{{scope}}[color={(part.Name == "head" ? "brown" : "brown!60")}]\n{part.Command}\n\\end{{scope}}";

    private static string Write(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
