using Pellucid.Cli.Terminal;

namespace Pellucid.Cli.Tests;

public sealed class LineEditorTests
{
    private static readonly ConsoleKeyInfo Enter = Key(ConsoleKey.Enter), Up = Key(ConsoleKey.UpArrow),
        Down = Key(ConsoleKey.DownArrow), Left = Key(ConsoleKey.LeftArrow);

    [Fact]
    public void Keys_edit_the_line() => Assert.Equal(["cat", "ca!t", "at", "the dog", "🎉"], Lines(
    [
        .. Type("cat"), Enter,
        .. Type("cat"), Left, .. Type("!"), Enter,
        .. Type("cat"), Key(ConsoleKey.Home), Key(ConsoleKey.Delete), Enter,
        .. Type("the mouse"), Control(ConsoleKey.W), .. Type("dog"), Enter,
        .. Type("a🎉b"), Left, Control(ConsoleKey.A), Key(ConsoleKey.Delete), Key(ConsoleKey.End), Key(ConsoleKey.Backspace), Left,
        Key(ConsoleKey.RightArrow), Enter,
    ]));

    [Fact]
    public void Lines_before_come_back_and_what_was_begun_is_kept() => Assert.Equal(["one", "two", "one", "thr", "thr!"], Lines(
    [
        .. Type("one"), Enter, .. Type("two"), Enter, Up, Up, Up, Enter, .. Type("thr"), Up, Up, Down, Down, Enter, Up, .. Type("!"), Enter,
    ]));

    [Fact]
    public void Control_C_forgets_the_line_and_control_D_ends() =>
        Assert.Equal(["b"], Lines([.. Type("a"), Control(ConsoleKey.C), .. Type("b"), Enter, Control(ConsoleKey.D), .. Type("c"), Enter]));

    [Fact]
    public void A_line_wider_than_the_terminal_shows_where_the_cursor_is()
    {
        using var screen = new StringWriter();
        var keys = new Queue<ConsoleKeyInfo>([.. Type("0123456789abcdefghij"), Enter]);
        Assert.Equal("0123456789abcdefghij", new LineEditor(keys.Dequeue, screen, () => 13).ReadLine("> "));
        Assert.Contains("\r> abcdefghij\u001b[K", screen.ToString(), StringComparison.Ordinal);
    }

    private static List<string> Lines(IEnumerable<ConsoleKeyInfo> typed)
    {
        var keys = new Queue<ConsoleKeyInfo>(typed);
        var editor = new LineEditor(keys.Dequeue, TextWriter.Null, () => 80);
        var lines = new List<string>();
        while (keys.Count > 0 && editor.ReadLine("> ") is { } line)
            lines.Add(line);
        return lines;
    }

    private static IEnumerable<ConsoleKeyInfo> Type(string text) => text.Select(character => new ConsoleKeyInfo(character,
        char.IsAsciiLetterUpper(char.ToUpperInvariant(character)) ? (ConsoleKey)char.ToUpperInvariant(character) : 0, false, false, false));

    private static ConsoleKeyInfo Key(ConsoleKey key) => new('\0', key, false, false, false);

    private static ConsoleKeyInfo Control(ConsoleKey key) => new('\0', key, false, false, true);
}
