using System.CommandLine;
using System.Globalization;
using System.Text;
using Pellucid.Cli.Terminal;
using Pellucid.Drawings;
using Pellucid.Files;

namespace Pellucid.Cli;

/// <summary>Whether one part of a drawing is attached to another, with the numbers that say so.</summary>
/// <param name="Part">What may be attached.</param>
/// <param name="To">What to.</param>
/// <param name="Attached">The verdict.</param>
/// <param name="Touches">The gap is small.</param>
/// <param name="SticksOut">It is mostly not covered.</param>
/// <param name="PointsAway">Its tip is beyond the other's edge, and above its middle.</param>
/// <param name="Gap">In centimetres.</param>
/// <param name="GapShare">Of the other's diagonal.</param>
/// <param name="Covered">A share.</param>
internal sealed record AttachedPart(string Part, string To, bool Attached, bool Touches, bool SticksOut, bool PointsAway, double Gap,
    double GapShare, double Covered);

/// <summary>A drawing that was read.</summary>
/// <param name="Statements">Commands in it.</param>
/// <param name="Understood">Those of them that are drawn.</param>
/// <param name="Shapes">What is drawn.</param>
/// <param name="Parts">Names that comments give, in the order of the file.</param>
/// <param name="Problems">What is not understood, with line and column.</param>
/// <param name="Check">What <c>--check</c> found; null without it.</param>
/// <param name="Out">The picture; null where none was asked for.</param>
/// <param name="Written">What a model wrote of it; null where it is a file's.</param>
internal sealed record DrawnFile(int Statements, int Understood, int Shapes, IReadOnlyList<string> Parts, IReadOnlyList<string> Problems,
    AttachedPart? Check, string? Out, string? Written);

/// <summary><c>pellucid draw</c>.</summary>
internal static class DrawCommand
{
    private static readonly Argument<string?> DrawingFile = new("FILE")
    {
        Description = "A drawing: LaTeX with a tikzpicture, or its commands alone; left out with --prompt",
        Arity = ArgumentArity.ZeroOrOne,
    };
    private static readonly Option<string?> Out = new("--out") { Description = "The picture, as NAME.svg or NAME.png" };
    private static readonly Option<string[]> Part = new("--part")
    {
        Description = "A part by its lines, as horn=12-14; otherwise the comment above commands names theirs",
        AllowMultipleArgumentsPerToken = true,
    };
    private static readonly Option<string?> Check = new("--check")
    {
        Description = "Two parts, as horn,head or by their lines horn=12-14,head=5: is the first attached to the second?",
    };

    public static Command Create()
    {
        var tikz = new Command("tikz", "Draws a file in the language of TikZ, or what a model writes, says what of it is not understood, "
            + "and whether one part is attached to another.")
        {
            DrawingFile, Out, Part, Check, DrawnText.Model, DrawnText.Prompt, DrawnText.MaxTokens,
        }.WithExample("pellucid draw tikz unicorn.tex --out unicorn.svg\n  "
            + "pellucid draw tikz animal.tex --model unicorn --out unicorn.svg");
        tikz.SetInterruptibleAction(Tikz);
        return new Command("draw", "Draws what is written as commands.") { tikz };
    }

    private static int Tikz(ParseResult words, CancellationToken cancellation)
    {
        var output = new Output(words.GetValue(CommonOptions.Json));
        var (file, prompt, picture) = (words.GetValue(DrawingFile), words.GetValue(DrawnText.Prompt), words.GetValue(Out));
        if ((file is null) == (prompt is null) || (prompt is not null && words.GetValue(DrawnText.Model) is null))
            throw new ArgumentException("what is to be drawn is a FILE, or --prompt TEXT with --model MODEL, which writes it");
        var isPng = picture?.EndsWith(".png", StringComparison.OrdinalIgnoreCase) == true;
        if (picture is not null && !isPng && !picture.EndsWith(".svg", StringComparison.OrdinalIgnoreCase))
            throw new ArgumentException($"--out is '{picture}'; its name ends in .svg or .png");
        var checkedParts = words.GetValue(Check)?.Split(',') ?? [];
        var lines = (words.GetValue(Part) ?? []).Select(part => Lines(Part, part))
            .Concat(checkedParts.Where(part => part.Contains('=', StringComparison.Ordinal)).Select(part => Lines(Check, part))).ToList();
        var asked = words.GetValue(Check) is { } parts ? Asked(parts) : null;
        if (lines.Find(one => one.Name != asked?.Part && one.Name != asked?.To) is { Name: { } unasked })
            throw new ArgumentException($"--part names '{unasked}', which --check does not ask about");
        var (text, written) = (file is null ? prompt! : PlainText.ReadAll(file), (string?)null);
        if (words.GetValue(DrawnText.Model) is not null)
            (text, written) = DrawnText.Of(words, text, cancellation);
        var path = file ?? words.GetValue(DrawnText.Model)!;
        var drawing = Parse(path, text, written is not null);
        var check = asked is { } pair ? Checked(drawing, path, pair, lines) : null;
        if (picture is not null)
            SafeFile.Write(picture, stream =>
            {
                if (isPng)
                    drawing.WritePng(stream);
                else
                    stream.Write(Encoding.UTF8.GetBytes(drawing.ToSvg(Path.GetFileName(path))));
            });
        var drawn = new DrawnFile(drawing.Statements, drawing.Understood, drawing.Shapes.Count,
            [.. drawing.Shapes.Select(shape => shape.Part).Where(part => part.Length > 0).Distinct()],
            [.. drawing.Problems.Select(problem => problem.ToString())], check, picture, written);
        Tell(output, path, drawing, drawn);
        output.Json(drawn, Results.Default.DrawnFile);
        return PellucidCommand.Done;
    }

