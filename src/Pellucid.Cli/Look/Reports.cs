using System.Text.Json;
using Pellucid.Cli.Terminal;
using Pellucid.Looking;
using Spectre.Console;

namespace Pellucid.Cli.Look;

/// <summary>What reports about many prompts have in common:
/// how they were made, means with standard errors, and tables with numbers to the right.</summary>
internal static class Reports
{
    public const string Layers = "layers are counted from 0, blocks and the states after them alike";

    /// <summary>The axis of places on the way up.</summary>
    public const string AfterBlock = "after block, from 0; -1 is the embedding";

    /// <summary>A place on the way up: the embedding, which is place 0, or after a layer, which is one place more.</summary>
    public static string Place(int place) => place == 0 ? "embedding" : $"after block {place - 1}";

    /// <summary>A mean and its standard error; a dash where there is nothing to take a mean of.</summary>
    public static string Number(Estimate estimate, int decimals = 3) => double.IsNaN(estimate.Mean) ? "–"
        : double.IsNaN(estimate.StandardError) ? Units.Number(estimate.Mean, decimals)
        : $"{Units.Number(estimate.Mean, decimals)} ± {Units.Number(estimate.StandardError, decimals)}";

    /// <summary>A share as a percentage, with its standard error.</summary>
    public static string Percent(Estimate share) => double.IsNaN(share.Mean) ? "–"
        : $"{Number(new Estimate(100 * share.Mean, 100 * share.StandardError, share.Count), 1)} %";

    public static string Percent(double share) => double.IsNaN(share) ? "–" : $"{Units.Number(100 * share, 1)} %";

    /// <summary>A table whose first column is words and whose others are numbers.</summary>
    public static Table NewTable(string first, params ReadOnlySpan<string> others)
    {
        var table = new Table().Border(TableBorder.Minimal).AddColumn(first);
        foreach (var heading in others)
            table.AddColumn(new TableColumn(heading).RightAligned());
        return table;
    }

    /// <summary>A row whose cells are plain text.</summary>
    public static void AddPlainRow(this Table table, params string[] cells) => table.AddRow(cells.Select(cell => new Text(cell)));

    /// <summary>An array of objects.</summary>
    public static void WriteObjects<TItem>(this Utf8JsonWriter json, string name, IEnumerable<TItem> items, Action<TItem> fields)
    {
        json.WriteStartArray(name);
        foreach (var item in items)
        {
            json.WriteStartObject();
            fields(item);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    /// <summary>A number where it is one; JSON has no word for others.</summary>
    public static void WriteFinite(this Utf8JsonWriter json, string name, double value)
    {
        if (double.IsFinite(value))
            json.WriteNumber(name, value);
        else
            json.WriteNull(name);
    }
}
