using Pellucid.Words;

namespace Pellucid.Tests.Words;

public sealed class WordClustersTests
{
    [Fact]
    public void Planted_clusters_are_found()
    {
        const int clusters = 7, words = 210, size = 12;
        var random = new Random(3);
        float Gauss() => (float)Enumerable.Range(0, 12).Sum(_ => random.NextDouble() - 0.5);
        var centres = Enumerable.Range(0, clusters).Select(_ => Enumerable.Range(0, size).Select(_ => 3 * Gauss()).ToArray()).ToArray();
        var vectors = WordVectorsTests.Vectors([.. Enumerable.Range(0, words)
            .Select(word => ($"w{word}", centres[word % clusters].Select(value => (value + 0.2f * Gauss()) * (1 + word)).ToArray()))]);
        var found = WordClusters.Find(vectors, clusters, seed: 2);
        Assert.Equal(1, AdjustedRandIndex([.. found.Assignments], [.. Enumerable.Range(0, words).Select(word => word % clusters)]), 1e-12);
        Assert.Equal(found.Assignments, WordClusters.Find(vectors, clusters, seed: 2).Assignments);
        Assert.Equal(20, WordClusters.Find(vectors, 3, top: 20).Assignments.Count);
        Assert.Throws<ArgumentException>(() => WordClusters.Find(vectors, words + 1));
    }

    [Fact]
    public void Principal_components_are_those_of_a_known_ellipse()
    {
        // Points along (3, 4) / 5 with spread 10 and across with spread 1, around (7, -2, 1).
        var points = Enumerable.Range(0, 400).Select(i => (A: 10 * Math.Cos(i * Math.Tau / 400), B: Math.Sin(i * Math.Tau / 400)))
            .Select(p => new[] { 7 + 0.6 * p.A - 0.8 * p.B, -2 + 0.8 * p.A + 0.6 * p.B, 1 }).ToArray();
        var components = PrincipalComponents.Of(points, 2);
        Assert.Equal([7, -2, 1], components.Mean.Select(value => Math.Round(value, 9)));
        Assert.Equal(1, Math.Abs(0.6 * components.Directions[0][0] + 0.8 * components.Directions[0][1]), 1e-9);
        Assert.Equal(100.0 / 101, components.Share[0], 1e-9);
        Assert.Equal(1, components.Share.Sum(), 1e-9);
        Assert.Equal(10, Math.Abs(components.Project(points[0])[0]), 1e-6);
    }

    // Hubert and Arabie 1985.
    private static double AdjustedRandIndex(int[] a, int[] b)
    {
        double Pairs(IEnumerable<int> sizes) => sizes.Sum(n => n * (n - 1) / 2.0);
        var (both, first, second) = (Pairs(a.Zip(b).GroupBy(pair => pair).Select(group => group.Count())),
            Pairs(a.GroupBy(x => x).Select(group => group.Count())), Pairs(b.GroupBy(x => x).Select(group => group.Count())));
        var expected = first * second / Pairs([a.Length]);
        return (both - expected) / ((first + second) / 2 - expected);
    }
}
