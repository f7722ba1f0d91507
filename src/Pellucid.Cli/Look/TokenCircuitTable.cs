using System.Text.Json;
using Pellucid.Cli.Terminal;
using Pellucid.Looking;
using Spectre.Console;

namespace Pellucid.Cli.Look;

/// <summary>One head's circuits on the tokens of a prompt, biases and deviation left out:
/// what it writes where it looks at a token (OV), and which of the tokens each looks for (QK).</summary>
internal sealed class TokenCircuitTable
{
    private const int MostWritten = 3;

    private readonly IReadOnlyList<Row> _rows;

    private sealed record Row(int Token, IReadOnlyList<int> Writes, int LooksFor, double Score);

    /// <summary>Of one head.</summary>
    public TokenCircuitTable(Subject subject, int layer, int head, int[] tokens)
    {
        var circuits = new HeadCircuits(subject.Gpt);
        var distinct = tokens.Distinct().ToArray();
        _rows = [.. distinct.Select(token =>
        {
            var best = distinct.MaxBy(key => circuits.Matches(layer, head, token, key));
            return new Row(token, circuits.Writes(layer, head, token, MostWritten), best, circuits.Matches(layer, head, token, best));
        })];
    }

    /// <summary>A table for people.</summary>
    public Table Table(Subject subject)
    {
        var table = new Table().Border(TableBorder.Minimal).AddColumns("token", "seen, it writes (OV)", "it looks for (QK)", "score");
        foreach (var row in _rows)
            table.AddRow(new Text(subject.Show(row.Token)), new Text(string.Join("  ", row.Writes.Select(subject.Show))),
                new Text(subject.Show(row.LooksFor)), new Text(Units.Number(row.Score, 2)));
        return table;
    }

    /// <summary>The same as an array <c>token_circuits</c>.</summary>
    public void Write(Utf8JsonWriter json, Subject subject)
    {
        json.WriteStartArray("token_circuits");
        foreach (var row in _rows)
        {
            json.WriteStartObject();
            json.WriteString("token", subject.Tokenizer.Decode([row.Token]));
            json.WriteStartArray("writes");
            foreach (var token in row.Writes)
                json.WriteStringValue(subject.Tokenizer.Decode([token]));
            json.WriteEndArray();
            json.WriteString("looks_for", subject.Tokenizer.Decode([row.LooksFor]));
            json.WriteNumber("score", row.Score);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
