using Pellucid.Models;

namespace Pellucid.Looking;

/// <summary>Two prompts of one length: the first is run, and activations of the second are put into it.</summary>
/// <param name="Base">The prompt that is run, and its answers.</param>
/// <param name="Source">The prompt that activations are taken from.</param>
public sealed record PromptPair(Question Base, int[] Source);

/// <summary>Over what a sweep runs beside layers.</summary>
public enum PatchAxes
{
    /// <summary>Layer × position.</summary>
    Positions,

    /// <summary>Layer × head, all positions at once.</summary>
    Heads,

    /// <summary>Layer × head × position.</summary>
    HeadsAndPositions,
}

/// <summary>One row of the table of sweeps.</summary>
/// <param name="Activation">What is patched.</param>
/// <param name="Axes">In which cells.</param>
public sealed record PatchSweep(Activation Activation, PatchAxes Axes)
{
    /// <summary>Every sweep: any activation by position, those with heads by head and by both.</summary>
    public static IReadOnlyList<PatchSweep> Table { get; } =
    [
        .. from activation in Enum.GetValues<Activation>()
           where activation != Activation.LnFinal
           from axes in activation.HasHeads() ? Enum.GetValues<PatchAxes>() : [PatchAxes.Positions]
           select new PatchSweep(activation, axes),
    ];

    /// <summary>What axes are called: <c>positions</c>, <c>heads</c>, <c>heads-and-positions</c>.</summary>
    public static string NameOf(PatchAxes axes) =>
        axes switch { PatchAxes.Positions => "positions", PatchAxes.Heads => "heads", _ => "heads-and-positions" };

    /// <summary>The axes of a name.</summary>
    /// <exception cref="ArgumentException">There are none; the message says which there are.</exception>
    public static PatchAxes ParseAxes(string name) =>
        Enum.GetValues<PatchAxes>().Cast<PatchAxes?>().FirstOrDefault(axes => NameOf(axes!.Value) == name)
            ?? throw new ArgumentException($"'{name}' are no axes of a sweep; there are "
                + string.Join(", ", Enum.GetValues<PatchAxes>().Select(NameOf)));

    /// <summary>The cells for a prompt of so many tokens, by layer, then head, then position;
    /// an axis that the sweep does not have is −1.</summary>
    public IEnumerable<(int Layer, int Head, int Position)> Cells(GptConfig config, int length)
    {
        ArgumentNullException.ThrowIfNull(config);
        return from layer in Enumerable.Range(0, config.Layers)
               from head in Axes == PatchAxes.Positions ? [-1] : Enumerable.Range(0, config.HeadsOf(Activation))
               from position in Axes == PatchAxes.Heads ? [-1] : Enumerable.Range(0, length)
               select (layer, head, position);
    }
}

/// <summary>A cell of a sweep and what patching it does.</summary>
/// <param name="Layer">0-based.</param>
/// <param name="Head">0-based; −1 where the sweep has no heads.</param>
/// <param name="Position">0-based; −1 where all positions are patched at once.</param>
/// <param name="Effect">Change of the base's logit difference.</param>
public sealed record PatchCell(int Layer, int Head, int Position, Estimate Effect);

/// <summary>What a sweep found.</summary>
/// <param name="Sweep">Which.</param>
/// <param name="Base">Logit difference of the base prompts.</param>
/// <param name="Source">Logit difference, of the same answers, of the source prompts.</param>
/// <param name="Cells">In the order of <see cref="PatchSweep.Cells"/>.</param>
public sealed record PatchResult(PatchSweep Sweep, Estimate Base, Estimate Source, IReadOnlyList<PatchCell> Cells)
{
    /// <summary>An effect as a share of the way from base to source: 1 where the patch does all that the other prompt does.</summary>
    public double Share(PatchCell cell)
    {
        ArgumentNullException.ThrowIfNull(cell);
        return cell.Effect.Mean / (Source.Mean - Base.Mean);
    }
}

/// <summary>
/// Activation patching (Vig et al. 2020; Meng et al. 2022): one activation of one prompt put into the run of another.
/// One function and a table; all cells of a layer are computed many at a time, nothing below a patch and no position
/// before it twice, and every effect has the bits of a whole forward run for that cell.
/// </summary>
public static class ActivationPatching
{
    /// <summary>Runs a sweep over pairs of prompts, all of one length.</summary>
    /// <exception cref="ArgumentException">Lengths differ, or the model lacks the activation.</exception>
    public static PatchResult Run(Gpt gpt, IReadOnlyList<PromptPair> pairs, PatchSweep sweep) => Stepwise(gpt, pairs, sweep).Last();

    /// <summary>The same a layer at a time: what was found so far, and in the end all.</summary>
    /// <exception cref="ArgumentException">Lengths differ, or the model lacks the activation.</exception>
    public static IEnumerable<PatchResult> Stepwise(Gpt gpt, IReadOnlyList<PromptPair> pairs, PatchSweep sweep)
    {
        ArgumentNullException.ThrowIfNull(gpt);
        ArgumentNullException.ThrowIfNull(pairs);
        ArgumentNullException.ThrowIfNull(sweep);
        ActivationCache.RequirePlace(gpt.Config, sweep.Activation, 0);
        if (!PatchSweep.Table.Contains(sweep))
            throw new ArgumentException($"{sweep.Activation.Name()} cannot be patched by heads; it has no heads");
        var (prompts, sources) = (new Prompts(pairs.Select(pair => pair.Base.Tokens)), new Prompts(pairs.Select(pair => pair.Source)));
        prompts.RequireSameLengths(sources);
        prompts.RequireOneLength();
        return Layers(gpt, [.. pairs.Select(pair => pair.Base)], prompts, sources, sweep);
    }

    private static IEnumerable<PatchResult> Layers(Gpt gpt, List<Question> questions, Prompts prompts, Prompts sources, PatchSweep sweep)
    {
        using var unchanged = ActivationCache.Record(gpt, prompts,
            (activation, layer) => VariantRunner.Needs(gpt.Config, activation, layer));
        using var source = ActivationCache.Record(gpt, sources,
            (activation, layer) => activation == sweep.Activation || VariantRunner.Needs(gpt.Config, activation, layer));
        using var runner = new VariantRunner(gpt, unchanged);
        var (whole, other) = (Readout.LogitDifferences(gpt, unchanged, questions), Readout.LogitDifferences(gpt, source, questions));
        var (length, found) = (prompts[0].Length, new List<PatchCell>());
        foreach (var cells in sweep.Cells(gpt.Config, length).GroupBy(cell => cell.Layer))
        {
            var variants = new List<Variant>();
            foreach (var (layer, head, position) in cells)
                for (var prompt = 0; prompt < questions.Count; prompt++)
                {
                    var (first, count) = position < 0 ? (0, length) : (position, 1);
                    variants.Add(new Variant(prompt, [new VariantEdit(sweep.Activation, layer, first, count, head, -1,
                        source[sweep.Activation, layer], sources.RowOf(prompt, first))]));
                }
            var patched = runner.LogitDifferences(variants, questions);
            found.AddRange(cells.Select((cell, i) => new PatchCell(cell.Layer, cell.Head, cell.Position,
                Estimate.Of([.. whole.Select((value, prompt) => patched[i * questions.Count + prompt] - value)]))));
            yield return new PatchResult(sweep, Estimate.Of(whole), Estimate.Of(other), [.. found]);
        }
    }
}
