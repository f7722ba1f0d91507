using System.Numerics.Tensors;
using Pellucid.Looking.Features;
using Pellucid.Tensors;

namespace Pellucid.Tests.Looking.Features;

/// <summary>Rows that are sums of a few of many directions, more than there are dimensions: superposition whose truth is known.</summary>
internal sealed class PlantedFeatures
{
    private const ulong Seed = 11;
    private const uint PresentPurpose = 2, StrengthPurpose = 3;

    private readonly float[] _directions;
    private readonly double _share;

    /// <param name="width">Dimensions.</param>
    /// <param name="count">Directions, at random.</param>
    /// <param name="active">How many of them are in a row, mean.</param>
    public PlantedFeatures(int width, int count, double active)
    {
        (Width, Count, _share) = (width, count, active / count);
        _directions = Directions.Random(Seed, 1, count, width);
    }

    public int Width { get; }

    public int Count { get; }

    public ReadOnlySpan<float> this[int feature] => _directions.AsSpan(feature * Width, Width);

    /// <summary>Rows of a step: each direction is there or not by itself, between half and one and a half as strong.</summary>
    public FeatureBatch Rows(int step, int rows)
    {
        var values = new float[rows * Width];
        for (var i = 0; i < rows * Count; i++)
            if (CounterRandom.Uniform(Seed, PresentPurpose, (ulong)step, (ulong)i) < _share)
                TensorPrimitives.MultiplyAdd(this[i % Count],
                    0.5f + CounterRandom.Uniform(Seed, StrengthPurpose, (ulong)step, (ulong)i),
                    values.AsSpan(i / Count * Width, Width), values.AsSpan(i / Count * Width, Width));
        return new FeatureBatch(values, values);
    }

    /// <summary>Share of directions that some feature writes, by a cosine above 0.9.</summary>
    public double Recovered(FeatureDictionary dictionary)
    {
        var found = 0;
        var learned = Enumerable.Range(0, dictionary.Config.Features).Select(dictionary.Direction).ToArray();
        for (var feature = 0; feature < Count; feature++)
        {
            var planted = this[feature].ToArray();
            found += learned.Any(direction => TensorPrimitives.CosineSimilarity<float>(direction, planted) > 0.9f) ? 1 : 0;
        }
        return (double)found / Count;
    }
}
