using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Looking;

/// <summary>A change of one activation of a prompt: rows of a source put in its place, or zeros.</summary>
/// <param name="Activation">What is changed.</param>
/// <param name="Layer">Where.</param>
/// <param name="Position">First position of the prompt that is changed.</param>
/// <param name="Count">Positions from there on.</param>
/// <param name="Head">One head, or −1 for all.</param>
/// <param name="Column">One column, or −1 for all.</param>
/// <param name="Source">Rows to put there; none for zeros.</param>
/// <param name="SourceRow">The source's row for the first position.</param>
/// <param name="Adds">Whether the rows are added instead.</param>
internal readonly record struct VariantEdit(Activation Activation, int Layer, int Position, int Count, int Head,
    int Column, Tensor Source, int SourceRow, bool Adds = false)
{
    public TapEdit At(int row) => new(Activation, Layer, Source.IsEmpty ? EditOperation.Scale : Adds ? EditOperation.Add
        : EditOperation.Replace, Source, Adds ? 1 : 0, row, Count, Head, Column, Source.IsEmpty ? -1 : SourceRow);

    // Whether later positions of the same layer do not see it: attention has mixed already, or only the row's own query changes.
    public bool StaysInItsRows =>
        Activation is not (Activation.ResidPre or Activation.Ln1 or Activation.K or Activation.RotK or Activation.V);
}

/// <summary>A prompt in which something is changed, from some position on.</summary>
/// <param name="Prompt">Which prompt.</param>
/// <param name="Edits">What is changed; the prompt as it is without any.</param>
internal sealed record Variant(int Prompt, IReadOnlyList<VariantEdit> Edits)
{
    public int FirstPosition { get; } = Edits.Select(edit => edit.Position).DefaultIfEmpty().Min();

    public int FirstLayer { get; } = Edits.Select(edit => edit.Layer).DefaultIfEmpty().Min();

    /// <summary>Whether the first layer needs only the changed row: everything is changed there, after attention has mixed.</summary>
    public bool IsOneRow { get; } = Edits.Count > 0
        && Edits.All(edit => edit.StaysInItsRows && edit.Count == 1 && edit.Position == Edits[0].Position && edit.Layer == Edits[0].Layer);
}

/// <summary>A row of the final residual: of which variant, and at which position of its prompt.</summary>
internal readonly record struct FinalRow(int Variant, int Position);

/// <summary>What is measured on final rows (rows, C), one after another.</summary>
internal delegate void FinalReader(Tensor final, IReadOnlyList<FinalRow> rows, GptRun run);

/// <summary>
/// Computes variants of prompts, many in one forward and no more of each than changes: nothing below the first changed
/// layer, no position before the first changed one, whose keys and values are those of the prompt itself in the same
/// batch. As a row's bits do not depend on its company, the results are those of one whole forward for each variant.
/// </summary>
internal sealed class VariantRunner : IDisposable
{
    // So many rows a forward: wide enough for the matrix kernels, small enough for the caches.
    private const int RowsAtATime = 512;

    private readonly Gpt _gpt;
    private readonly ActivationCache _unchanged;
    private readonly ForwardPass _pass;
    private readonly Arena _kept;
    private readonly Dictionary<int, (int Segment, int Row)> _trunks = [];

    /// <param name="gpt">The model.</param>
    /// <param name="unchanged">The prompts, with <c>resid_pre</c> of every layer and <c>resid_post</c> of the last one:
    /// see <see cref="Needs"/>.</param>
    public VariantRunner(Gpt gpt, ActivationCache unchanged)
    {
        (_gpt, _unchanged) = (gpt, unchanged);
        _pass = new ForwardPass(gpt);
        _kept = new Arena(gpt.Backend);
    }

    public static bool Needs(GptConfig config, Activation activation, int layer) =>
        activation == Activation.ResidPre || (activation == Activation.ResidPost && layer == config.Layers - 1);

    /// <summary>Computes variants and has the wanted positions of each read.</summary>
    public void Run(IReadOnlyList<Variant> variants, Func<Variant, IEnumerable<int>> wanted, FinalReader read)
    {
        foreach (var group in variants.Select((variant, index) => (variant, index))
            .GroupBy(item => (item.variant.FirstLayer, item.variant.IsOneRow))
            .OrderBy(group => group.Key))
        {
            var chunk = new List<(Variant Variant, int Index)>();
            var rows = 0;
            foreach (var item in group.OrderBy(item => item.variant.Prompt))
            {
                var count = Prompt(item.variant).Length - item.variant.FirstPosition;
                if (chunk.Count > 0 && rows + count > RowsAtATime)
                {
                    RunChunk(chunk, group.Key.FirstLayer, group.Key.IsOneRow, wanted, read);
                    chunk.Clear();
                    rows = 0;
                }
                chunk.Add(item);
                rows += count;
            }
            RunChunk(chunk, group.Key.FirstLayer, group.Key.IsOneRow, wanted, read);
        }
    }

