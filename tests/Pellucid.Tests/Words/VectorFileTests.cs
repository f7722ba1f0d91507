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
    [InlineData("", "v does not begin with two numbers, the words and the size of their vectors; is it a file of word2vec vectors?")]
    [InlineData("two 3\n", "v does not begin with two numbers, the words and the size of their vectors; is it a file of word2vec vectors?")]
    [InlineData("-1 3\n", "v does not begin with two numbers, the words and the size of their vectors; is it a file of word2vec vectors?")]
    [InlineData("2000000000 300\na 1", "v: the header promises 2000000000 vectors of 300 numbers, but the file has 18 bytes")]
    [InlineData("2 2\na 1 22\n", "v ends early: after 1 vectors")]
    [InlineData("2 2\na 1 2\nb 3", "v ends early: the header promises 2 vectors, and number 2 is not whole")]
    [InlineData("1 3\na 1 2\nb 3 4\n", "v: line 2 has only 2 of 3 numbers")]
    [InlineData("1 2\na 1.25 x\n", "v: line 2 has 'x' where a number should be")]
    [InlineData("2 2\na 1 2\na 3 4\n", "v: the word 'a' of vector 2 was there before")]
    [InlineData("1 2\na nan 2\n", "v: the vector of 'a' is not finite: it holds an infinite or huge value, or no number")]
    [InlineData("1 2\na 1e99 2\n", "v: the vector of 'a' is not finite: it holds an infinite or huge value, or no number")]
    public void A_file_that_lies_is_refused_in_one_line(string content, string message)
    {
        using var files = new TextFile();
        Assert.Equal(files.Path(message), Assert.Throws<InvalidDataException>(() => VectorFile.Read(files.Write("v", content))).Message);
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
