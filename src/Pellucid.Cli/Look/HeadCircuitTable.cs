using System.Text.Json;
using Pellucid.Cli.Terminal;
using Pellucid.Looking;
using Pellucid.Models;
using Spectre.Console;

namespace Pellucid.Cli.Look;

/// <summary>What the weights of heads say:
/// which earlier heads they read, whatever the text, and whether they copy tokens as these stand in a text.</summary>
internal sealed class HeadCircuitTable
{
    private const int MostSources = 3, MostShown = 2, MostPlaces = 200;

    private static readonly string[] Parts = ["q", "k", "v"];

    private readonly IReadOnlyList<Row> _rows;
    private readonly int _width;

    private sealed record Row(HeadSummary Head, double Copies, double CopiesAgainst,
        IReadOnlyList<(int Layer, int Head, double Score)>[] Reads);

    /// <summary>Of some heads; copy scores are taken over the tokens of prompts.</summary>
    public HeadCircuitTable(Gpt gpt, IReadOnlyList<HeadSummary> heads, Prompts prompts)
    {
        _width = gpt.Config.Width;
        var circuits = new HeadCircuits(gpt);
        using var cache = ActivationCache.Record(gpt, prompts, (activation, layer) => activation == Activation.ResidPost && layer == 0);
        var places = Enumerable.Range(0, prompts.Count)
            .SelectMany(prompt => Enumerable.Range(0, prompts[prompt].Length).Select(position => (prompt, position)))
            .Take(MostPlaces).ToList();
        _rows = [.. heads.Select(head => new Row(head, circuits.CopyScore(head.Layer, head.Head, cache, places),
            circuits.CopyScore(head.Layer, head.Head, cache, places, sign: -1),
            [.. Enumerable.Range(0, Parts.Length).Select(part => Reads(circuits, gpt.Config, head, Activation.Q + part))]))];
    }

    /// <summary>A table for people.</summary>
    public Table Table()
    {
        var table = new Table().Border(TableBorder.Minimal).AddColumns("head", "copies", "against", "q reads", "k reads", "v reads");
        foreach (var row in _rows)
            table.AddRow([$"{row.Head.Layer}.{row.Head.Head}", Units.Number(row.Copies, 2), Units.Number(row.CopiesAgainst, 2),
                .. row.Reads.Select(reads => reads.Count == 0 ? "–"
                    : string.Join("  ", reads.Take(MostShown).Select(read => $"{read.Layer}.{read.Head} {Units.Number(read.Score, 2)}")))]);
        return table;
    }

    /// <summary>What the columns mean. Of random matrices ‖A · B‖ / (‖A‖ ‖B‖) is 1/√C,
    /// which tells how much is more than chance.</summary>
    public string Legend => "copies: how often a token that the head looks at, as it stands after layer 0 of this text, "
        + "is among the 5 likeliest that it writes, "
        + "biases and LayerNorm included (another text, another score); against: the same of the negative of what it writes. "
        + "Reads: composition with earlier heads (Elhage et al. "
        + $"2021), of weights alone, gain folded in and centred; of unrelated matrices about {Units.Number(1 / Math.Sqrt(_width), 2)}";

    /// <summary>The same as an array <c>circuits</c>.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartArray("circuits");
        foreach (var row in _rows)
        {
            json.WriteStartObject();
            json.WriteNumber("layer", row.Head.Layer);
            json.WriteNumber("head", row.Head.Head);
            json.WriteString("label", row.Head.Label);
            json.WriteNumber("copy_score", row.Copies);
            json.WriteNumber("negative_copy_score", row.CopiesAgainst);
            for (var part = 0; part < Parts.Length; part++)
            {
                json.WriteStartArray($"{Parts[part]}_composition");
                foreach (var read in row.Reads[part])
                {
                    json.WriteStartObject();
                    json.WriteNumber("layer", read.Layer);
                    json.WriteNumber("head", read.Head);
                    json.WriteNumber("score", read.Score);
                    json.WriteEndObject();
                }
                json.WriteEndArray();
            }
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    // The earlier heads that it reads most.
    private static List<(int Layer, int Head, double Score)> Reads(HeadCircuits circuits, GptConfig config,
        HeadSummary head, Activation part) =>
        [.. (from layer in Enumerable.Range(0, head.Layer) from other in Enumerable.Range(0, config.Heads)
            select (layer, other, Score: circuits.Composition((layer, other), (head.Layer, head.Head), part)))
            .Where(read => double.IsFinite(read.Score)).OrderByDescending(read => read.Score).Take(MostSources)];
}
