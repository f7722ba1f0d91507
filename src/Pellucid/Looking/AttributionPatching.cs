using Pellucid.Models;

namespace Pellucid.Looking;

/// <summary>
/// Attribution patching (Nanda 2023): what <see cref="ActivationPatching"/> would find if the model were linear,
/// (source − base) · ∂(logit difference)/∂(activation), from two forwards and one backward. An approximation, which is
/// poor where softmax or LayerNorm saturate; compare with the exact sweep where it matters.
/// </summary>
public static class AttributionPatching
{
    /// <summary>Estimates every cell of a sweep; lengths as in <see cref="ActivationPatching.Run"/>.</summary>
    public static PatchResult Run(Gpt gpt, IReadOnlyList<PromptPair> pairs, PatchSweep sweep)
    {
        ArgumentNullException.ThrowIfNull(gpt);
        ArgumentNullException.ThrowIfNull(pairs);
        ArgumentNullException.ThrowIfNull(sweep);
        ActivationCache.RequirePlace(gpt.Config, sweep.Activation, 0);
        var questions = pairs.Select(pair => pair.Base).ToList();
        var sources = new Prompts(pairs.Select(pair => pair.Source));
        bool Wanted(Activation activation, int layer) => activation == sweep.Activation;
        var slopes = Slopes.Record(gpt, questions, Wanted);
        slopes.Prompts.RequireSameLengths(sources);
        slopes.Prompts.RequireOneLength();
        bool Kept(Activation activation, int layer) => Wanted(activation, layer) || VariantRunner.Needs(gpt.Config, activation, layer);
        using var unchanged = ActivationCache.Record(gpt, slopes.Prompts, Kept);
        using var source = ActivationCache.Record(gpt, sources, Kept);
        var cells = sweep.Cells(gpt.Config, sources[0].Length).Select(cell => new PatchCell(cell.Layer, cell.Head, cell.Position,
            Estimate.Of([.. pairs.Select((_, prompt) => Effect(gpt, unchanged, source, slopes, sweep.Activation, cell, prompt))])))
            .ToList();
        return new PatchResult(sweep, Estimate.Of(Readout.LogitDifferences(gpt, unchanged, questions)),
            Estimate.Of(Readout.LogitDifferences(gpt, source, questions)), cells);
    }

    private static double Effect(Gpt gpt, ActivationCache unchanged, ActivationCache source, Slopes slopes, Activation activation,
        (int Layer, int Head, int Position) cell, int prompt)
    {
        var prompts = unchanged.Prompts;
        var (first, last) = cell.Position < 0 ? (0, prompts[prompt].Length - 1) : (cell.Position, cell.Position);
        var (planes, effect) = (activation.HasPlanes() ? gpt.Config.Heads : 1, 0.0);
        for (var plane = 0; plane < planes; plane++)
        {
            if (planes > 1 && cell.Head >= 0 && plane != cell.Head)
                continue;
            for (var position = first; position <= last; position++)
            {
                var row = plane * prompts.Rows + prompts.RowOf(prompt, position);
                var slope = slopes.Row(activation, cell.Layer, row);
                var (before, after) = (unchanged.Row(activation, cell.Layer, row), source.Row(activation, cell.Layer, row));
                var (column, width) = planes > 1 ? (0, position + 1) : cell.Head < 0 ? (0, slope.Length)
                    : (cell.Head * gpt.Config.HeadWidth, gpt.Config.HeadWidth);
                for (var c = column; c < column + width; c++)
                    effect += slope[c] * ((double)after[c] - before[c]);
            }
        }
        return effect;
    }
}
