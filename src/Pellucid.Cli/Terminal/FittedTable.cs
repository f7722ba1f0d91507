using Spectre.Console;
using Spectre.Console.Rendering;

namespace Pellucid.Cli.Terminal;

/// <summary>
/// Shows tables as wide as the reader's columns allow: cells break between words alone, columns that do not fit so are left out, from
/// the last on, and their names are told below; nothing is padded behind the last word of a line.
/// </summary>
internal sealed class FittedTable : IRenderHook
{
    // Beside what is in a cell: a space on either side, and a line between columns.
    private const int Around = 3;

    // What a row is about is not broken, unless it is long; and what is longer than any number with its error only begins with one.
    private const int ShortName = 16, LongNumber = 20;

    public IEnumerable<IRenderable> Process(RenderOptions options, IEnumerable<IRenderable> renderables) =>
        renderables.Select(renderable => renderable is Table table ? new Trimmed(table) : renderable);

    private sealed class Trimmed(Table table) : Renderable
    {
        protected override IEnumerable<Segment> Render(RenderOptions options, int maxWidth)
        {
            var (fitted, leftOut) = Fit(table, options, maxWidth);
            foreach (var line in Segment.SplitLines(((IRenderable)fitted).Render(options, maxWidth)))
            {
                var last = line.FindLastIndex(segment => !string.IsNullOrWhiteSpace(segment.Text));
                for (var i = 0; i <= last; i++)
                    yield return i < last ? line[i] : new Segment(line[i].Text.TrimEnd(), line[i].Style);
                yield return Segment.LineBreak;
            }
            if (leftOut.Count == 0)
                yield break;
            var note = $"Left out, for want of room in {maxWidth} columns: {string.Join("; ", leftOut)}.";
            foreach (var line in LineWidth.Wrap(note, maxWidth).Split('\n'))
            {
                yield return new Segment(line);
                yield return Segment.LineBreak;
            }
        }
    }

    private static (Table Fitted, IReadOnlyList<string> LeftOut) Fit(Table table, RenderOptions options, int maxWidth)
    {
        var widths = Enumerable.Range(0, table.Columns.Count).Select(column => WidthsOf(table, column, options)).ToArray();
        var room = maxWidth - 1;
        if (widths.Sum(width => width.Whole + Around) <= room)
            return (table, []);
        var kept = widths.Length;
        while (kept > 1 && widths.Take(kept).Sum(width => width.Word + Around) > room)
            kept--;
        // Each column has room for its longest word; what is left goes to those that have more to say, evenly.
        var given = widths.Take(kept).Select(width => width.Word).ToArray();
        var left = room - given.Sum(width => width + Around);
        while (left > 0 && Enumerable.Range(0, kept).Where(column => given[column] < widths[column].Whole)
            .OrderBy(column => given[column]).Cast<int?>().FirstOrDefault() is { } narrow)
            (given[narrow], left) = (given[narrow] + 1, left - 1);
        if (kept == 1)
            given[0] = Math.Min(given[0], Math.Max(1, room - Around));
        return (WithColumns(table, given), [.. table.Columns.Skip(kept).Select(column => TextOf(column.Header, options))]);
    }

    private static Table WithColumns(Table table, int[] widths)
    {
        var fitted = new Table
        {
            Border = table.Border, BorderStyle = table.BorderStyle, ShowHeaders = table.ShowHeaders, Title = table.Title,
            Caption = table.Caption,
        };
        for (var column = 0; column < widths.Length; column++)
            fitted.AddColumn(new TableColumn(table.Columns[column].Header)
            {
                Alignment = table.Columns[column].Alignment, Width = widths[column],
            });
        foreach (var row in table.Rows)
            fitted.AddRow(row.Take(widths.Length));
        return fitted;
    }

    // Of a column, its longest word and its longest cell.
    private static (int Word, int Whole) WidthsOf(Table table, int column, RenderOptions options)
    {
        var cells = table.Rows.Select(row => row.ElementAtOrDefault(column)).OfType<IRenderable>();
        if (table.ShowHeaders)
            cells = cells.Append(table.Columns[column].Header);
        var (word, whole) = (1, 1);
        foreach (var cell in cells)
            foreach (var line in TextOf(cell, options).Split('\n'))
            {
                whole = Math.Max(whole, Cells(line));
                foreach (var part in IsWhole(line, column) ? [line] : line.Split(' '))
                    word = Math.Max(word, Cells(part));
            }
        return (word, whole);
    }

    private static string TextOf(IRenderable cell, RenderOptions options) =>
        string.Concat(cell.Render(options, 1 << 16).Select(segment => segment.IsLineBreak ? "\n" : segment.Text)).TrimEnd('\n');

    private static bool IsWhole(string text, int column) => Cells(text) <= (column == 0 ? ShortName : IsNumber(text) ? LongNumber : 0);

    // A number stays with its sign, its unit and its error.
    private static bool IsNumber(string text) => text.TrimStart('-', '−', '+', ' ') is [var first, ..] && char.IsAsciiDigit(first);

    private static int Cells(string text) => new Segment(text).CellCount();
}
