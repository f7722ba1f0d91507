using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Looking;

/// <summary>What stands in for an activation that is taken away.</summary>
public enum AblationKind
{
    /// <summary>Zeros.</summary>
    Zero,

    /// <summary>Its mean over every row of the reference prompts.</summary>
    Mean,

    /// <summary>Its value at the same position of another reference prompt, drawn at random.</summary>
    Resample,
}

/// <summary>What is left when something is taken away.</summary>
/// <param name="Removed">What was taken away, together.</param>
/// <param name="Loss">Mean next-token loss over those of the prompts' own tokens that count, in nats.</param>
/// <param name="LossChange">Loss less the whole model's, prompt by prompt.</param>
/// <param name="LogitDifference">Right less wrong at the end; null where the prompts are no questions.</param>
/// <param name="LogitDifferenceChange">The same less the whole model's, prompt by prompt.</param>
public sealed record AblationResult(IReadOnlyList<Component> Removed, Estimate Loss, Estimate LossChange, Estimate? LogitDifference,
    Estimate? LogitDifferenceChange);

/// <summary>Takes pieces of a model away and measures what that does.</summary>
public sealed class Ablation : IDisposable
{
    private const uint ResamplePurpose = 0x72657361;

    private readonly Gpt _gpt;
    private readonly Prompts _prompts, _reference;
    private readonly IReadOnlyList<Question>? _questions;
    private readonly AblationKind _kind;
    private readonly ulong _seed;
    private readonly int _from;
    private readonly ActivationCache _unchanged;
    private readonly VariantRunner _runner;
    private readonly Dictionary<Activation, ActivationCache> _sources = [];
    private readonly Dictionary<(Activation, int), Tensor> _means = [];
    private readonly Arena _arena;
    private readonly double[] _losses;
    private readonly double[]? _differences;

    /// <summary>Measures the whole model on prompts of at least two tokens, which may be questions.</summary>
    /// <param name="gpt">The model.</param>
    /// <param name="prompts">Texts, or the prompts of <paramref name="questions"/>.</param>
    /// <param name="kind">What stands in.</param>
    /// <param name="reference">Where means and other values come from; the prompts themselves if not given.</param>
    /// <param name="questions">Right and wrong answers, one a prompt, or none.</param>
    /// <param name="seed">For resampling.</param>
    /// <param name="from">The first position whose token counts in losses: what comes before it is only read.</param>
    /// <exception cref="ArgumentException">A prompt has too few tokens for a loss, or there is nothing to resample from.</exception>
    public Ablation(Gpt gpt, Prompts prompts, AblationKind kind, Prompts? reference = null,
        IReadOnlyList<Question>? questions = null, ulong seed = 1, int from = 1)
    {
        ArgumentNullException.ThrowIfNull(gpt);
        ArgumentNullException.ThrowIfNull(prompts);
        ArgumentOutOfRangeException.ThrowIfLessThan(from, 1);
        (_gpt, _prompts, _kind, _reference, _questions, _seed) = (gpt, prompts, kind, reference ?? prompts, questions, seed);
        _from = from;
        for (var prompt = 0; prompt < prompts.Count; prompt++)
            if (prompts[prompt].Length <= from)
                throw new ArgumentException(from == 1 ? $"prompt {prompt + 1} has one token; a loss needs at least two"
                    : $"prompt {prompt + 1} has {prompts[prompt].Length} tokens, and none of them counts from position {from} on");
        if (kind == AblationKind.Resample && _reference.Count < 2)
            throw new ArgumentException("resampling needs at least two reference prompts");
        _unchanged = ActivationCache.Record(gpt, prompts, (activation, layer) => VariantRunner.Needs(gpt.Config, activation, layer));
        _runner = new VariantRunner(gpt, _unchanged);
        _arena = new Arena(gpt.Backend);
        (_losses, _differences) = Measure([.. Enumerable.Range(0, prompts.Count).Select(prompt => new Variant(prompt, []))], 1)[0];
    }

    /// <summary>Mean loss of the whole model.</summary>
    public Estimate Loss => Estimate.Of(_losses);

    /// <summary>Mean logit difference of the whole model.</summary>
    public Estimate? LogitDifference => _differences is null ? null : Estimate.Of(_differences);

    /// <summary>Takes each component away by itself.</summary>
    public IReadOnlyList<AblationResult> Each(IEnumerable<Component> components) =>
        Sets(components.Select(component => (IReadOnlyList<Component>)[component]));

    /// <summary>Takes each set of components away together.</summary>
    public IReadOnlyList<AblationResult> Sets(IEnumerable<IReadOnlyList<Component>> sets)
    {
        var removed = sets.ToList();
        var variants = new List<Variant>();
        foreach (var set in removed)
            for (var prompt = 0; prompt < _prompts.Count; prompt++)
                variants.Add(new Variant(prompt, [.. set.SelectMany(component => Edits(component, prompt))]));
        var measured = Measure(variants, removed.Count);
        return [.. removed.Select((set, i) => Result(set, measured[i].Losses, measured[i].Differences))];
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        foreach (var cache in _sources.Values)
            cache.Dispose();
        _arena.Dispose();
        _runner.Dispose();
        _unchanged.Dispose();
    }