    /// <summary>Logit differences at the ends of variants, by the questions of their prompts.</summary>
    public double[] LogitDifferences(IReadOnlyList<Variant> variants, IReadOnlyList<Question> questions)
    {
        var differences = new double[variants.Count];
        Run(variants, variant => [Prompt(variant).Length - 1], (final, rows, run) =>
        {
            var values = Readout.LogitDifferences(_gpt, final, [.. rows.Select(row => questions[variants[row.Variant].Prompt])], run);
            for (var i = 0; i < rows.Count; i++)
                differences[rows[i].Variant] = values[i];
        });
        return differences;
    }

    private int[] Prompt(Variant variant) => _unchanged.Prompts[variant.Prompt];

    private void RunChunk(List<(Variant Variant, int Index)> chunk, int layer, bool oneRow,
        Func<Variant, IEnumerable<int>> wanted, FinalReader read)
    {
        Tensor changed = default;
        if (oneRow)
        {
            var trunk = _pass.NewRun(new Taps());
            trunk.LastLayer = layer + 1;
            var places = LayOut(chunk, layer, trunk, _ => 1, default);
            trunk.LogitRows = [.. places];
            AddEdits(chunk, places, trunk.Taps!);
            var rows = _gpt.Forward(_pass.Rows, trunk);
            _kept.Reset();
            changed = _kept.Allocate(rows.Shape, rows.Type);
            _gpt.Backend.Copy(rows, changed);
            layer++;
        }
        var run = _pass.NewRun(oneRow ? null : new Taps());
        var starts = LayOut(chunk, layer, run, variant => Prompt(variant).Length - variant.FirstPosition, changed);
        if (!oneRow)
            AddEdits(chunk, starts, run.Taps!);

        var (finals, finalRows) = (new List<FinalRow>(), new List<int>());
        for (var i = 0; i < chunk.Count; i++)
            foreach (var position in wanted(chunk[i].Variant))
            {
                finals.Add(new FinalRow(chunk[i].Index, position));
                finalRows.Add(position >= chunk[i].Variant.FirstPosition ? starts[i] + position - chunk[i].Variant.FirstPosition
                    : _trunks[chunk[i].Variant.Prompt].Row + position);
            }
        run.LogitRows = [.. finalRows];
        read(_gpt.Forward(_pass.Rows, run), finals, run);
    }

    // Rows and residual stream before a layer: prompts that something branches off, then the variants from their first changed position on.
    private List<int> LayOut(List<(Variant Variant, int Index)> chunk, int layer, GptRun run, Func<Variant, int> count, Tensor changed)
    {
        _pass.Rows.Clear();
        _trunks.Clear();
        var (sources, starts, prompts) = (new List<(int CacheRow, int Count)>(), new List<int>(), _unchanged.Prompts);
        foreach (var prompt in chunk.Where(item => item.Variant.FirstPosition > 0).Select(item => item.Variant.Prompt).Distinct())
        {
            _trunks[prompt] = (_trunks.Count, _pass.Rows.Count);
            _pass.Rows.Add(prompts[prompt]);
            sources.Add((prompts.RowOf(prompt, 0), prompts[prompt].Length));
        }
        foreach (var (variant, _) in chunk)
        {
            starts.Add(_pass.Rows.Count);
            var first = variant.FirstPosition;
            var tokens = prompts[variant.Prompt].AsSpan(first, count(variant));
            if (first > 0)
                _pass.Rows.Branch(_trunks[variant.Prompt].Segment, first, tokens);
            else
                _pass.Rows.Add(tokens);
            sources.Add((prompts.RowOf(variant.Prompt, first), tokens.Length));
        }

        var before = layer < _gpt.Config.Layers ? _unchanged[Activation.ResidPre, layer] : _unchanged[Activation.ResidPost, layer - 1];
        var residual = run.Operations.Arena.Allocate(new Shape(_pass.Rows.Count, before.Columns), before.Type);
        var row = 0;
        foreach (var (cacheRow, length) in sources)
        {
            _gpt.Backend.Copy(before.RowRange(cacheRow, length), residual.RowRange(row, length));
            row += length;
        }
        for (var i = 0; i < chunk.Count && !changed.IsEmpty; i++)
            _gpt.Backend.Copy(changed.RowRange(i, 1), residual.RowRange(starts[i], 1));
        (run.FirstLayer, run.Residual) = (layer, residual);
        return starts;
    }

    private static void AddEdits(List<(Variant Variant, int Index)> chunk, List<int> starts, Taps taps)
    {
        for (var i = 0; i < chunk.Count; i++)
            foreach (var edit in chunk[i].Variant.Edits)
                taps.Edit(edit.At(starts[i] + edit.Position - chunk[i].Variant.FirstPosition));
    }

    public void Dispose()
    {
        _kept.Dispose();
        _pass.Dispose();
    }
}
