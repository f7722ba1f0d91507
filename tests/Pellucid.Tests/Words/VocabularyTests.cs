using System.Text;
using Pellucid.Words;

namespace Pellucid.Tests.Words;

public sealed class VocabularyTests
{
    [Fact]
    public void Words_are_sorted_by_count_and_equal_ones_stay_in_order()
    {
        using var files = new TextFile();
        var vocabulary = TextFile.Learn(files.Corpus("b a c a\nc b a d"), minCount: 2);
        Assert.Equal(["</s>", "a", "b", "c"], Enumerable.Range(0, vocabulary.Words.Count).Select(vocabulary.Words.Text));
        Assert.Equal([2, 3, 2, 2], vocabulary.Counts.ToArray());
        Assert.Equal(9, vocabulary.TotalCount);
        Assert.Equal(-1, vocabulary.Words.Find("d"));
    }

    [Fact]
    public void A_saved_vocabulary_is_the_same_when_read()
    {
        using var files = new TextFile();
        var vocabulary = TextFile.Learn(files.Corpus("été 猫 été\n猫 x"), minCount: 1);
        vocabulary.Save(files.Path("vocab"));
        Assert.Equal("</s> 2\nété 2\n猫 2\nx 1\n", File.ReadAllText(files.Path("vocab")));
        var read = Vocabulary.Read(files.Path("vocab"));
        Assert.Equal(vocabulary.Counts.ToArray(), read.Counts.ToArray());
        Assert.Equal("猫", read.Words.Text(2));
        Assert.Equal(3, Vocabulary.Read(files.Path("vocab"), minCount: 2).Words.Count);
    }

    [Fact]
    public void What_leaves_no_word_is_refused_in_one_line()
    {
        using var files = new TextFile();
        string Refusal(Action action) => Assert.Throws<InvalidDataException>(action).Message;
        Assert.Equal($"{files.Path("text0")} has no words", Refusal(() => TextFile.Learn(files.Corpus(" \n \n"), 1)));
        Assert.Equal($"{files.Path("text0")}: none of its 2 words occurs 5 times; choose a lower minimum count",
            Refusal(() => TextFile.Learn(files.Corpus("a b a"), 5)));
        Assert.Equal($"{files.Path("v")}: line 2 is not a word and its count: 'b x'",
            Refusal(() => Vocabulary.Read(files.Write("v", "a 3\nb x\n"))));
    }

    [Fact]
    public void Too_many_words_make_the_rarest_forgotten()
    {
        var counts = new WordCounts(mostWords: 10);
        counts.Add("</s>"u8, 0);
        for (var round = 0; round < 30; round++)
            counts.Add("often"u8);
        for (var i = 0; i < 50; i++)
            counts.Add(Encoding.ASCII.GetBytes($"rare{i}"));
        Assert.Equal(30, counts.Of("often"u8));
        Assert.Equal(0, counts.Of("rare0"u8));
        Assert.Equal(0, counts.Words.Find("</s>"u8));
        Assert.InRange(counts.Words.Count, 2, 10);
    }

    [Fact]
    public void A_word_list_finds_every_word_again()
    {
        var list = new WordList();
        for (var i = 0; i < 20_000; i++)
            Assert.Equal(i, list.FindOrAdd(Encoding.ASCII.GetBytes($"word{i}")));
        for (var i = 0; i < 20_000; i++)
            Assert.Equal((i, $"word{i}"), (list.Find($"word{i}"), list.Text(i)));
        Assert.Equal(-1, list.Find("word20000"));
        Assert.Equal(20_000, list.FindOrAdd(default));
        Assert.Equal(20_000, list.Find(""));
    }
}
