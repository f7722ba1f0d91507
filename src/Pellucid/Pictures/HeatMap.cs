using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Pellucid.Pictures;

/// <summary>A matrix as coloured cells: positive and negative values in two colours, the stronger the farther from 0.</summary>
public static class HeatMap
{
    private const double Top = 34, Gap = 1;

    /// <summary>Draws a matrix.</summary>
    /// <param name="title">Above it.</param>
    /// <param name="rows">A label for each row.</param>
    /// <param name="columns">A label for each column, upright where long.</param>
    /// <param name="values">Row by row; what is not a number stays empty.</param>
    /// <param name="text">What a cell says, such as a token; by row and column.</param>
    /// <param name="cell">Width and height of a cell in pixels.</param>
    [SuppressMessage("Performance", "CA1814", Justification = "a matrix")]
    public static Picture Draw(string title, IReadOnlyList<string> rows, IReadOnlyList<string> columns, double[,] values,
        Func<int, int, string>? text = null, (double Width, double Height)? cell = null)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(columns);
        ArgumentNullException.ThrowIfNull(values);
        var (width, height) = cell ?? (text is null ? (24, 20) : (64, 22));
        var upright = columns.Any(column => Picture.TextWidth(column, 11) > width);
        var left = 14 + rows.Select(row => Picture.TextWidth(row, 11)).DefaultIfEmpty().Max();
        var head = Top + (upright ? 6 + columns.Max(column => Picture.TextWidth(column, 11)) : 16);
        var largest = Largest(values);
        var marks = new List<Mark> { new Label(10, 20, title, 14) };
        for (var c = 0; c < columns.Count; c++)
            marks.Add(upright ? new Label(left + (c + 0.5) * width + 4, head - 6, columns[c], 11, Upright: true)
                : new Label(left + (c + 0.5) * width, head - 6, columns[c], 11, Align.Middle));
        for (var r = 0; r < rows.Count; r++)
        {
            marks.Add(new Label(left - 6, head + (r + 0.5) * height + 4, rows[r], 11, Align.End));
            for (var c = 0; c < columns.Count; c++)
                AddCell(marks, rows[r], columns[c], values[r, c], largest, text?.Invoke(r, c),
                    (left + c * width, head + r * height, width, height));
        }
        marks.Add(new Box(left, head + rows.Count * height + 7, 10, 10, Ink.Positive, 0.85)); // the strongest colour, in any language
        marks.Add(new Label(left + 14, head + rows.Count * height + 16, $"= {Number(largest)}", 10, Ink: Ink.Muted));
        return new Picture(Math.Max(left + columns.Count * width, 20 + Picture.TextWidth(title, 14)) + 14,
            head + rows.Count * height + 26, title, marks);
    }

    private static void AddCell(List<Mark> marks, string row, string column, double value, double largest, string? text,
        (double X, double Y, double Width, double Height) at)
    {
        if (double.IsNaN(value))
            return;
        var strength = largest > 0 ? Math.Min(1, Math.Abs(value) / largest) : 0;
        var tip = $"{row}, {column}: {Number(value)}{(text is null ? "" : $" {text}")}";
        marks.Add(new Box(at.X, at.Y, at.Width - Gap, at.Height - Gap, Ink.Muted, 0.08));
        marks.Add(new Box(at.X, at.Y, at.Width - Gap, at.Height - Gap, value < 0 ? Ink.Negative : Ink.Positive, 0.85 * strength, tip));
        if (text is not null)
            marks.Add(new Label(at.X + at.Width / 2, at.Y + at.Height / 2 + 4, Shortened(text, at.Width - 6), 11, Align.Middle));
    }

    [SuppressMessage("Performance", "CA1814", Justification = "a matrix")]
    private static double Largest(double[,] values)
    {
        var largest = 0.0;
        foreach (var value in values)
            if (double.IsFinite(value))
                largest = Math.Max(largest, Math.Abs(value));
        return largest;
    }

    private static string Shortened(string text, double width)
    {
        var fits = Math.Max(1, (int)(width / Picture.TextWidth("m", 11)));
        return text.Length <= fits ? text : text[..Math.Max(1, fits - 1)] + "…";
    }

    private static string Number(double value) => value.ToString("0.####", CultureInfo.InvariantCulture);
}
