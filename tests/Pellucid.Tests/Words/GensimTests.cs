using System.Text.Json;
using System.Text.RegularExpressions;
using Pellucid.Files;
using Pellucid.Words;

namespace Pellucid.Tests.Words;

/// <summary>What gensim 4.4.0 says of the same vectors.</summary>
public sealed partial class GensimTests
{
    private const double Rounding = 2e-6; // it was recorded with six digits

    [Theory]
    [InlineData("restrict_30000_insensitive", 30_000)]
    [InlineData("restrict_3000_insensitive", 3_000)]
    [InlineData("dummy4unknown", 30_000)]
    public void Analogies_are_answered_alike_in_every_section(string run, int top)
    {
        var vectors = Vectors();
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        var scores = AnalogyScore.Evaluate(vectors,
            AnalogyCategory.Read(SharedData.Path("word2vec-analogies/questions-words.txt")), top, backend);
        var expected = Expected("analogies").GetProperty(run);
        foreach (var score in scores.Append(AnalogyScore.Sum("Total accuracy", scores)))
        {
            var section = expected.GetProperty("sections").GetProperty(score.Name);
            var asked = run == "dummy4unknown" ? score.Total : score.Seen; // there, what is not known counts as wrong
            Assert.Equal((score.Name, section.GetProperty("correct").GetInt32(), section.GetProperty("incorrect").GetInt32()),
                (score.Name, score.Correct, asked - score.Correct));
        }
    }

    [Fact]
    public void Similarities_correlate_alike_and_as_many_pairs_are_left_out()
    {
        var vectors = Vectors();
        foreach (var file in Expected("similarity").EnumerateObject())
        {
            var score = SimilarityScore.Evaluate(vectors, SharedData.Path($"word-similarity/{file.Name}"));
            Assert.Equal(file.Value.GetProperty("oov_percent").GetDouble(), 100.0 * (score.Total - score.Seen) / score.Total, 1e-9);
            Assert.Equal(file.Value.GetProperty("spearman").GetDouble(), score.Spearman, 1e-6);
            Assert.Equal(file.Value.GetProperty("pearson").GetDouble(), score.Pearson, 1e-6);
        }
    }

    [Fact]
    public void Neighbours_and_cosines_are_the_same()
    {
        var vectors = Vectors();
        foreach (var asked in Expected("most_similar").EnumerateObject())
            RequireSame(asked.Value, vectors.Nearest([vectors.Find(asked.Name)], 10));
        foreach (var asked in Expected("distances").EnumerateArray())
            Assert.Equal(asked[2].GetDouble(), vectors.Similarity(vectors.Find(asked[0].GetString()!), vectors.Find(asked[1].GetString()!)),
                Rounding);
        foreach (var asked in Expected("odd_one_out").EnumerateObject())
            Assert.Equal(asked.Value.GetString(), vectors.Words.Text(vectors.OddOneOut([.. asked.Name.Split(' ').Select(vectors.Find)])));
    }

    [Fact]
    public void Analogies_have_the_same_words_and_scores()
    {
        var vectors = Vectors();
        foreach (var asked in Expected("analogy").EnumerateObject())
            RequireSame(asked.Value, Answers(vectors, asked.Name, AnalogyMethod.Add));
        // 3CosMul is divided by cos + 0.001 as its authors have it; gensim adds a millionth.
        foreach (var asked in Expected("cosmul").EnumerateObject())
        {
            var a = vectors.Find(asked.Name.Split(' ')[0]);
            RequireSame(asked.Value, [.. Answers(vectors, asked.Name, AnalogyMethod.Multiply).Select(answer =>
            {
                var cosine = (1 + vectors.Similarity(vectors.Find(answer.Word), a)) / 2;
                return answer with { Score = answer.Score * (cosine + 1e-3f) / (cosine + 1e-6f) };
            })]);
        }
    }

    [Fact]
    public void Phrases_are_the_same_by_the_formula_of_that_name()
    {
        using var files = new TextFile();
        // Python makes an i and a dot of the capital I with a dot, .NET leaves it alone.
        var kept = PlainText.Lines(SharedData.Path("wiki2015/wiki2015-leads.txt.gz")).Select(line =>
                string.Join(' ', Letters().Matches(line.Replace("İ", "i\u0307", StringComparison.Ordinal).ToLowerInvariant())
                    .Select(match => match.Value)))
            .Where(line => line.Count(value => value == ' ') >= 2).Take(40_000);
        File.WriteAllLines(files.Path("text"), kept);
        using var corpus = new Corpus([files.Path("text")]);
        var expected = Expected("phrases");
        var found = WordPhrases.Learn(corpus, PhraseScore.Distinct, expected.GetProperty("min_count").GetInt32(),
            expected.GetProperty("threshold").GetDouble(), TestContext.Current.CancellationToken).Found();
        Assert.Equal(expected.GetProperty("count").GetInt32(), found.Count);
        var scores = found.ToDictionary(pair => $"{pair.First}_{pair.Second}", pair => pair.Score);
        foreach (var (best, rank) in expected.GetProperty("best30").EnumerateArray().Select((best, rank) => (best, rank)))
        {
            Assert.Equal(best[1].GetDouble(), scores[best[0].GetString()!], 1e-3);
            Assert.Equal(best[1].GetDouble(), found[rank].Score, 1e-3);
        }
    }

    private static Neighbour[] Answers(WordVectors vectors, string question, AnalogyMethod method) =>
        question.Split(' ').Select(vectors.Find).ToArray() is var words
            ? vectors.Analogy(words[0], words[1], words[2], 5, method) : [];

    private static void RequireSame(JsonElement expected, Neighbour[] ours)
    {
        Assert.Equal(expected.EnumerateArray().Select(one => one[0].GetString()), ours.Select(neighbour => neighbour.Word));
        Assert.All(expected.EnumerateArray().Zip(ours), pair => Assert.Equal(pair.First[1].GetDouble(), pair.Second.Score, Rounding));
    }

    private static WordVectors Vectors() => VectorFile.Read(SharedData.Path("golden/gensim/vectors.bin"));

    private static JsonElement Expected(string name) =>
        JsonDocument.Parse(File.ReadAllBytes(SharedData.Path("golden/gensim/expected.json"))).RootElement.GetProperty(name);

    [GeneratedRegex("[a-z]+")]
    private static partial Regex Letters();
}
