using System.Numerics.Tensors;
using Pellucid.Tensors;

namespace Pellucid.Words;

/// <summary>
/// Spherical k-means: unit vectors, centres of length 1, seeds by k-means++ (Arthur and Vassilvitskii 2007). The same
/// seed gives the same clusters.
/// </summary>
/// <param name="Assignments">The cluster of each word.</param>
/// <param name="Cosine">Mean cosine of a word with its centre.</param>
/// <param name="Iterations">Rounds it took.</param>
public sealed record WordClusters(IReadOnlyList<int> Assignments, double Cosine, int Iterations)
{
    private const uint SeedingPurpose = 0x6b6d6e73;

    /// <summary>Clusters the first <paramref name="top"/> words, or all when 0.</summary>
    /// <exception cref="ArgumentException">There are fewer words than clusters.</exception>
    public static WordClusters Find(WordVectors vectors, int clusters, int top = 0, int mostIterations = 50, ulong seed = 1)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        var count = top > 0 ? Math.Min(top, vectors.Count) : vectors.Count;
        if (clusters < 1 || clusters > count)
            throw new ArgumentException($"there can be 1 to {count} clusters of {count} words, not {clusters}");
        var units = new float[count][];
        Parallel.For(0, count, word => units[word] = vectors.Unit(word));
        var (centres, nearest, cosines) = (Seeds(units, clusters, seed), new int[count], new float[count]);
        for (var round = 1; ; round++)
        {
            var changed = 0;
            Parallel.For(0, count, word =>
            {
                var (best, score) = (0, float.NegativeInfinity);
                for (var cluster = 0; cluster < clusters; cluster++)
                    if (TensorPrimitives.Dot<float>(units[word], centres[cluster]) is var cosine && cosine > score)
                        (best, score) = (cluster, cosine);
                if (best != nearest[word])
                    Interlocked.Increment(ref changed);
                (nearest[word], cosines[word]) = (best, score);
            });
            if ((changed == 0 && round > 1) || round == mostIterations)
                return new WordClusters(nearest, cosines.Average(cosine => (double)cosine), round);
            Move(units, nearest, centres);
        }
    }

    private static float[][] Seeds(float[][] units, int clusters, ulong seed)
    {
        var (centres, distance) = (new float[clusters][], new double[units.Length]);
        Array.Fill(distance, 1);
        for (var cluster = 0; cluster < clusters; cluster++)
        {
            var at = CounterRandom.Uniform(seed, SeedingPurpose, 0, (ulong)cluster) * distance.Sum();
            var chosen = 0;
            while (chosen < units.Length - 1 && (at -= distance[chosen]) >= 0)
                chosen++;
            centres[cluster] = [.. units[chosen]];
            for (var word = 0; word < units.Length; word++)
                distance[word] = Math.Min(cluster == 0 ? double.PositiveInfinity : distance[word],
                    Math.Max(0, 1 - TensorPrimitives.Dot<float>(units[word], centres[cluster])));
        }
        return centres;
    }

    // A cluster that lost all its words keeps its centre.
    private static void Move(float[][] units, int[] nearest, float[][] centres)
    {
        var sums = centres.Select(centre => new float[centre.Length]).ToArray();
        for (var word = 0; word < units.Length; word++)
            TensorPrimitives.Add(sums[nearest[word]], units[word], sums[nearest[word]]);
        for (var cluster = 0; cluster < centres.Length; cluster++)
            if (TensorPrimitives.Norm<float>(sums[cluster]) is > 0 and var norm)
                TensorPrimitives.Divide(sums[cluster], norm, centres[cluster]);
    }
}
