using System.Numerics.Tensors;
using Pellucid.Models;

namespace Pellucid.Looking.Features;

/// <summary>A feature that tells some texts from others.</summary>
/// <param name="Feature">Its number.</param>
/// <param name="Least">Its least activation at the ends of the examples.</param>
/// <param name="Most">Its greatest at the ends of the others; 0 where there are none.</param>
public sealed record FeatureToldApart(int Feature, double Least, double Most);

/// <summary>Features of a model found by what they write and by what they fire on.</summary>
public sealed class FeatureSearch
{
    private readonly Gpt _gpt;
    private readonly FeatureDictionary _dictionary;
    private readonly Weights _weights;
    private readonly Dictionary<(int Feature, int Count, bool Against), IReadOnlyList<(int, double)>> _written = [];

    /// <param name="gpt">The model.</param>
    /// <param name="dictionary">Its features.</param>
    public FeatureSearch(Gpt gpt, FeatureDictionary dictionary)
    {
        ArgumentNullException.ThrowIfNull(gpt);
        ArgumentNullException.ThrowIfNull(dictionary);
        (_gpt, _dictionary, _weights) = (gpt, dictionary, new Weights(gpt));
    }

    /// <summary>Whether features write to the residual stream, so that tokens can be told that they write.</summary>
    public bool WritesToStream => _dictionary.Config.Written.Activation is Activation.ResidPre or Activation.ResidMid
        or Activation.ResidPost or Activation.AttnOut or Activation.MlpOut;

    /// <summary>Tokens whose logits a feature's direction raises most, or lowers most: products with the output table after the mean and
    /// gain of the final norm. None where it is not written to the residual stream.</summary>
    public IReadOnlyList<(int Token, double Score)> Writes(int feature, int count, bool against = false)
    {
        if (!WritesToStream)
            return [];
        if (_written.TryGetValue((feature, count, against), out var known))
            return known;
        var scores = _weights.ScoresOf(_dictionary.Direction(feature));
        return _written[(feature, count, against)] = [.. Enumerable.Range(0, scores.Length).Select(token => (token, (double)scores[token]))
            .OrderByDescending(one => against ? -one.Item2 : one.Item2).Take(count)];
    }

    /// <summary>Features whose directions point most towards a token, by cosine; none where they are not written to the residual
    /// stream.</summary>
    public IReadOnlyList<(int Feature, double Cosine)> Writers(int token, int count)
    {
        if (!WritesToStream)
            return [];
        var row = _weights.OutputTable.AsSpan(token * _gpt.Config.Width, _gpt.Config.Width).ToArray();
        return [.. Enumerable.Range(0, _dictionary.Config.Features).Select(feature => (feature,
                (double)TensorPrimitives.CosineSimilarity<float>(_weights.ReadByOutput(_dictionary.Direction(feature)), row)))
            .OrderByDescending(one => one.Item2).Take(count)];
    }

    /// <summary>
    /// The features that tell the ends of some texts from those of others: first those whose least activation at the ends of the examples
    /// lies farthest above their greatest at the ends of the others; of no others, above 0.
    /// </summary>
    /// <exception cref="ArgumentException">There are no examples, or the features are of another model.</exception>
    public IReadOnlyList<FeatureToldApart> ByExample(IReadOnlyList<int[]> examples, IReadOnlyList<int[]> others, int count)
    {
        ArgumentNullException.ThrowIfNull(examples);
        ArgumentNullException.ThrowIfNull(others);
        using var splice = new FeatureSplice(_gpt, _dictionary.Config);
        var (found, most) = (Ends(splice, examples), others.Count == 0 ? null : Ends(splice, others));
        return [.. Enumerable.Range(0, _dictionary.Config.Features)
            .Select(feature => new FeatureToldApart(feature, found.Min(end => end[feature]), most?.Max(end => end[feature]) ?? 0))
            .Where(one => one.Least > 0).OrderByDescending(one => one.Least - one.Most).Take(count)];
    }

    // (features) at the end of each text.
    private float[][] Ends(FeatureSplice splice, IReadOnlyList<int[]> texts)
    {
        var (prompts, S) = (new Prompts(texts), _dictionary.Config.Features);
        var activations = _dictionary.Encode(splice.Read(prompts));
        return [.. Enumerable.Range(0, prompts.Count)
            .Select(prompt => activations.AsSpan(prompts.RowOf(prompt, prompts[prompt].Length - 1) * S, S).ToArray())];
    }
}
