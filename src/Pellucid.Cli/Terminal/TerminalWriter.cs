using System.Text;

namespace Pellucid.Cli.Terminal;

/// <summary>Writes to a terminal as long as there is one: what is written after it was closed is lost, and not the work with it.
/// </summary>
internal sealed class TerminalWriter(TextWriter terminal) : TextWriter
{
    public override Encoding Encoding => terminal.Encoding;

    /// <summary>Has all that is written to terminals written so.</summary>
    public static void Install()
    {
        if (!Console.IsOutputRedirected)
            Console.SetOut(new TerminalWriter(Console.Out));
        if (!Console.IsErrorRedirected)
            Console.SetError(new TerminalWriter(Console.Error));
    }

    public override void Write(char value) => Write([value]);

    public override void Write(string? value) => Write(value.AsSpan());

    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    public override void Write(ReadOnlySpan<char> buffer)
    {
        try
        {
            terminal.Write(buffer);
        }
        catch (IOException)
        {
            // Nobody looks any more.
        }
    }

    public override void WriteLine(string? value) => Write(value + NewLine);
}
