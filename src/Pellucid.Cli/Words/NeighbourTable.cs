using Pellucid.Cli.Terminal;
using Pellucid.Words;
using Spectre.Console;

namespace Pellucid.Cli.Words;

/// <summary>Words with scores, for people and for programs.</summary>
/// <param name="Words">In the order in which they are shown.</param>
internal sealed record NeighbourTable(IReadOnlyList<ScoredWord> Words)
{
    public NeighbourTable(IEnumerable<Neighbour> neighbours) : this([.. neighbours.Select(one => new ScoredWord(one.Word, one.Score))])
    {
    }

    public void Show(Output output, string heading)
    {
        var table = new Table().Border(TableBorder.Minimal).AddColumns(new TableColumn("word"), new TableColumn(heading).RightAligned());
        foreach (var (word, score) in Words)
            table.AddRow(Markup.Escape(word), Units.Number(score, 4));
        output.People.Write(table);
    }
}

/// <summary>A word and its score.</summary>
internal sealed record ScoredWord(string Word, float Score);
