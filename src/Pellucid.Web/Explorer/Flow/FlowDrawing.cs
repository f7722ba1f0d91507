using System.Globalization;
using Pellucid.Pictures;

namespace Pellucid.Web.Explorer.Flow;

/// <summary>
/// The drawing of a text's way through the model: a row for every token, a column for every stage, and lines wherever one token's
/// vector takes something from another's.
/// </summary>
/// <param name="reading">What is drawn.</param>
/// <param name="show">A token's text.</param>
internal sealed class FlowDrawing(FlowReading reading, Func<int, string> show)
{
    /// <summary>Height of a row, in pixels.</summary>
    public const int RowHeight = 27;

    private const double Cell = 6, LeastShown = 0.03, WordGap = 26;

    /// <summary>Rows above the drawn tokens: one for all before them, if there are any.</summary>
    public int Above => reading.First > 0 ? 1 : 0;

    /// <summary>Tokens after the drawn ones.</summary>
    public int Later => reading.Tokens.Length - reading.First - reading.Rows;

    private double Height => Math.Max((Above + reading.Rows + (Later > 0 ? 1 : 0)) * RowHeight, FlowReading.Words * WordGap + 6);

    private int Chosen => reading.Position - reading.First;

    /// <summary>Width of a stage's column, in pixels.</summary>
    public static int Width(FlowPart part) => part switch
    {
        FlowPart.Tokens => 112,
        FlowPart.Attention => 92,
        FlowPart.FeedForward => 88,
        FlowPart.Blocks => 64,
        FlowPart.Next => 190,
        FlowPart.Embedding => 84,
        _ => 78,
    };

    /// <summary>One column.</summary>
    public Picture Draw(FlowStage stage, string title)
    {
        var marks = new List<Mark>();
        var width = Width(stage.Part);
        if (stage.Part is FlowPart.Attention or FlowPart.FeedForward)
            marks.Add(new Box(3, 0, width - 6, Height, Ink.Muted, 0.07, Corner: 8));
        switch (stage.Part)
        {
            case FlowPart.Tokens:
                for (var row = 0; row < reading.Rows; row++)
                    marks.Add(new Label(width - 8, Y(row) + 4, show(reading.Tokens[reading.First + row]), 12, Align.End,
                        row == Chosen ? Ink.Text : Ink.Muted));
                break;
            case FlowPart.Attention:
                AddStream(marks, 0, 14);
                AddStream(marks, width - 14, width);
                AddLooks(marks, reading.Blocks[stage.Layer].Looks, 14, width - 14);
                break;
            case FlowPart.Next:
                AddWords(marks);
                break;
            default:
                AddStream(marks, 0, width);
                AddStrips(marks, Strips(stage), (width - FlowReading.Cells * Cell) / 2);
                break;
        }
        return new Picture(width, Height, title, marks);
    }

    private IReadOnlyList<float[]> Strips(FlowStage stage) => stage.Part switch
    {
        FlowPart.Embedding => reading.Embedded,
        FlowPart.FeedForward => reading.Blocks[stage.Layer].Strongest,
        FlowPart.Norm => reading.Normed,
        _ => [],
    };

    private double Y(int row) => (Above + row + 0.5) * RowHeight;

    // Every token's own row, from left to right: the residual stream.
    private void AddStream(List<Mark> marks, double from, double to)
    {
        for (var row = -Above; row < reading.Rows; row++)
            AddStream(marks, row, from, to);
    }

    private void AddStream(List<Mark> marks, int row, double from, double to) =>
        marks.Add(new Stroke([(from, Y(row)), (to, Y(row))], row == Chosen ? Ink.Positive : Ink.Muted, row == Chosen ? 2 : 1,
            row == Chosen ? 0.9 : 0.45));

    private void AddLooks(List<Mark> marks, IReadOnlyList<float[]> looks, double from, double to)
    {
        foreach (var row in Enumerable.Range(0, reading.Rows).OrderBy(row => row == Chosen))
        {
            // Each token's own vector goes on, whatever is added to it.
            AddStream(marks, row, from, to);
            for (var key = 1 - Above; key <= row + 1; key++)
            {
                var weight = looks[row][key];
                if (weight < LeastShown)
                    continue;
                var (y, middle, isChosen) = (Y(key - 1), (from + to) / 2, row == Chosen);
                marks.Add(new Stroke([(from, y), (middle, y), (middle, Y(row)), (to, Y(row))], isChosen ? Ink.Positive : Ink.Muted,
                    1 + (isChosen ? 5 : 2) * weight, (isChosen ? 0.35 : 0.1) + (isChosen ? 0.6 : 0.3) * weight, Smooth: true,
                    $"{Name(row)} → {(key == 0 ? "…" : Name(key - 1))}: {Percent(weight)}"));
            }
        }
    }

    private void AddStrips(List<Mark> marks, IReadOnlyList<float[]> strips, double left)
    {
        var largest = strips.SelectMany(strip => strip).Select(Math.Abs).DefaultIfEmpty(1).Max();
        for (var row = 0; row < strips.Count; row++)
        {
            marks.Add(new Box(left, Y(row) - 8, FlowReading.Cells * Cell, 16, Ink.Ground));
            for (var cell = 0; cell < strips[row].Length; cell++)
                marks.Add(new Box(left + cell * Cell, Y(row) - 8, Cell - 1, 16, strips[row][cell] < 0 ? Ink.Negative : Ink.Positive,
                    0.08 + 0.92 * Math.Abs(strips[row][cell]) / Math.Max(largest, 1e-9), Number(strips[row][cell])));
        }
    }

    // From the chosen row to the likeliest words.
    private void AddWords(List<Mark> marks)
    {
        const double names = 34, longest = 96;
        for (var word = 0; word < reading.Next.Count; word++)
        {
            var (next, y) = (reading.Next[word], 3 + (word + 0.5) * WordGap);
            marks.Add(new Stroke([(0, Y(Chosen)), (names / 2, Y(Chosen)), (names / 2, y), (names - 4, y)], Ink.Positive,
                1 + 4 * next.Probability, 0.25 + 0.7 * next.Probability, Smooth: true));
            marks.Add(new Box(names, y - 10, Math.Max(1, next.Probability * longest), 20, Ink.Positive, 0.3, Corner: 3));
            marks.Add(new Label(names + 5, y + 4, Cut(show(next.Token)), 12, Ink: word == 0 ? Ink.Text : Ink.Muted));
            marks.Add(new Label(Width(FlowPart.Next) - 4, y + 4, Percent(next.Probability), 11, Align.End, Ink.Muted));
        }
    }

    private string Name(int row) => show(reading.Tokens[reading.First + row]);

    private static string Cut(string text) => text.Length <= 13 ? text : text[..12] + "…";

    private static string Number(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);

    private static string Percent(double share) => (100 * share).ToString("0.0", CultureInfo.InvariantCulture) + " %";
}
