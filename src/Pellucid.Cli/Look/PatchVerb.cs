using System.CommandLine;
using System.Text.Json.Serialization;
using Pellucid.Cli.Terminal;
using Pellucid.Looking;
using Pellucid.Models;
using Pellucid.Pictures;
using Spectre.Console;

namespace Pellucid.Cli.Look;

/// <summary><c>pellucid look patch</c>.</summary>
internal static class PatchVerb
{
    private const int RowsShown = 20;

    private static readonly Argument<string> Model = CommonOptions.NewModel();
    private static readonly Option<string> What = new("--activation")
    {
        Description = $"What is patched: {string.Join(", ", PatchSweep.Table.Select(sweep => sweep.Activation.Name()).Distinct())}",
        DefaultValueFactory = _ => "z"
    };
    private static readonly Option<string?> Axes = new("--axes")
    {
        Description = "Cells of the sweep: positions, heads, or heads-and-positions; heads where the activation has them, if not given"
    };
    private static readonly Option<bool> Gradient =
        new("--gradient") { Description = "Estimate every cell from one gradient instead (attribution patching): an approximation" };

    public static System.CommandLine.Command Create()
    {
        var command = new System.CommandLine.Command("patch", "Puts activations of one prompt into another, cell by cell, "
            + "and shows what that does to the logit difference of two answers. Exact unless --gradient is given.") { Model }
            .WithPair().WithPictures().WithSave().WithExample("pellucid look patch tiny \"Anna gave a ring to Ben\" --source \"Anna gave a "
                + "ring to Leo\" --answer . --wrong \",\" --activation resid_pre");
        command.Options.Add(What);
        command.Options.Add(Axes);
        command.Options.Add(Gradient);
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult words)
    {
        var output = new Output(words.GetValue(CommonOptions.Json));
        var activation = Activations.Parse(words.GetValue(What)!);
        var axes = words.GetValue(Axes) is { } name ? PatchSweep.ParseAxes(name)
            : activation.HasHeads() ? PatchAxes.Heads : PatchAxes.Positions;
        using var subject = Subject.Load(words, Model);
        var pair = PairOptions.Read(words, subject);
        Measure(output, words, subject, pair, new PatchMeasure(new PatchSweep(activation, axes), words.GetValue(Gradient)));
        SavedActivations.Write(words, subject.Gpt, new Prompts([pair.Source]), (other, _) => other == activation);
        return PellucidCommand.Done;
    }

    /// <summary>Measures and tells.</summary>
    public static void Measure(Output output, ParseResult words, Subject subject, PromptPair pair, PatchMeasure measure)
    {
        var result = measure.IsEstimate ? AttributionPatching.Run(subject.Gpt, [pair], measure.Sweep)
            : ActivationPatching.Run(subject.Gpt, [pair], measure.Sweep);
        var method = measure.IsEstimate
            ? "attribution patching: (source − prompt) · gradient of the logit difference, an approximation"
            : "activation patching, exact";
        var patched = new PatchedCells(PairResult.Of(subject, pair, method), Meanings.Of("look patch"), measure.Sweep.Activation.Name(),
            PatchSweep.NameOf(measure.Sweep.Axes), result.Base.Mean, result.Source.Mean,
            [.. result.Cells.Select(cell => PatchedCell.Of(cell, Name(subject, pair, cell), result.Share(cell)))]);
        output.Line($"{method}; logit difference {Units.Number(patched.LogitDifference, 4)}, "
            + $"of the source {Units.Number(patched.SourceLogitDifference, 4)}");
        var table = Reports.NewTable(patched.Activation, "effect", "share of the way");
        foreach (var cell in patched.Cells.OrderByDescending(cell => Math.Abs(cell.Effect)).Take(RowsShown))
            table.AddPlainRow(cell.Name, Units.Number(cell.Effect, 4), Units.Number(cell.Share, 3));
        output.People.Write(table);
        if (result.Cells.Count > RowsShown)
            output.Line($"the strongest {RowsShown} of {result.Cells.Count} cells");
        PictureFiles.Write(words, () => [Draw(subject, pair, result)]);
        output.Json(patched, Results.Default.PatchedCells);
    }

    private static string Name(Subject subject, PromptPair pair, PatchCell cell) =>
        (cell.Head >= 0 ? $"head {cell.Layer}.{cell.Head}" : $"layer {cell.Layer}")
            + (cell.Position >= 0 ? $" at {subject.Show(pair.Base.Tokens[cell.Position])} ({cell.Position})" : "");

    private static Picture Draw(Subject subject, PromptPair pair, PatchResult result)
    {
        // Rows are layers, or heads where there are positions too.
        var byPosition = result.Sweep.Axes != PatchAxes.Heads;
        var rows = result.Cells.Select(cell => byPosition ? (cell.Layer, cell.Head) : (cell.Layer, Head: -1)).Distinct().ToList();
        var columns = byPosition ? pair.Base.Tokens.Select(subject.Show).ToArray()
            : [.. Enumerable.Range(0, subject.Gpt.Config.Heads).Select(head => $"{head}")];
        var values = new double[rows.Count, columns.Length];
        foreach (var cell in result.Cells)
            values[rows.IndexOf(byPosition ? (cell.Layer, cell.Head) : (cell.Layer, -1)), byPosition ? cell.Position : cell.Head] =
                cell.Effect.Mean;
        return HeatMap.Draw($"Effect of patching {result.Sweep.Activation.Name()} on the logit difference",
            [.. rows.Select(row => row.Head < 0 ? $"layer {row.Layer}" : $"{row.Layer}.{row.Head}")], columns, values);
    }
}

/// <summary>A sweep of patches.</summary>
internal sealed record PatchedCells([property: JsonIgnore] PairResult Pair, IReadOnlyDictionary<string, string> Meanings,
    string Activation, string Axes, double LogitDifference, double SourceLogitDifference, IReadOnlyList<PatchedCell> Cells)
    : PairResult(Pair);

/// <summary>What one patch does to the logit difference, and what share of the way to the source that is.</summary>
internal sealed record PatchedCell([property: JsonIgnore] string Name, int Layer,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Head,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Position, double Effect, double Share)
{
    public static PatchedCell Of(PatchCell cell, string name, double share) => new(name, cell.Layer, cell.Head < 0 ? null : cell.Head,
        cell.Position < 0 ? null : cell.Position, cell.Effect.Mean, share);
}
