using System.Globalization;
using System.Text;

namespace Pellucid.Cli.Terminal;

/// <summary>How many columns a reader has, and lines that keep within them without a break inside a word.</summary>
internal static class LineWidth
{
    private const int OfATerminalThatDoesNotTell = 80;

    /// <summary>Columns of standard output; null where nobody's eyes but a program's are there, and nothing is too long.</summary>
    public static int? OfOutput() => Of(Console.IsOutputRedirected);

    /// <summary>Columns of standard error, in the same way.</summary>
    public static int? OfErrors() => Of(Console.IsErrorRedirected);

    /// <summary>A line as several, none longer than so many columns unless a single word is.</summary>
    public static string Wrap(string line, int? columns)
    {
        if (columns is not { } width || line.Length <= width)
            return line;
        var (text, used) = (new StringBuilder(line.Length + 8), 0);
        foreach (var word in line.Split(' '))
        {
            if (used > 0)
                text.Append(used + 1 + word.Length > width ? '\n' : ' ');
            used = used == 0 || used + 1 + word.Length > width ? word.Length : used + 1 + word.Length;
            text.Append(word);
        }
        return text.ToString();
    }

    // COLUMNS is how one asks for a width where no terminal tells one.
    private static int? Of(bool isRedirected)
    {
        if (int.TryParse(Environment.GetEnvironmentVariable("COLUMNS"), NumberStyles.None, CultureInfo.InvariantCulture, out var asked)
            && asked > 0)
            return asked;
        if (isRedirected)
            return null;
        try
        {
            return Console.WindowWidth is > 0 and var width ? width : OfATerminalThatDoesNotTell;
        }
        catch (IOException)
        {
            return OfATerminalThatDoesNotTell;
        }
    }
}
