using Pellucid.Words;

namespace Pellucid.Tests.Words;

public sealed class WordPhrasesTests
{
    // new 3, york 2, is 2, big 1, the 1, old 1: ten words. The pair "big the" goes across the line end.
    private const string Text = "new york is big\nthe new york is old new\n";

    [Fact]
    public void Scores_are_those_of_the_formula_by_hand()
    {
        using var files = new TextFile();
        var phrases = Learn(files.Corpus(Text), PhraseScore.Original, minCount: 1, 1);
        Assert.Equal(10, phrases.Words);
        Assert.Equal((2 - 1) * 10.0 / (3 * 2), phrases.Score("new", "york")!.Value, 1e-12);
        Assert.Equal((2 - 1) * 10.0 / (2 * 2), phrases.Score("york", "is")!.Value, 1e-12);
        Assert.Equal(0, phrases.Score("old", "new")!.Value);
        Assert.Null(phrases.Score("york", "new"));
        Assert.Null(Learn(files.Corpus(Text), PhraseScore.Original, minCount: 3, 1).Score("new", "york"));
    }

    [Fact]
    public void The_originals_pairs_go_across_line_ends_and_those_of_mutual_information_do_not()
    {
        using var files = new TextFile();
        Assert.Equal(0, Learn(files.Corpus(Text), PhraseScore.Original, 1, 1).Score("big", "the")!.Value);
        Assert.Null(Learn(files.Corpus(Text), PhraseScore.Normalized, 1, 1).Score("big", "the"));
        Assert.Equal(Math.Log(0.2 / (0.3 * 0.2)) / -Math.Log(0.2),
            Learn(files.Corpus(Text), PhraseScore.Normalized, 1, 1).Score("new", "york")!.Value, 1e-12);
    }

    [Fact]
    public void Phrases_are_joined_but_never_three_words_at_once_nor_across_lines()
    {
        using var files = new TextFile();
        var corpus = files.Corpus(Text);
        // "york is" scores more than "new york", but york is taken when its turn comes.
        Assert.Equal(2, Learn(corpus, PhraseScore.Original, 1, threshold: 1.5).Join(corpus, files.Path("out"),
            TestContext.Current.CancellationToken));
        Assert.Equal("new_york is big\nthe new_york is old new\n", File.ReadAllText(files.Path("out")));
        Assert.Equal(2, Learn(corpus, PhraseScore.Original, 1, threshold: 2).Join(corpus, files.Path("out"),
            TestContext.Current.CancellationToken));
        Assert.Equal("new york_is big\nthe new york_is old new\n", File.ReadAllText(files.Path("out")));
        var across = files.Corpus("a b\nc b\nc b\nc x\n");
        Learn(across, PhraseScore.Original, 1, threshold: 0.5).Join(across, files.Path("out"), TestContext.Current.CancellationToken);
        Assert.Equal(4, File.ReadAllLines(files.Path("out")).Length);
        Assert.DoesNotContain("b_c", File.ReadAllText(files.Path("out")), StringComparison.Ordinal);
    }

    private static WordPhrases Learn(Corpus corpus, PhraseScore formula, int minCount, double threshold) =>
        WordPhrases.Learn(corpus, formula, minCount, threshold, TestContext.Current.CancellationToken);
}
