namespace Pellucid.Cli.Tests;

/// <summary><c>scale simulate</c> beside its page.</summary>
public sealed class SimulateTests
{
    [Fact]
    public void Every_row_of_the_page_is_what_its_commands_print()
    {
        const string command = "pellucid scale simulate ";
        var page = File.ReadAllLines(Path.Combine(DocumentationTests.Root(), "docs", "many-machines.md"));
        using var pellucid = new PellucidProcess();
        var printed = page.Where(line => line.StartsWith(command, StringComparison.Ordinal))
            .SelectMany(line => pellucid.Run(line.Split(' ')[1..]).Output.Split('\n')).Select(line => Row(line, '│')).ToHashSet();
        var rows = page.Where(line => line.StartsWith('|') && !line.StartsWith("|-", StringComparison.Ordinal)).ToList();
        Assert.True(rows.Count > 30, $"the page has {rows.Count} rows");
        Assert.All(rows, row => Assert.Contains(Row(row.Trim('|'), '|'), printed));
    }

    private static string Row(string line, char between) => string.Join('|', line.Split(between).Select(cell => cell.Trim()));
}
