using System.Text;
using Spectre.Console.Rendering;

namespace Pellucid.Cli.Terminal;

/// <summary>A line that is typed on a terminal, with the usual keys, and the lines before it on arrow up.</summary>
/// <param name="readKey">Gives the next key, without showing it.</param>
/// <param name="writer">The terminal.</param>
/// <param name="width">Columns of the terminal.</param>
internal sealed class LineEditor(Func<ConsoleKeyInfo> readKey, TextWriter writer, Func<int> width)
{
    private readonly List<string> _history = [];
    private readonly StringBuilder _line = new();
    private int _at;

    /// <summary>A line; null when the user ends the input with Ctrl-D on an empty one. Ctrl-C forgets what was typed.</summary>
    public string? ReadLine(string prompt)
    {
        _line.Clear();
        var (back, unfinished) = (0, "");
        _at = 0;
        while (true)
        {
            Draw(prompt);
            var key = readKey();
            var control = key.Modifiers.HasFlag(ConsoleModifiers.Control);
            switch (key.Key)
            {
                case ConsoleKey.Enter:
                    writer.Write("\n");
                    var line = _line.ToString();
                    if (line.Length > 0 && (_history.Count == 0 || _history[^1] != line))
                        _history.Add(line);
                    return line;
                case ConsoleKey.D when control && _line.Length == 0:
                    writer.Write("\n");
                    return null;
                case ConsoleKey.C when control:
                    writer.Write("^C\n");
                    _line.Clear();
                    _at = back = 0;
                    break;
                case ConsoleKey.UpArrow or ConsoleKey.DownArrow:
                    var step = key.Key == ConsoleKey.UpArrow ? 1 : -1;
                    if (back + step < 0 || back + step > _history.Count)
                        break;
                    if (back == 0)
                        unfinished = _line.ToString();
                    back += step;
                    _line.Clear().Append(back == 0 ? unfinished : _history[^back]);
                    _at = _line.Length;
                    break;
                default:
                    Edit(key, control);
                    break;
            }
        }
    }

    private void Edit(ConsoleKeyInfo key, bool control)
    {
        switch (key.Key)
        {
            case ConsoleKey.LeftArrow or ConsoleKey.B when control || key.Key == ConsoleKey.LeftArrow:
                _at -= Before(_at);
                break;
            case ConsoleKey.RightArrow or ConsoleKey.F when control || key.Key == ConsoleKey.RightArrow:
                _at += After(_at);
                break;
            case ConsoleKey.Home or ConsoleKey.A when control || key.Key == ConsoleKey.Home:
                _at = 0;
                break;
            case ConsoleKey.End or ConsoleKey.E when control || key.Key == ConsoleKey.End:
                _at = _line.Length;
                break;
            case ConsoleKey.Backspace:
                Remove(_at - Before(_at), _at);
                break;
            case ConsoleKey.Delete:
                Remove(_at, _at + After(_at));
                break;
            case ConsoleKey.U when control:
                Remove(0, _at);
                break;
            case ConsoleKey.K when control:
                Remove(_at, _line.Length);
                break;
            case ConsoleKey.W when control:
                Remove(WordStart(), _at);
                break;
            default:
                if (!control && key.KeyChar >= ' ')
                    _line.Insert(_at++, key.KeyChar);
                break;
        }
    }

    private void Remove(int from, int to)
    {
        _line.Remove(from, to - from);
        _at = from;
    }

    private int WordStart()
    {
        var start = _at;
        while (start > 0 && _line[start - 1] == ' ')
            start--;
        while (start > 0 && _line[start - 1] != ' ')
            start--;
        return start;
    }

    // Characters beyond the basic plane are two.
    private int Before(int place) => place == 0 ? 0 : place > 1 && char.IsSurrogatePair(_line[place - 2], _line[place - 1]) ? 2 : 1;

    private int After(int place) =>
        place == _line.Length ? 0 : place + 1 < _line.Length && char.IsSurrogatePair(_line[place], _line[place + 1]) ? 2 : 1;

    // What does not fit is left out on the left, so that the cursor is always seen.
    private void Draw(string prompt)
    {
        var room = Math.Max(8, width() - prompt.Length - 1);
        var (first, end, shown) = (_at, _at, 0);
        for (int step; (step = Before(first)) > 0 && shown + Cells(first - step, first) <= room; first -= step)
            shown += Cells(first - step, first);
        for (int step; (step = After(end)) > 0 && shown + Cells(end, end + step) <= room; end += step)
            shown += Cells(end, end + step);
        var back = Cells(_at, end);
        writer.Write($"\r{prompt}{_line.ToString(first, end - first)}\u001b[K{(back > 0 ? $"\u001b[{back}D" : "")}");
        writer.Flush();
    }

    private int Cells(int from, int to) => new Segment(_line.ToString(from, to - from)).CellCount();
}
