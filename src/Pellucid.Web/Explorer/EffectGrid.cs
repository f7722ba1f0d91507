using System.Diagnostics.CodeAnalysis;
using Pellucid.Looking;
using Pellucid.Models;
using Pellucid.Pictures;

namespace Pellucid.Web.Explorer;

/// <summary>A cell of a grid of effects.</summary>
/// <param name="Name">For programs, such as <c>z 1.3</c> or <c>resid_pre 2 @ 7</c>.</param>
/// <param name="Told">For people.</param>
/// <param name="Effect">Change of the logit difference.</param>
/// <param name="Place">The piece that can be looked at; null where that is none.</param>
internal sealed record EffectCell(string Name, string Told, double Effect, Component? Place);

/// <summary>Effects of patches or paths as rows and columns: layers or heads by positions, or layers by heads.</summary>
/// <param name="Rows">What rows are called.</param>
/// <param name="Columns">What columns are called.</param>
/// <param name="Cells">Row by row.</param>
internal sealed record EffectGrid(IReadOnlyList<string> Rows, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<EffectCell>> Cells)
{
    /// <summary>The strongest effect, without its sign.</summary>
    public double Largest { get; } = Cells.SelectMany(row => row).Select(cell => Math.Abs(cell.Effect)).DefaultIfEmpty().Max();

    /// <summary>What was measured, as far as it was.</summary>
    public static EffectGrid Of(MeasuredPair found, Func<int, string> show, Func<int, string> layerName)
    {
        var tokens = found.Pair.Base.Tokens;
        var effects = found.Sweep is { } sweep
            ? sweep.Cells.Select(cell => (sweep.Sweep.Activation, cell.Layer, cell.Head, cell.Position, Effect: cell.Effect.Mean)).ToList()
            : [.. found.Paths.Select(path => (path.Sender.Output, path.Sender.Layer, path.Sender.Head, Position: -1,
                Effect: path.Effect.Mean))];
        var byPosition = effects.Any(cell => cell.Position >= 0);
        var rows = effects.GroupBy(cell => byPosition ? (cell.Layer, cell.Head) : (cell.Layer, Head: -1)).ToList();
        return new EffectGrid([.. rows.Select(row => row.Key.Head < 0 ? layerName(row.Key.Layer) : $"{row.Key.Layer}.{row.Key.Head}")],
            byPosition ? [.. tokens.Select(show)]
                : effects.Any(cell => cell.Head >= 0) ? [.. Enumerable.Range(0, rows[0].Count()).Select(head => $"{head}")] : ["mlp"],
            [.. rows.Select(row => row.Select(cell => new EffectCell(
                $"{cell.Item1.Name()} {cell.Layer}{(cell.Head < 0 ? "" : $".{cell.Head}")}"
                    + (cell.Position < 0 ? "" : $" @ {cell.Position}"),
                $"{new Component(cell.Item1, cell.Layer, cell.Head)}"
                    + (cell.Position < 0 ? "" : $" @ {cell.Position} {show(tokens[cell.Position])}"),
                cell.Effect, Place(cell.Item1, cell.Layer, cell.Head, cell.Position < 0 ? tokens.Length - 1 : cell.Position))).ToArray())]);
    }

    /// <summary>The same as a picture.</summary>
    [SuppressMessage("Performance", "CA1814", Justification = "a matrix")]
    public Picture Draw(string title)
    {
        var values = new double[Rows.Count, Columns.Count];
        for (var row = 0; row < Rows.Count; row++)
            for (var column = 0; column < Columns.Count; column++)
                values[row, column] = Cells[row][column].Effect;
        return HeatMap.Draw(title, Rows, Columns, values);
    }

    // The stream before a block is that after the one below.
    private static Component? Place(Activation activation, int layer, int head, int position) => activation switch
    {
        Activation.Z when head >= 0 => new(activation, layer, head, Position: position),
        Activation.AttnOut or Activation.MlpOut or Activation.ResidPost => new(activation, layer, Position: position),
        Activation.ResidPre => layer == 0 ? new(activation, 0, Position: position)
            : new(Activation.ResidPost, layer - 1, Position: position),
        _ => null,
    };
}