    private AblationResult Result(IReadOnlyList<Component> removed, double[] losses, double[]? differences) => new(removed,
        Estimate.Of(losses), Estimate.Of([.. losses.Zip(_losses, (after, before) => after - before)]),
        differences is null ? null : Estimate.Of(differences),
        differences is null ? null : Estimate.Of([.. differences.Zip(_differences!, (after, before) => after - before)]));

    private IEnumerable<VariantEdit> Edits(Component component, int prompt)
    {
        ActivationCache.RequirePlace(_gpt.Config, component.Activation, component.Layer, component.Head);
        if (component.Activation is Activation.AttnScores or Activation.Pattern or Activation.LnFinal)
            throw new ArgumentException($"{component.Activation.Name()} cannot be ablated; z takes a head away");
        var length = _prompts[prompt].Length;
        if (component.Position >= length)
            throw new ArgumentException($"prompt {prompt + 1} has positions 0 to {length - 1}, not {component.Position}");
        var (first, last) = component.Position < 0 ? (0, length - 1) : (component.Position, component.Position);
        var edit = new VariantEdit(component.Activation, component.Layer, first, last - first + 1, component.Head,
            component.Neuron, default, 0);
        if (_kind == AblationKind.Zero)
            return [edit];
        if (_kind == AblationKind.Mean)
            return Enumerable.Range(first, edit.Count)
                .Select(position => edit with { Position = position, Count = 1, Source = Mean(component.Activation, component.Layer) });
        var other = Drawn(prompt, length);
        return [edit with
        {
            Source = Source(component.Activation)[component.Activation, component.Layer],
            SourceRow = _reference.RowOf(other, first)
        }];
    }

    // Another reference prompt that is long enough.
    private int Drawn(int prompt, int length)
    {
        var others = Enumerable.Range(0, _reference.Count)
            .Where(other => _reference[other].Length >= length && !(ReferenceEquals(_reference, _prompts) && other == prompt)).ToList();
        return others.Count > 0 ? others[(int)(CounterRandom.Bits(_seed, ResamplePurpose, 0, (ulong)prompt) % (uint)others.Count)]
            : throw new ArgumentException($"no other reference prompt is as long as prompt {prompt + 1}, which has {length} tokens");
    }

    private Tensor Mean(Activation activation, int layer)
    {
        if (_means.TryGetValue((activation, layer), out var mean))
            return mean;
        var rows = Source(activation)[activation, layer];
        var (all, sums) = (new float[rows.Count], new double[rows.Columns]);
        _gpt.Backend.Read(rows, all);
        for (var i = 0; i < all.Length; i++)
            sums[i % sums.Length] += all[i];
        mean = _arena.Allocate(new Shape(1, rows.Columns), rows.Type);
        _gpt.Backend.Write([.. sums.Select(sum => (float)(sum / rows.Rows))], mean);
        return _means[(activation, layer)] = mean;
    }

    private ActivationCache Source(Activation activation)
    {
        if (!_sources.TryGetValue(activation, out var cache))
            _sources[activation] = cache = ActivationCache.Record(_gpt, _reference, (other, _) => other == activation);
        return cache;
    }

    // Losses and logit differences by set and prompt; variants are ordered by set, then prompt.
    private (double[] Losses, double[]? Differences)[] Measure(List<Variant> variants, int sets)
    {
        var results = Enumerable.Range(0, sets).Select(_ =>
            (Losses: new double[_prompts.Count], Differences: _questions is null ? null : new double[_prompts.Count])).ToArray();
        _runner.Run(variants, variant => Enumerable.Range(0, _prompts[variant.Prompt].Length), (final, rows, run) =>
        {
            int[] Tokens(FinalRow row) => _prompts[variants[row.Variant].Prompt];
            var losses = Readout.Losses(_gpt, final,
                [.. rows.Select(row => row.Position + 1 >= _from && row.Position + 1 < Tokens(row).Length
                    ? Tokens(row)[row.Position + 1] : -1)], run);
            for (var i = 0; i < rows.Count; i++)
                results[rows[i].Variant / _prompts.Count].Losses[rows[i].Variant % _prompts.Count] += losses[i]
                    / (Tokens(rows[i]).Length - _from);
            if (_questions is null)
                return;
            var ends = Enumerable.Range(0, rows.Count).Where(i => rows[i].Position == Tokens(rows[i]).Length - 1).ToArray();
            var differences = Readout.LogitDifferences(_gpt, run.Operations.SelectRows(final, ends),
                [.. ends.Select(i => _questions[variants[rows[i].Variant].Prompt])], run);
            for (var i = 0; i < ends.Length; i++)
                results[rows[ends[i]].Variant / _prompts.Count].Differences![rows[ends[i]].Variant % _prompts.Count] = differences[i];
        });
        return results;
    }
}