    // A file in which there is no drawing is the wrong one; a model may write what is none, and that is what is to be known of it.
    private static TikzDrawing Parse(string path, string text, bool isWritten)
    {
        try
        {
            var drawing = TikzDrawing.Parse(text);
            return isWritten || drawing.Shapes.Count > 0 || drawing.Problems.Count == 0 ? drawing
                : throw new InvalidDataException($"nothing of it is understood: {drawing.Problems[0]}");
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException($"{path}, {error.Message}", error);
        }
    }

    private static void Tell(Output output, string path, TikzDrawing drawing, DrawnFile drawn)
    {
        if (drawn.Written is { } written)
            output.Line($"the model wrote:\n{written.Trim('\n')}\n");
        output.Line($"{path}: {drawn.Understood} of {drawn.Statements} statements are understood; {drawn.Shapes} shapes, "
            + $"{Units.Number(drawing.Size.Width, 2)} by {Units.Number(drawing.Size.Height, 2)} cm");
        foreach (var problem in drawn.Problems)
            output.Line($"  {problem}");
        if (drawn.Parts.Count > 0)
            output.Line($"parts: {string.Join(", ", drawn.Parts)}");
        if (drawn.Check is { } check)
            output.Line($"{check.Part} is {(check.Attached ? "" : "not ")}attached to {check.To}: "
                + $"{(check.Touches ? "it touches" : "apart")} (gap {Units.Number(check.Gap, 3)} cm, "
                + $"{Units.Number(100 * check.GapShare, 1)} % of {check.To}'s diagonal), "
                + $"{(check.SticksOut ? "sticks out" : "lies within")} ({Units.Number(100 * check.Covered, 1)} % covered), "
                + (check.PointsAway ? "points away" : "does not point away and up"));
        if (drawn.Out is { } picture)
            output.Line($"the picture is {picture}");
    }

    // "horn=12-14", or "horn=12".
    private static (string Name, int First, int Last) Lines(Option option, string text)
    {
        var (name, lines) = (text.Split('=')[0], text[(text.IndexOf('=', StringComparison.Ordinal) + 1)..].Split('-'));
        if (name.Length > 0 && name.Length < text.Length && lines.Length <= 2
            && int.TryParse(lines[0], NumberStyles.None, CultureInfo.InvariantCulture, out var first)
            && int.TryParse(lines[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var last) && first <= last)
            return (name, first, last);
        throw new ArgumentException($"{option.Name} is '{text}'; it is a name and lines, such as horn=12-14");
    }

    private static (string Part, string To)? Asked(string parts) => parts.Split(',') is [{ Length: > 0 } part, { Length: > 0 } to]
        ? (part.Split('=')[0], to.Split('=')[0]) : throw new ArgumentException($"--check is '{parts}'; it is two parts, such as horn,head");

    private static AttachedPart Checked(TikzDrawing drawing, string path, (string Part, string To) asked,
        List<(string Name, int First, int Last)> lines)
    {
        var (part, to) = asked;
        IReadOnlyList<DrawnShape> Shapes(string name)
        {
            IReadOnlyList<DrawnShape> found = lines.Any(one => one.Name == name)
                ? [.. lines.Where(one => one.Name == name).SelectMany(one => drawing.OfLines(one.First, one.Last))] : drawing.Part(name);
            return found.Count > 0 ? found : throw new InvalidDataException($"{path}: nothing is drawn under a comment with '{name}'; "
                + $"--part {name}=FIRST-LAST names its lines");
        }
        var attachment = Attachment.Of(Shapes(part), Shapes(to));
        return new AttachedPart(part, to, attachment.IsAttached, attachment.Touches, attachment.SticksOut, attachment.PointsAway,
            attachment.Gap, attachment.GapShare, attachment.Covered);
    }
}
