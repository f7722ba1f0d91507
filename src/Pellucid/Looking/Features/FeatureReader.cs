using System.Numerics.Tensors;
using Pellucid.Models;

namespace Pellucid.Looking.Features;

/// <summary>Reads a text with a model and tells what features do in it.</summary>
public sealed class FeatureReader
{
    private const int RowsAtATime = 2048, Bins = 20, Contexts = 12, Tokens = 10, WindowsOfUse = 128;

    private readonly Gpt _gpt;
    private readonly FeatureDictionary _dictionary;
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
        (_gpt, _dictionary) = (gpt, dictionary);
        _batches = [.. windows.HeldOut(Math.Max(1, RowsAtATime / windows.Length), most)];
    }

    /// <summary>Dashboards of some features, in one pass over the text and two over the windows of each.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such feature.</exception>
    public IReadOnlyList<FeatureDashboard> Show(IReadOnlyList<int> features, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(features);
        foreach (var feature in features)
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)feature, (uint)_dictionary.Config.Features, nameof(features));
        using var splice = new FeatureSplice(_gpt, _dictionary.Config);
        var found = features.Select(_ => new List<FeatureContext>()).ToArray();
        var counts = new double[_gpt.Config.VocabularySize];
        foreach (var prompts in _batches)
        {
            cancellation.ThrowIfCancellationRequested();
            var activations = _dictionary.Encode(splice.Read(prompts));
            for (var prompt = 0; prompt < prompts.Count; prompt++)
            {
                foreach (var token in prompts[prompt])
                    counts[token]++;
                for (var i = 0; i < features.Count; i++)
                    if (Context(prompts, prompt, activations, features[i]) is { } context)
                        found[i].Add(context);
            }
        }
        var rows = _batches.Sum(prompts => (long)prompts.Rows);
        double Frequency(int token) => -Math.Log((counts[token] + 1) / (rows + counts.Length));
        return [.. features.Select((feature, i) =>
        {
            cancellation.ThrowIfCancellationRequested();
            return Dashboard(feature, rows, found[i], found[i].Count == 0 ? null : Use(splice, feature, found[i], Frequency));
        })];
    }

    private FeatureContext? Context(Prompts prompts, int prompt, float[] activations, int feature)
    {
        var values = new float[prompts[prompt].Length];
        for (var position = 0; position < values.Length; position++)
            values[position] = activations[prompts.RowOf(prompt, position) * _dictionary.Config.Features + feature];
        var most = TensorPrimitives.IndexOfMax<float>(values);
        return values[most] > 0 ? new FeatureContext(prompts[prompt], most, values) : null;
    }

    private FeatureDashboard Dashboard(int feature, long rows, List<FeatureContext> contexts, FeatureUse? use)
    {
        var (histogram, fired) = (new long[Bins], 0L);
        var largest = contexts.Count == 0 ? 0 : contexts.Max(context => context.Activation);
        foreach (var activation in contexts.SelectMany(context => context.Activations).Where(activation => activation > 0))
        {
            histogram[Math.Min(Bins - 1, (int)(activation / largest * Bins))]++;
            fired++;
        }
        var written = Written(feature);
        return new FeatureDashboard(feature, rows, fired, largest, histogram,
            [.. contexts.OrderByDescending(context => context.Activation).Take(Contexts)],
            [.. written.OrderByDescending(token => token.Score).Take(Tokens)], [.. written.OrderBy(token => token.Score).Take(Tokens)],
            use);
    }

    private (int Token, double Score)[] Written(int feature)
    {
        if (_dictionary.Config.Written.Activation is not (Activation.ResidPre or Activation.ResidMid or Activation.ResidPost
            or Activation.AttnOut or Activation.MlpOut))
            return [];
        var (weights, C) = (new Weights(_gpt), _gpt.Config.Width);
        var (table, direction) = (weights.OutputTable, weights.ReadByOutput(_dictionary.Direction(feature)));
        return [.. Enumerable.Range(0, _gpt.Config.VocabularySize)
            .Select(token => (token, (double)TensorPrimitives.Dot<float>(direction, table.AsSpan(token * C, C))))];
    }

    // Taken off wherever it fires, and measured where it fires at least half as strongly as in the window at most.
    private FeatureUse Use(FeatureSplice splice, int feature, List<FeatureContext> contexts, Func<int, double> frequency)
    {
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
