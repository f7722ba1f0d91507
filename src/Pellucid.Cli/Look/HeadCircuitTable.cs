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

    private readonly int _width;

    /// <summary>Of some heads; copy scores are taken over the tokens of prompts.</summary>
    public HeadCircuitTable(Gpt gpt, IReadOnlyList<HeadSummary> heads, Prompts prompts)
    {
        _width = gpt.Config.Width;
        var circuits = new HeadCircuits(gpt);
        using var cache = ActivationCache.Record(gpt, prompts, (activation, layer) => activation == Activation.ResidPost && layer == 0);
        var places = Enumerable.Range(0, prompts.Count)
            .SelectMany(prompt => Enumerable.Range(0, prompts[prompt].Length).Select(position => (prompt, position)))
            .Take(MostPlaces).ToList();
        IReadOnlyList<ReadHead> Read(HeadSummary head, Activation part) => Reads(circuits, gpt.Config, head, part);
        Rows = [.. heads.Select(head => new HeadCircuitRow(head.Layer, head.Head, head.Label,
            circuits.CopyScore(head.Layer, head.Head, cache, places), circuits.CopyScore(head.Layer, head.Head, cache, places, sign: -1),
            Read(head, Activation.Q), Read(head, Activation.K), Read(head, Activation.V)))];
    }

    /// <summary>One a head.</summary>
    public IReadOnlyList<HeadCircuitRow> Rows { get; }

    /// <summary>A table for people.</summary>
    public Table Table()
    {
        var table = new Table().Border(TableBorder.Minimal).AddColumns("head", "copies", "against", "q reads", "k reads", "v reads");
        string Told(IReadOnlyList<ReadHead> reads) => reads.Count == 0 ? "–"
            : string.Join("  ", reads.Take(MostShown).Select(read => $"{read.Layer}.{read.Head} {Units.Number(read.Score, 2)}"));
        foreach (var row in Rows)
            table.AddRow($"{row.Layer}.{row.Head}", Units.Number(row.CopyScore, 2), Units.Number(row.NegativeCopyScore, 2),
                Told(row.QComposition), Told(row.KComposition), Told(row.VComposition));
        return table;
    }

    /// <summary>What the columns mean. Of random matrices ‖A · B‖ / (‖A‖ ‖B‖) is 1/√C,
    /// which tells how much is more than chance.</summary>
    public string Legend => "copies: how often a token that the head looks at, as it stands after layer 0 of this text, "
        + "is among the 5 likeliest that it writes, "
        + "biases and LayerNorm included (another text, another score); against: the same of the negative of what it writes. "
        + "Reads: composition with earlier heads (Elhage et al. "
        + $"2021), of weights alone, gain folded in and centred; of unrelated matrices about {Units.Number(1 / Math.Sqrt(_width), 2)}";

    // The earlier heads that it reads most.
    private static IReadOnlyList<ReadHead> Reads(HeadCircuits circuits, GptConfig config, HeadSummary head, Activation part) =>
        [.. (from layer in Enumerable.Range(0, head.Layer) from other in Enumerable.Range(0, config.Heads)
            select new ReadHead(layer, other, circuits.Composition((layer, other), (head.Layer, head.Head), part)))
            .Where(read => double.IsFinite(read.Score)).OrderByDescending(read => read.Score).Take(MostSources)];
}

/// <summary>What the weights of a head say.</summary>
internal sealed record HeadCircuitRow(int Layer, int Head, string? Label, double CopyScore, double NegativeCopyScore,
    IReadOnlyList<ReadHead> QComposition, IReadOnlyList<ReadHead> KComposition, IReadOnlyList<ReadHead> VComposition);

/// <summary>An earlier head, and how much it is read.</summary>
internal sealed record ReadHead(int Layer, int Head, double Score);
