using Pellucid.Cli.Terminal;
using Spectre.Console;

namespace Pellucid.Cli.Tests;

/// <summary>Tables in few columns.</summary>
public sealed class FittedTableTests
{
    private static string Show(Table table, int width)
    {
        using var writer = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer), Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors,
        });
        console.Profile.Width = width;
        console.Pipeline.Attach(new FittedTable());
        console.Write(table);
        return writer.ToString();
    }

    private static Table Heads()
    {
        var table = new Table().Border(TableBorder.Minimal).AddColumns("head", "homonym accuracy", "monosemy", "embedding", "what it does");
        table.AddRow("0.1", "0.25", "0.5", "embedding", "looks at the word before");
        table.AddRow("0.2", "0.125", "–", "after block 3", "copies a name that was there already");
        return table;
    }

    [Fact]
    public void A_table_that_has_room_is_whole()
    {
        var shown = Show(Heads(), 120);
        Assert.Contains("copies a name that was there already", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("Left out", shown, StringComparison.Ordinal);
    }

    [Fact]
    public void No_line_is_padded() =>
        Assert.All(Show(Heads(), 5000).Split('\n'), line => Assert.Equal(line.TrimEnd(), line));

    [Theory]
    [InlineData(80)]
    [InlineData(60)]
    [InlineData(50)]
    [InlineData(40)]
    [InlineData(30)]
    public void Lines_break_between_words_alone_and_what_has_no_room_is_left_out_and_said(int width)
    {
        var shown = Show(Heads(), width);
        Assert.All(shown.Split('\n'), line => Assert.True(line.Length <= width, line));
        string[] known = [.. "head homonym accuracy monosemy embedding what it does 0.1 0.25 0.5 looks at the word before".Split(' '),
            .. "0.2 0.125 – after block 3 copies a name that was there already │".Split(' ')];
        var table = shown.Split("Left out")[0];
        Assert.All(table.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries).Where(word => !word.Contains('─')),
            word => Assert.Contains(word, known));
        if (!table.Contains("what", StringComparison.Ordinal))
            Assert.Contains("what it does", string.Join(' ', shown.Split("Left out")[1].Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_row_is_about_may_begin_with_a_number_and_is_broken_all_the_same()
    {
        var table = new Table().Border(TableBorder.Minimal).AddColumns("what", "measured", "simulated");
        table.AddRow("177B on 4,608 chips, where 96 reach 47 %", "42.0 % of the peak", "40.1 % of the peak");
        var shown = Show(table, 70);
        Assert.DoesNotContain("Left out", shown, StringComparison.Ordinal);
        Assert.Contains("40.1 % of the peak", shown, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-0.0004, 3, "0.000")]
    [InlineData(-0.4, 0, "0")]
    [InlineData(-0.5006, 3, "-0.501")]
    public void What_rounds_to_zero_has_no_sign(double value, int decimals, string written) =>
        Assert.Equal(written, Units.Number(value, decimals));

    [Theory]
    [InlineData("a line of words", 7, "a line\nof\nwords")]
    [InlineData("unbreakable", 4, "unbreakable")]
    [InlineData("a line of words", null, "a line of words")]
    public void A_line_is_broken_between_words(string line, int? columns, string wrapped) =>
        Assert.Equal(wrapped, LineWidth.Wrap(line, columns));
}
