using System.Numerics.Tensors;
using Pellucid.Models;

namespace Pellucid.Looking.Features;

/// <summary>What changes of features add to the activation that they write, on one text.</summary>
internal sealed class FeatureEdits
{
    private readonly FeatureDictionary _dictionary;
    private readonly float[] _read, _activations;

    /// <param name="dictionary">The features.</param>
    /// <param name="read">(T, width): what they read.</param>
    /// <param name="rows">T.</param>
    public FeatureEdits(FeatureDictionary dictionary, float[] read, int rows)
    {
        if (read.Length != rows * dictionary.Config.Width)
            throw OfAnother(dictionary.Config);
        (_dictionary, _read, _activations) = (dictionary, read, dictionary.Encode(read));
    }

    /// <summary>Those that write what a change is of.</summary>
    /// <exception cref="ArgumentException">There are none, or several, or none of that number, or they are of another model.</exception>
    public static FeatureDictionary DictionaryOf(Intervention change, IReadOnlyList<FeatureDictionary> features, GptConfig config)
    {
        var place = new FeaturePlace(change.Place.Activation, change.Place.Layer);
        var found = features.Where(one => one.Config.ChangedPiece == change.Place with { Position = -1 }).ToList();
        return found switch
        {
            [] => throw new ArgumentException($"{change} is of a feature, and there are none here that write {place}: give their folder"),
            [var one] when change.Feature >= one.Config.Features =>
                throw new ArgumentException($"there are features 0 to {one.Config.Features - 1}, not {change.Feature}"),
            [var one] => one.Config.OutputWidth == config.Width ? one : throw OfAnother(one.Config),
            _ => throw new ArgumentException($"{change} is of a feature, and {found.Count} folders of features write {place}: give one"),
        };
    }

    /// <summary>What a change adds at a position, (width).</summary>
    public Func<int, float[]> Added(Intervention change)
    {
        var (feature, S) = (change.Feature!.Value, _dictionary.Config.Features);
        var (direction, scales) = (_dictionary.Direction(feature), _dictionary.ScalesOfWriting(feature, _read));
        return position =>
        {
            var added = new float[direction.Length];
            var activation = change.Kind == InterventionKind.Steer ? change.Factor
                : (change.Factor - 1) * _activations[position * S + feature];
            TensorPrimitives.Multiply(direction, (float)(activation * scales[position]), added);
            return added;
        };
    }

    private static ArgumentException OfAnother(FeatureConfig config) =>
        new($"features are of another model: they read {config.Width} numbers and write {config.OutputWidth}");
}
