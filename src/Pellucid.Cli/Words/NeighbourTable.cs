using System.Text.Json;
using Pellucid.Cli.Terminal;
using Pellucid.Words;
using Spectre.Console;

namespace Pellucid.Cli.Words;

/// <summary>Words with scores, for people and for programs.</summary>
internal static class NeighbourTable
{
    public static void Show(Output output, IEnumerable<Neighbour> neighbours, string heading)
    {
        var table = new Table().Border(TableBorder.Minimal).AddColumns(new TableColumn("word"), new TableColumn(heading).RightAligned());
        foreach (var (word, score) in neighbours)
            table.AddRow(Markup.Escape(word), Units.Number(score, 4));
        output.People.Write(table);
    }

    public static void Write(Utf8JsonWriter json, string name, IEnumerable<Neighbour> neighbours)
    {
        json.WriteStartArray(name);
        foreach (var (word, score) in neighbours)
        {
            json.WriteStartObject();
            json.WriteString("word", word);
            json.WriteNumber("score", score);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
