using System.Text.Json;
using Pellucid.Looking;
using Pellucid.Models;

namespace Pellucid.Tests.Looking.TransformerLens;

/// <summary>Activation, attribution and path patching.</summary>
public sealed class PatchingTests : IDisposable
{
    private readonly Golden _golden = new();

    private Gpt Gpt => _golden.Gpt;

    [Fact]
    public void Activation_patching_along_every_axis() =>
        AssertSweeps("activation_patching", sweep => ActivationPatching.Run(Gpt, [_golden.Texts], sweep));

    [Fact]
    public void Attribution_patching_along_every_axis() =>
        AssertSweeps("attribution_patching", sweep => AttributionPatching.Run(Gpt, [_golden.Texts], sweep));

    private void AssertSweeps(string name, Func<PatchSweep, PatchResult> run)
    {
        foreach (var table in _golden.Pair.GetProperty(name).EnumerateObject())
        {
            var result = run(Sweep(table.Name));
            var effects = table.Name == "embed" ? result.Cells.Where(cell => cell.Layer == 0) : result.Cells;
            Golden.AssertNear(Golden.Numbers(table.Value), effects.Select(cell => cell.Effect.Mean), $"{name} of {table.Name}");
            Golden.AssertNear([_golden.Pair.GetProperty("logit_difference").GetDouble(),
                _golden.Pair.GetProperty("source_logit_difference").GetDouble()],
                [result.Base.Mean, result.Source.Mean], "logit differences");
        }
    }

    // Its names: k_by_pos is layer × head × position, z_all_pos layer × head, resid_pre layer × position. At one position two
    // prompts have the same vector of positions, so that the token's part of the embedding is all of resid_pre that differs.
    private static PatchSweep Sweep(string name)
    {
        var activation = name == "embed" ? Activation.ResidPre : Pellucid.Models.Activations.Parse(
            name.Replace("_all_pos", "", StringComparison.Ordinal).Replace("_by_pos", "", StringComparison.Ordinal));
        return new PatchSweep(activation, name.EndsWith("_by_pos", StringComparison.Ordinal) ? PatchAxes.HeadsAndPositions
            : activation.HasHeads() ? PatchAxes.Heads : PatchAxes.Positions);
    }

    [Fact]
    public void Path_patching_to_the_logits()
    {
        var paths = _golden.Pair.GetProperty("path_patching_to_logits");
        Sender[] layers = [.. Enumerable.Range(0, Gpt.Config.Layers).Select(layer => new Sender(layer))];
        foreach (var (senders, name) in (ReadOnlySpan<(IReadOnlyList<Sender>, string)>)[
            (Sender.Heads(Gpt.Config), "heads"), (layers, "mlps")])
        foreach (var frozen in (bool[])[false, true])
            Golden.AssertNear(Golden.Numbers(paths.GetProperty($"{name}_mlps_{(frozen ? "frozen" : "recomputed")}")),
                PathPatching.Run(Gpt, [_golden.Texts], senders, [], freezeFeedForward: frozen).Select(path => path.Effect.Mean),
                $"{name}, frozen {frozen}");
    }

    [Fact]
    public void Path_patching_to_the_queries_keys_and_values_of_heads()
    {
        var rows = _golden.Pair.GetProperty("path_patching_to_heads").EnumerateArray().ToArray();
        Assert.Equal(288, rows.Length);
        string Text(JsonElement row, string name) => row.GetProperty(name).GetString()!;
        foreach (var asked in rows.GroupBy(row => (Positions: Text(row, "positions"), Mlps: Text(row, "mlps"),
            Layer: row.GetProperty("receiver_layer").GetInt32(), Part: Text(row, "part"))))
        for (var head = 0; head < Gpt.Config.Heads; head++)
        {
            var senders = asked.Select(row =>
                new Sender(row.GetProperty("sender")[0].GetInt32(), row.GetProperty("sender")[1].GetInt32())).ToList();
            var receiver = new Receiver(asked.Key.Layer, head, Pellucid.Models.Activations.Parse(asked.Key.Part));
            var effects = PathPatching.Run(Gpt, [_golden.Texts], senders, [receiver],
                asked.Key.Positions == "all" ? [-1] : null, asked.Key.Mlps == "frozen");
            Golden.AssertNear(asked.Select(row => row.GetProperty("effect_by_receiver_head")[head].GetDouble()),
                effects.Select(path => path.Effect.Mean), $"{asked.Key} head {head}");
        }
    }

    [Fact]
    public void Direct_paths_between_heads()
    {
        foreach (var part in _golden.Pair.GetProperty("direct_paths_between_heads_linear_processed").EnumerateObject())
        foreach (var asked in part.Value.EnumerateArray()
            .GroupBy(row => new Receiver(row[2].GetInt32(), row[3].GetInt32(), Pellucid.Models.Activations.Parse(part.Name))))
        {
            var senders = asked.Select(row => new Sender(row[0].GetInt32(), row[1].GetInt32())).ToList();
            Golden.AssertNear(asked.Select(row => row[4].GetDouble()),
                LinearPathPatching.Run(Gpt, [_golden.Texts], senders, [asked.Key], [-1]).Select(path => path.Effect.Mean),
                $"direct paths to {asked.Key}");
        }
    }

    public void Dispose() => _golden.Dispose();
}
