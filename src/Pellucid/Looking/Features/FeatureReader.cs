using System.Numerics.Tensors;
using Pellucid.Models;

namespace Pellucid.Looking.Features;

/// <summary>Reads a text with a model and tells what features do in it.</summary>
public sealed class FeatureReader
{
    private const int RowsAtATime = 2048, Bins = 20, Contexts = 12, Tokens = 10, WindowsOfUse = 128;

    private readonly Gpt _gpt;
    private readonly FeatureDictionary _dictionary;
    private readonly FeatureSearch _search;
    private readonly IReadOnlyList<Prompts> _batches;

    /// <param name="gpt">The model, which is not changed.</param>
    /// <param name="dictionary">Its features.</param>
    /// <param name="windows">The text, whose last tenth is read.</param>
    /// <param name="most">Windows at most.</param>
    public FeatureReader(Gpt gpt, FeatureDictionary dictionary, TokenWindows windows, int most = 200)
    {
        ArgumentNullException.ThrowIfNull(gpt);
        ArgumentNullException.ThrowIfNull(dictionary);
        ArgumentNullException.ThrowIfNull(windows);
        (_gpt, _dictionary, _search) = (gpt, dictionary, new FeatureSearch(gpt, dictionary));
        _batches = [.. windows.HeldOut(Math.Max(1, RowsAtATime / windows.Length), most)];
    }

    /// <summary>Dashboards of some features, in one pass over the text and two over the windows of each.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such feature.</exception>
    public IReadOnlyList<FeatureDashboard> Show(IReadOnlyList<int> features, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(features);
        foreach (var feature in features)
            RequireFeature(feature);
        var firings = new FeatureFirings(_dictionary.Config.Features, _gpt.Config.VocabularySize);
        foreach (var _ in Collect(firings, features.ToHashSet()))
            cancellation.ThrowIfCancellationRequested();
        return [.. features.Select(feature =>
        {
            cancellation.ThrowIfCancellationRequested();
            return Show(firings, feature, asksForUse: true);
        })];
    }

    /// <summary>Reads the text a batch at a time: where each feature fires in all that was read so far, and the share of the text that
    /// was read.</summary>
    public IEnumerable<(FeatureFirings Firings, double Share)> ReadStepwise()
    {
        var firings = new FeatureFirings(_dictionary.Config.Features, _gpt.Config.VocabularySize);
        return Collect(firings, null).Select(share => (firings, share));
    }

    /// <summary>The dashboard of a feature.</summary>
    /// <param name="firings">Where features fire in the text, as <see cref="ReadStepwise"/> found it.</param>
    /// <param name="feature">Its number.</param>
    /// <param name="asksForUse">Whether the model is asked what it loses without it, which takes two passes over the windows in which the
    /// feature fires most.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such feature.</exception>
    public FeatureDashboard Show(FeatureFirings firings, int feature, bool asksForUse)
    {
        ArgumentNullException.ThrowIfNull(firings);
        RequireFeature(feature);
        var (histogram, fired, contexts) = (new long[Bins], 0L, firings.Contexts(feature));
        var largest = contexts.Count == 0 ? 0 : contexts.Max(context => context.Activation);
        foreach (var activation in contexts.SelectMany(context => context.Activations).Where(activation => activation > 0))
        {
            histogram[Math.Min(Bins - 1, (int)(activation / largest * Bins))]++;
            fired++;
        }
        return new FeatureDashboard(feature, firings.Rows, fired, largest, histogram,
            [.. contexts.OrderByDescending(context => context.Activation).Take(Contexts)],
            _search.Writes(feature, Tokens), _search.Writes(feature, Tokens, against: true),
            asksForUse && contexts.Count > 0 ? Use(feature, contexts, firings.LossByFrequency) : null);
    }

    private IEnumerable<double> Collect(FeatureFirings firings, HashSet<int>? wanted)
    {
        using var splice = new FeatureSplice(_gpt, _dictionary.Config);
        for (var batch = 0; batch < _batches.Count; batch++)
        {
            firings.Add(_batches[batch], _dictionary.Encode(splice.Read(_batches[batch])), wanted);
            yield return (batch + 1.0) / _batches.Count;
        }
    }

    private void RequireFeature(int feature) =>
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)feature, (uint)_dictionary.Config.Features, nameof(feature));

    // Taken off wherever it fires, and measured where it fires at least half as strongly as in the window at most.
    private FeatureUse Use(int feature, IReadOnlyList<FeatureContext> contexts, Func<int, double> frequency)
    {
        using var splice = new FeatureSplice(_gpt, _dictionary.Config);
        var chosen = contexts.OrderByDescending(context => context.Activation).Take(WindowsOfUse).ToArray();
        var (groups, there, baseline) = (new List<List<double>>(), new List<double>(), new List<double>());
        foreach (var some in chosen.Chunk(Math.Max(1, RowsAtATime / chosen[0].Tokens.Count)))
        {
            var (prompts, at) = (new Prompts(some.Select(context => context.Tokens.ToArray())), 0);
            var (read, target, losses) = splice.Record(prompts);
            var without = splice.With(prompts, Without(feature, [.. some.SelectMany(context => context.Activations)], read, target));
            foreach (var context in some)
            {
                var rises = new List<double>();
                for (var position = 0; position < context.Tokens.Count - 1; position++, at++)
                    if (context.Activations[position] >= context.Activation / 2)
                    {
                        rises.Add(without[at] - losses[at]);
                        there.Add(losses[at]);
                        baseline.Add(frequency(context.Tokens[position + 1]));
                    }
                if (rises.Count > 0)
                    groups.Add(rises);
            }
        }
        return groups.Count == 0 ? new FeatureUse(0, double.NaN, double.NaN, new Estimate(double.NaN, double.NaN, 0))
            : new FeatureUse(groups.Count, there.Average(), baseline.Average(), Estimate.OfGroups(groups));
    }

    // The activation as it is, less what the feature writes.
    private float[] Without(int feature, float[] activations, float[] read, float[] target)
    {
        var (width, written) = (_dictionary.Config.OutputWidth, target.ToArray());
        var (direction, scales) = (_dictionary.Direction(feature), _dictionary.ScalesOfWriting(feature, read));
        for (var row = 0; row < activations.Length; row++)
            if (activations[row] > 0)
                TensorPrimitives.MultiplyAdd(direction, -activations[row] * scales[row], written.AsSpan(row * width, width),
                    written.AsSpan(row * width, width));
        return written;
    }
}
