using Pellucid.Words;

namespace Pellucid.Tests.Words;

public sealed class WordBiasTests
{
    private static readonly WordVectors Vectors = WordVectorsTests.Vectors(
        ("she", [1, 0.1f, 0]), ("he", [-1, 0.1f, 0]), ("woman", [1, 0, 0.1f]), ("man", [-1, 0, 0.1f]), ("nurse", [0.5f, 1, 0]),
        ("captain", [-0.5f, 1, 0]), ("tree", [0, 1, 1]));

    [Fact]
    public void Words_lie_on_the_side_of_the_pole_they_were_put_on()
    {
        var direction = new BiasDirection(Vectors, [("she", "he"), ("woman", "man"), ("queen", "king")]);
        Assert.Equal(2, direction.Pairs);
        Assert.Equal(1, direction.Share, 1e-6);
        Assert.Equal(0.5 / Math.Sqrt(1.25), direction.Projection(Vectors.Find("nurse")), 1e-4);
        Assert.Equal(-0.5 / Math.Sqrt(1.25), direction.Projection(Vectors.Find("captain")), 1e-4);
        Assert.Equal(0, direction.Projection(Vectors.Find("tree")), 1e-4);
        Assert.Throws<ArgumentException>(() => new BiasDirection(Vectors, [("queen", "king")]));
    }

    [Fact]
    public void The_association_test_gives_the_numbers_worked_out_by_hand()
    {
        // Associations are ±2 cos 0 for the poles and ±1 for words at 60°: X = 2, 1; Y = −2, −1.
        var vectors = WordVectorsTests.Vectors(("a", [1, 0]), ("b", [-1, 0]), ("x1", [2, 0]), ("x2", [0.5f, MathF.Sqrt(0.75f)]),
            ("y1", [-3, 0]), ("y2", [-0.5f, MathF.Sqrt(0.75f)]));
        var test = WordAssociation.Test(vectors, ["x1", "x2", "none"], ["y1", "y2"], ["a"], ["b"]);
        Assert.Equal(3 / Math.Sqrt(10.0 / 3), test.EffectSize, 1e-6);
        Assert.Equal((6L, true), (test.Partitions, test.IsExact));
        Assert.Equal(1.0 / 6, test.PValue, 1e-12);
        Assert.Equal((6, 7), (test.Known, test.Total));
        Assert.Throws<ArgumentException>(() => WordAssociation.Test(vectors, ["x1"], ["y1", "y2"], ["a"], ["b"]));
    }

    [Fact]
    public void Without_an_association_the_p_value_is_uniform_and_with_many_words_it_is_sampled()
    {
        var random = new Random(4);
        var entries = Enumerable.Range(0, 60)
            .Select(i => ($"w{i}", Enumerable.Range(0, 8).Select(_ => random.NextSingle() - 0.5f).ToArray())).ToArray();
        var vectors = WordVectorsTests.Vectors(entries);
        string[] Words(int first, int count) => [.. Enumerable.Range(first, count).Select(i => $"w{i}")];
        var test = WordAssociation.Test(vectors, Words(0, 20), Words(20, 20), Words(40, 10), Words(50, 10));
        Assert.False(test.IsExact);
        Assert.InRange(test.PValue, 0.02, 0.98);
        var other = WordAssociation.Test(vectors, Words(20, 20), Words(0, 20), Words(40, 10), Words(50, 10));
        Assert.Equal(-test.EffectSize, other.EffectSize, 1e-9);
        Assert.Equal(1, test.PValue + other.PValue, 0.02);
    }
}
