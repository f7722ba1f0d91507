using System.Text.Json.Serialization;
using Pellucid.Cli.Terminal;
using Pellucid.Looking;
using Pellucid.Tokens;
using Spectre.Console;

namespace Pellucid.Cli.Look;

/// <summary>One head's circuits on the tokens of a prompt, biases and deviation left out:
/// what it writes where it looks at a token (OV), and which of the tokens each looks for (QK).</summary>
internal sealed class TokenCircuitTable
{
    private const int MostWritten = 3;

    /// <summary>Of one head.</summary>
    public TokenCircuitTable(Subject subject, int layer, int head, int[] tokens)
    {
        var circuits = new HeadCircuits(subject.Gpt);
        var distinct = tokens.Distinct().ToArray();
        Rows = [.. distinct.Select(token =>
        {
            var best = distinct.MaxBy(key => circuits.Matches(layer, head, token, key));
            return TokenCircuitRow.Of(subject.Tokenizer, token, circuits.Writes(layer, head, token, MostWritten), best,
                circuits.Matches(layer, head, token, best));
        })];
    }

    /// <summary>One a token.</summary>
    public IReadOnlyList<TokenCircuitRow> Rows { get; }

    /// <summary>A table for people.</summary>
    public Table Table(Subject subject)
    {
        var table = new Table().Border(TableBorder.Minimal).AddColumns("token", "seen, it writes (OV)", "it looks for (QK)", "score");
        foreach (var row in Rows)
            table.AddPlainRow(subject.Show(row.Seen), string.Join("  ", row.Written.Select(subject.Show)), subject.Show(row.Sought),
                Units.Number(row.Score, 2));
        return table;
    }
}

/// <summary>What a head does with a token.</summary>
internal sealed record TokenCircuitRow([property: JsonIgnore] int Seen, [property: JsonIgnore] IReadOnlyList<int> Written,
    [property: JsonIgnore] int Sought, string Token, IReadOnlyList<string> Writes, string LooksFor, double Score)
{
    public static TokenCircuitRow Of(Tokenizer tokenizer, int seen, IReadOnlyList<int> written, int sought, double score) => new(seen,
        written, sought, tokenizer.Decode([seen]), [.. written.Select(token => tokenizer.Decode([token]))], tokenizer.Decode([sought]),
        score);
}
