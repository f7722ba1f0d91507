using System.Text;
using Pellucid.Evaluation;
using Pellucid.Evaluation.Beliefs;
using Pellucid.Files;
using Pellucid.Models;
using Pellucid.Looking.Probes;
using Pellucid.Tokens;
using Pellucid.Training;
using Pellucid.Words;

namespace Pellucid.Tests.Files;

public sealed class PlainTextTests
{
    private const string Text = "one Bücher 三本書 🎉\r\ntwo\n\nthree";

    [Fact]
    public void Every_form_of_a_text_is_the_same_text()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("x");
        foreach (var bytes in TextInForms.Of(Text))
        {
            File.WriteAllBytes(path, bytes);
            Assert.Equal(Text, PlainText.ReadAll(path));
            Assert.Equal(["one Bücher 三本書 🎉", "two", "", "three"], PlainText.Lines(path));
            Assert.Equal(Encoding.UTF8.GetByteCount(Text), PlainText.Length(path));
            File.Delete(folder.File("link"));
            File.CreateSymbolicLink(folder.File("link"), path); // as a cache of models has them
            Assert.Equal(Text, PlainText.ReadAll(folder.File("link")));
        }
    }

    [Fact]
    public void What_is_no_text_is_named()
    {
        using var folder = new TemporaryFolder();
        string Refusal(byte[] bytes)
        {
            File.WriteAllBytes(folder.File("x"), bytes);
            return Assert.Throws<InvalidDataException>(() => PlainText.ReadAll(folder.File("x"))).Message.Replace(folder.File("x"), "x",
                StringComparison.Ordinal);
        }
        Assert.StartsWith("x: byte 1 is zero, which no text holds", Refusal(Encoding.Unicode.GetBytes("abc")), StringComparison.Ordinal);
        Assert.StartsWith("x: byte 2 is zero, which no text holds", Refusal(TextInForms.Packed([.. "ab\0"u8])), StringComparison.Ordinal);
        Assert.StartsWith("x begins with the mark of UTF-32", Refusal([.. Encoding.UTF32.GetPreamble(), .. Encoding.UTF32.GetBytes("a")]),
            StringComparison.Ordinal);
        Assert.StartsWith("x begins with the mark of UTF-16, and is not that", Refusal([0xFF, 0xFE, 0x00, 0xD8, 0x41, 0x00]),
            StringComparison.Ordinal);
        Assert.StartsWith("x begins as gzip does, and cannot be unpacked", Refusal([0x1F, 0x8B, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9]),
            StringComparison.Ordinal);
        var packed = TextInForms.Packed(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 5000).Select(i => $"{i * i} "))));
        Assert.StartsWith("x begins as gzip does, and cannot be unpacked", Refusal(packed[..^9]), StringComparison.Ordinal);
        Assert.StartsWith("x begins as gzip does, and cannot be unpacked", Refusal(packed[..(packed.Length / 2)]),
            StringComparison.Ordinal);
    }

    // A packed text is read to its last byte or refused, wherever it is cut; several parts in a row are one text.
    [Fact]
    public void A_packed_text_is_whole_or_refused()
    {
        var texts = Enumerable.Range(0, 3)
            .Select(i => string.Concat(Enumerable.Range(0, 40 + 9000 * (i % 2)).Select(j => $"{i * j * j} ")));
        byte[][] parts = [.. texts.Select(text => TextInForms.Packed(Encoding.UTF8.GetBytes(text)))];
        byte[] whole = [.. parts.SelectMany(part => part)];
        using var folder = new TemporaryFolder();
        string Read(byte[] bytes)
        {
            File.WriteAllBytes(folder.File("x"), bytes);
            return PlainText.ReadAll(folder.File("x"));
        }
        Assert.Equal(string.Concat(texts), Read(whole));
        int[] borders = [parts[0].Length, parts[0].Length + parts[1].Length];
        foreach (var length in Enumerable.Range(2, parts[0].Length + 40).Concat(Enumerable.Range(whole.Length - 200, 200)).Except(borders))
            Assert.Contains("cannot be unpacked", Assert.Throws<InvalidDataException>(() => Read(whole[..length])).Message,
                StringComparison.Ordinal);
    }

    // Every reader of text that the library has, each with what it makes of a small file.
    private static readonly (string Name, string Text, Func<string, string> Read)[] Readers =
    [
        ("x.txt", Text, path => Documents(path)),
        ("x.jsonl", "{\"text\":\"三 🎉\"}\n{\"text\":\"two\"}\n", path => Documents(path)),
        ("x.jsonl.gz", "{\"text\":\"三 🎉\"}\n{\"text\":\"two\"}\n", path => Documents(path)),
        ("v.txt", "三 2 3\né 3 4\n", path => string.Join(' ', Words(VectorFile.Read(path).Words))),
        ("w.txt", "三 20\né 3\n", path => string.Join(' ', Words(Vocabulary.Read(path).Words))),
        ("q.txt", ": 三\na b c é\n",
            path => string.Join(' ', AnalogyCategory.Read(path).Select(one => $"{one.Name} {one.Questions[0]}"))),
        ("c.txt", "三\té\n", path => $"{ClozeFile.Read(path)[0]}"),
        ("b.csv", "passage,condition,start,end\n三 goes to [MASK],True Belief,é,x\n", path => $"{BeliefFile.Read(path)[0].Cloze}"),
        ("t.csv", "三,é\n\"a\nb\",2\n", path => string.Join(' ', SeparatedValues.Read(path).SelectMany(row => row.Fields))),
        ("u.conllu", string.Concat(Enumerable.Range(0, 40).Select(i => Row(i % 2 == 0 ? "NOUN" : "VERB"))), Treebank),
        ("n.txt", "三 é 三\né 三", path =>
        {
            using var corpus = new Corpus([path]);
            return string.Join(' ', Words(Vocabulary.Learn(corpus, 1).Words));
        }),
    ];

    [Fact]
    public void Every_reader_takes_every_form()
    {
        foreach (var (name, text, read) in Readers)
        {
            using var folder = new TemporaryFolder();
            var path = folder.File(name);
            File.WriteAllText(path, text);
            var expected = read(path);
            Assert.Contains(name is "u.conllu" ? "NOUN" : "三", expected, StringComparison.Ordinal);
            foreach (var (bytes, form) in TextInForms.Of(text).Select((bytes, form) => (bytes, form)))
            {
                File.WriteAllBytes(path, bytes);
                Assert.True(expected == read(path), $"{name}, form {form}: {read(path)}");
            }
        }
    }

    [Fact]
    public void Every_reader_of_text_names_a_zero_byte()
    {
        foreach (var (name, text, read) in Readers.Where(reader => reader.Name != "v.txt"))
        {
            using var folder = new TemporaryFolder();
            var path = folder.File(name);
            File.WriteAllBytes(path, Encoding.Unicode.GetBytes(text));
            Assert.Contains(" is zero, which no text holds", Assert.Throws<InvalidDataException>(() => read(path)).Message,
                StringComparison.Ordinal);
        }
    }

    private static string Row(string tag) => $"1\ta\ta\t{tag}\t_\t_\t0\troot\t_\t_\n2\tb\tb\t{tag}\t_\t_\t1\tx\t_\t_\n\n";

    private static string Treebank(string path) => string.Join(' ', ConlluProbes.Task("part-of-speech", [path],
        BpeTrainer.Train("a b a b"u8.ToArray(), 257), new GptConfig { VocabularySize = 257, Context = 9, Layers = 1, Heads = 1, Width = 4 })
        .Labels);

    private static string Documents(string path) => string.Concat(new TextSource(TextSource.FilesOf(path))
        .Read(CharacterTokenizer.LastCharacter).Select(part => Encoding.UTF8.GetString(part.Bytes.Span)));

    private static IEnumerable<string> Words(WordList words) => Enumerable.Range(0, words.Count).Select(words.Text);
}
