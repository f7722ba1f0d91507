using System.Text;
using Pellucid.Words;

namespace Pellucid.Tests.Words;

public sealed class VectorFileTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_is_written_is_read_again_bit_for_bit(bool binary)
    {
        using var files = new TextFile();
        var random = new Random(1);
        var words = new WordList();
        foreach (var word in (string[])["</s>", "the", "été", "猫", "new_york", "12", "-1.5"])
            words.FindOrAdd(Encoding.UTF8.GetBytes(word));
        words.FindOrAdd([0xff, 0xfe]); // not UTF-8
        float[] values = [.. Enumerable.Range(0, words.Count * 7)
            .Select(i => i switch { 0 => 0, 1 => 1e-42f, 2 => -3.4e38f, _ => random.NextSingle() - 0.5f })];
        VectorFile.Write(files.Path("v"),
            new WordVectors(words, [.. values.Select(value => Math.Abs(value) > 1e38 ? -1e18f : value)], 7), binary);
        var read = VectorFile.Read(files.Path("v"));
        Assert.Equal(7, read.Size);
        Assert.Equal(words.Count, read.Count);
        for (var word = 0; word < words.Count; word++)
        {
            Assert.Equal(words[word].ToArray(), read.Words[word].ToArray());
            for (var d = 0; d < 7; d++)
                Assert.Equal(Math.Abs(values[word * 7 + d]) > 1e38 ? -1e18f : values[word * 7 + d], read[word][d]);
        }
        Assert.Equal(2, VectorFile.Read(files.Path("v"), most: 2).Count);
    }

    [Fact]
    public void Text_has_the_form_of_the_original()
    {
        using var files = new TextFile();
        var words = new WordList();
        words.FindOrAdd("a"u8);
        VectorFile.Write(files.Path("v"), new WordVectors(words, [0.5f, -2], 2), binary: false);
        Assert.Equal("1 2\na 0.5 -2\n", File.ReadAllText(files.Path("v")));
        Assert.Equal(-2, VectorFile.Read(files.Write("o", "2 2\n</s> 0.002001 0.002210 \nthe -1e-3 -2.000000 \n"))[1][1]);
        Assert.Equal(3, VectorFile.Read(files.Write("p", "2 1\r\na 1\r\nb 3"))[1][0]);
    }

    [Fact]
    public void Binary_rows_may_do_without_line_ends()
    {
        using var files = new TextFile();
        File.WriteAllBytes(files.Path("v"), [.. "2 2\nab "u8, .. Floats(1, 2), .. "cd "u8, .. Floats(-3, 4)]);
        var read = VectorFile.Read(files.Path("v"));
        Assert.Equal("cd", read.Words.Text(1));
        Assert.Equal([-3, 4], read[1].ToArray());
    }

    [Theory]
    [InlineData("", "v does not begin with two numbers, the words and the size of their vectors, "
        + "nor with a word and its vector; is it a file of word vectors?")]
    [InlineData("two 3\n", "v does not begin with two numbers, the words and the size of their vectors, "
        + "nor with a word and its vector; is it a file of word vectors?")]
    [InlineData("-1 3\n", "v does not begin with two numbers, the words and the size of their vectors, "
        + "nor with a word and its vector; is it a file of word vectors?")]
    [InlineData("2000000000 300\na 1", "v: the header promises 2000000000 vectors of 300 numbers, but the file has 18 bytes")]
    [InlineData("2 2\na 1 22\n", "v ends early: after 1 of the 2 vectors that the header promises")]
    [InlineData("2 2\na 1 2\nb 3", "v ends early: the header promises 2 vectors, and number 2 is not whole")]
    [InlineData("1 3\na 1 2\nb 3 4\n", "v: line 2 has only 2 of 3 numbers")]
    [InlineData("1 2\na 1.25 x\n", "v: line 2 has 'x' where a number should be")]
    [InlineData("2 2\na 1 2\nb 3 4\nc 5 6\n", "v: the header promises 2 vectors of 2 numbers, but the file has more after them")]
    [InlineData("a 1 2\nb 3\n", "v: line 2 is not a word and the 2 numbers that line 1 has: 'b 3'")]
    [InlineData("a 1 2\nb 3 4 5\n", "v: line 2 has more numbers than the 2 of line 1")]
    [InlineData("a 1 2\nb x 4\n", "v: line 2 is not a word and the 2 numbers that line 1 has: 'b x 4'")]
    [InlineData("1 2\na nan 2\n", "v: the vector of 'a' is not finite: it holds an infinite or huge value, or no number")]
    [InlineData("1 2\na 1e99 2\n", "v: the vector of 'a' is not finite: it holds an infinite or huge value, or no number")]
    public void A_file_that_lies_is_refused_in_one_line(string content, string message)
    {
        using var files = new TextFile();
        Assert.Equal(files.Path(message), Assert.Throws<InvalidDataException>(() => VectorFile.Read(files.Write("v", content))).Message);
    }

    [Fact]
    public void The_first_vector_of_a_word_that_comes_again_is_taken_and_said()
    {
        using var files = new TextFile();
        foreach (var content in (string[])["4 2\na 1 2\nb 3 4\na 5 6\nc 7 8\n", "a 1 2\nb 3 4\na 5 6\nc 7 8\n"])
        {
            var remarks = new List<string>();
            var read = VectorFile.Read(files.Write("v", content), remark: remarks.Add);
            Assert.Equal(["a", "b", "c"], Enumerable.Range(0, read.Count).Select(read.Words.Text));
            Assert.Equal([1, 2, 3, 4, 7, 8], read[0].ToArray().Concat(read[1].ToArray()).Concat(read[2].ToArray()));
            Assert.Equal($"{files.Path("v")}: 1 vectors are of words that were there before, the first of them 'a'; "
                + "the first vector of a word is taken", Assert.Single(remarks));
        }
    }

    [Fact]
    public void Vectors_without_a_first_line_are_read_as_GloVe_writes_them()
    {
        using var files = new TextFile();
        var read = VectorFile.Read(files.Write("v", "the 0.5 -2 1e-3\n. . . 1 2 3\n1999 4 5 6\nat a@b.com 7 8 9\r\n"));
        Assert.Equal(["the", ". . .", "1999", "at a@b.com"], Enumerable.Range(0, read.Count).Select(read.Words.Text));
        Assert.Equal([0.5f, -2, 1e-3f, 7, 8, 9], read[0].ToArray().Concat(read[3].ToArray()));
        Assert.Equal(2, VectorFile.Read(files.Path("v"), most: 2).Count);
    }

    [Fact]
    public void Packed_and_marked_files_hold_the_same_vectors()
    {
        using var files = new TextFile();
        byte[] text = [.. "2 2\na 1 2\nb -3 4\n"u8], binary = [.. "2 2\na "u8, .. Floats(1, 2), .. "\nb "u8, .. Floats(-3, 4)];
        foreach (var bytes in (byte[][])[text, [0xEF, 0xBB, 0xBF, .. text], TextInForms.Packed(text), TextInForms.Packed(binary),
            TextInForms.Utf16("2 2\na 1 2\nb -3 4\n", bigEndian: false), TextInForms.Packed(text[4..])])
        {
            File.WriteAllBytes(files.Path("v"), bytes);
            var read = VectorFile.Read(files.Path("v"));
            Assert.Equal(["a", "b"], Enumerable.Range(0, read.Count).Select(read.Words.Text));
            Assert.Equal([1, 2, -3, 4], read[0].ToArray().Concat(read[1].ToArray()));
        }
        // A header within gzip that lies asks for no memory before there are vectors.
        File.WriteAllBytes(files.Path("v"), TextInForms.Packed([.. "2000000000 1000\na 1 2"u8]));
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("ends early", Assert.Throws<InvalidDataException>(() => VectorFile.Read(files.Path("v"))).Message,
            StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2_000_000);
    }

    [Fact]
    public void Every_binary_file_cut_short_or_damaged_is_read_or_refused_but_nothing_else()
    {
        using var files = new TextFile();
        byte[] whole = [.. "3 4\nab "u8, .. Floats(1, 2, 3, 4), .. "\ncd "u8, .. Floats(5, float.Epsilon, 7, 8), .. "\nef "u8,
            .. Floats(9, 10, 11, 12), (byte)'\n'];
        var random = new Random(2);
        for (var round = 0; round < 400; round++)
        {
            var bytes = round < whole.Length ? whole[..round] : [.. whole];
            if (round >= whole.Length)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            File.WriteAllBytes(files.Path("v"), bytes);
            try
            {
                Assert.InRange(VectorFile.Read(files.Path("v")).Count, 1, 9);
            }
            catch (InvalidDataException error)
            {
                Assert.StartsWith(files.Path("v"), error.Message, StringComparison.Ordinal);
            }
        }
    }

    private static byte[] Floats(params float[] values) => [.. values.SelectMany(BitConverter.GetBytes)];
}
