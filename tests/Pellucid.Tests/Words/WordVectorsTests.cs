using System.Text;
using Pellucid.Words;

namespace Pellucid.Tests.Words;

public sealed class WordVectorsTests
{
    // Four words in a plane, by angle, one of them long and one short.
    private static readonly WordVectors Plane = Vectors(("east", [3, 0]), ("north", [0, 1]), ("northeast", [0.1f, 0.1f]),
        ("west", [-1, 0]), ("southwest", [-2, -2]));

    [Fact]
    public void Neighbours_are_those_of_largest_cosine_whatever_their_lengths()
    {
        var neighbours = Plane.Nearest([0], 3);
        Assert.Equal(["northeast", "north", "southwest"], neighbours.Select(neighbour => neighbour.Word));
        Assert.Equal(MathF.Sqrt(0.5f), neighbours[0].Score, 1e-6f);
        Assert.Equal(["northeast"], Plane.Nearest([0, 1], 1).Select(neighbour => neighbour.Word));
        Assert.Equal(4, Plane.Nearest([0], 100).Length);
        Assert.Empty(Plane.Nearest([0], 0));
    }

    [Fact]
    public void Analogies_add_and_multiply()
    {
        var vectors = Vectors(("man", [1, 0, 0.2f]), ("woman", [1, 1, 0.2f]), ("king", [1, 0, 2]),
            ("queen", [1, 1, 2]), ("bread", [0, -1, 0.1f]));
        foreach (var method in Enum.GetValues<AnalogyMethod>())
            Assert.Equal("queen", vectors.Analogy(0, 1, 2, 1, method)[0].Word);
        // By hand: cosines with woman, king and man, moved to 0 … 1.
        double Cosine(int other) => (1 + vectors.Similarity(3, other)) / 2.0;
        Assert.Equal(Cosine(1) * Cosine(2) / (Cosine(0) + 0.001), vectors.Analogy(0, 1, 2, 1, AnalogyMethod.Multiply)[0].Score, 1e-5);
    }

    [Fact]
    public void The_odd_one_out_is_farthest_from_the_mean()
    {
        Assert.Equal(4, Plane.OddOneOut([0, 1, 2, 4]));
        Assert.Throws<ArgumentException>(() => Plane.OddOneOut([0, 1]));
    }

    [Fact]
    public void Texts_are_compared_by_their_known_words()
    {
        Assert.Equal(1, Plane.TextSimilarity("east north", "northeast unknown")!.Value, 1e-6f);
        Assert.Null(Plane.TextSimilarity("unknown", "east"));
    }

    [Fact]
    public void Analogy_questions_are_judged_by_the_originals_rules()
    {
        using var files = new TextFile();
        // "paris" after "Paris" is the same word in upper case; "d" is beyond the first words; "far" scores below 0.
        var vectors = Vectors(("a", [1, 0, 0]), ("B", [0, 1, 0]), ("c", [0, 0, 1]), ("Paris", [-1, 1, 1]),
            ("paris", [-1, 1.1f, 1]), ("d", [-1, 1, 1]));
        var categories = AnalogyCategory.Read(files.Write("q", ": facts\nA b C PARIS\na b c d\n: gram1\na b c none\na b c B\n"));
        using var backend = TestBackends.Create("reference");
        var scores = AnalogyScore.Evaluate(vectors, categories, top: 5, backend);
        Assert.Equal([new("facts", 2, 1, 1), new("gram1", 2, 1, 0)], scores);
        Assert.Equal([false, true], scores.Select(score => score.IsSyntactic));
        Assert.Equal(new AnalogyScore("all", 4, 2, 1), AnalogyScore.Sum("all", scores));
        Assert.Equal((0.5, 0.5), (AnalogyScore.Sum("all", scores).Accuracy, AnalogyScore.Sum("all", scores).Coverage));
        Assert.Equal(2, AnalogyScore.Evaluate(vectors, categories, top: 0, backend)[0].Seen);
    }

    [Fact]
    public void The_question_file_has_the_published_counts()
    {
        var categories = AnalogyCategory.Read(SharedData.Path("word2vec-analogies/questions-words.txt"));
        Assert.Equal((14, 19544), (categories.Count, categories.Sum(category => category.Questions.Count)));
        Assert.Equal(8869, categories.Where(category => !category.Name.StartsWith("gram", StringComparison.Ordinal))
            .Sum(category => category.Questions.Count));
        var phrases = AnalogyCategory.Read(SharedData.Path("word2vec-analogies/questions-phrases.txt"));
        Assert.Equal((5, 3218), (phrases.Count, phrases.Sum(category => category.Questions.Count)));
    }

    [Fact]
    public void Damaged_questions_are_refused_with_their_line()
    {
        using var files = new TextFile();
        Assert.Contains("line 2",
            Assert.Throws<InvalidDataException>(() => AnalogyCategory.Read(files.Write("q", ": a\none two three\n"))).Message,
            StringComparison.Ordinal);
        Assert.Contains("no questions",
            Assert.Throws<InvalidDataException>(() => AnalogyCategory.Read(files.Write("q", ": a\n"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rank_correlation_shares_ranks_among_equals()
    {
        // Ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4: covariance 4.5, variances 4.5 and 5.
        Assert.Equal(4.5 / Math.Sqrt(4.5 * 5), SimilarityScore.RankCorrelation([1, 2, 2, 3], [10, 20, 30, 40]), 1e-12);
        Assert.Equal(-1, SimilarityScore.RankCorrelation([1, 2, 3], [3, 2, 1]), 1e-12);
    }

    [Fact]
    public void Pairs_of_words_are_compared_with_what_people_say()
    {
        using var files = new TextFile();
        var score = SimilarityScore.Evaluate(Plane,
            files.Write("s", "EAST\tnortheast\t9\neast\tnorth\t5\neast\twest\t1\neast\tnone\t3\n"));
        // Cosines √½, 0, −1 against 9, 5, 1: covariance 4 (√½ + 1), variances 32 and 1.5 − (√½ − 1)² / 3.
        var root = Math.Sqrt(0.5);
        Assert.Equal((4, 3, 1.0), (score.Total, score.Seen, score.Spearman));
        Assert.Equal(4 * (root + 1) / Math.Sqrt(32 * (1.5 - (root - 1) * (root - 1) / 3)), score.Pearson, 1e-6);
        Assert.Contains("line 1",
            Assert.Throws<InvalidDataException>(() => SimilarityScore.Evaluate(Plane, files.Write("s", "east north\n"))).Message,
            StringComparison.Ordinal);
        foreach (var file in (string[])["EN-WS-353-ALL", "EN-SIMLEX-999", "EN-MEN-TR-3k"])
            Assert.Equal(file switch { "EN-WS-353-ALL" => 353, "EN-SIMLEX-999" => 999, _ => 3000 },
                SimilarityScore.Evaluate(Plane, SharedData.Path($"word-similarity/{file}.txt")).Total);
    }

    internal static WordVectors Vectors(params (string Word, float[] Vector)[] entries)
    {
        var words = new WordList();
        foreach (var (word, _) in entries)
            words.FindOrAdd(Encoding.UTF8.GetBytes(word));
        return new WordVectors(words, [.. entries.SelectMany(entry => entry.Vector)], entries[0].Vector.Length);
    }
}
