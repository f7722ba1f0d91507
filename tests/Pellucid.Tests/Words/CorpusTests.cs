using System.Text;
using Pellucid.Words;

namespace Pellucid.Tests.Words;

public sealed class CorpusTests
{
    [Fact]
    public void Words_are_cut_as_word2vec_cuts_them()
    {
        using var files = new TextFile();
        Assert.Equal(["one", "two", "</s>", "three", "</s>", "</s>", "four", "</s>"], Read(files.Corpus("one  two\r\nthree\t\n\nfour")));
        Assert.Equal(new string('x', 98), Read(files.Corpus(new string('x', 200)))[0]);
    }

    [Fact]
    public void A_long_word_is_never_cut_inside_a_character()
    {
        using var files = new TextFile();
        foreach (var (character, bytes) in (ReadOnlySpan<(string, int)>)[("三", 3), ("é", 2), ("🎉", 4)])
            for (var before = 0; before < 4; before++)
            {
                var word = new string('x', before) + string.Concat(Enumerable.Repeat(character, 60));
                Assert.Equal(word[..(before + (98 - before) / bytes * character.Length)], Read(files.Corpus(word))[0]);
            }
        // Bytes that are no UTF-8 are not made shorter than they must be.
        File.WriteAllBytes(files.Path("raw"), [.. Enumerable.Repeat((byte)0x80, 120)]);
        using var corpus = new Corpus([files.Path("raw")]);
        using var reader = corpus.Read(0, corpus.Length);
        Assert.True(reader.Next(out var raw));
        Assert.Equal(98, raw.Length);
    }

    [Fact]
    public void Letters_are_lower_cased_and_everything_else_parts_words()
    {
        using var files = new TextFile();
        Assert.Equal(["it", "s", "caf", "</s>", "ok", "</s>"], Read(files.Corpus("It's 3 CAFÉ\nok", TextForm.Letters)));
    }

    [Fact]
    public void The_end_of_a_file_ends_its_line()
    {
        using var files = new TextFile();
        Assert.Equal(["a", "</s>", "b", "</s>", "c", "</s>"], Read(files.Corpus(["a\n", "b", "c"])));
    }

    [Fact]
    public void Sections_have_every_word_once_wherever_they_touch()
    {
        var random = new Random(3);
        for (var round = 0; round < 60; round++)
        {
            using var files = new TextFile();
            var texts = Enumerable.Range(0, 1 + random.Next(3))
                .Select(_ => string.Concat(Enumerable.Range(0, random.Next(1, 60)).Select(_ => " \n\r\tabcdé"[random.Next(9)]))).ToArray();
            var corpus = files.Corpus(texts);
            var whole = Read(corpus);
            for (var sections = 2; sections <= 9; sections++)
                Assert.Equal(whole, Enumerable.Range(0, sections)
                    .SelectMany(part => Read(corpus, corpus.Length * part / sections, corpus.Length * (part + 1) / sections)));
        }
    }

    [Fact]
    public void A_text_longer_than_the_buffer_is_read_whole()
    {
        using var files = new TextFile();
        var words = Enumerable.Range(0, 40_000).Select(i => $"w{i * 7919 % 5003}").ToArray();
        Assert.Equal(words, Read(files.Corpus(string.Join(' ', words)))[..^1]);
    }

    [Fact]
    public void What_cannot_be_read_is_named()
    {
        using var files = new TextFile();
        Assert.Equal($"there is no file {files.Path("none")}",
            Assert.Throws<FileNotFoundException>(() => new Corpus([files.Path("none")])).Message);
        Assert.Equal($"{files.Path("text0")} is empty", Assert.Throws<InvalidDataException>(() => files.Corpus("")).Message);
    }

    private static string[] Read(Corpus corpus) => Read(corpus, 0, corpus.Length);

    private static string[] Read(Corpus corpus, long start, long end)
    {
        var words = new List<string>();
        using var reader = corpus.Read(start, end);
        while (reader.Next(out var word))
            words.Add(Encoding.UTF8.GetString(word));
        return [.. words];
    }
}
