using System.Text;
using Pellucid.Generation;

namespace Pellucid.Tests.Generation;

public sealed class StopStringsTests
{
    [Theory]
    [InlineData("one two END three", "END", "one two ")]
    [InlineData("aab aaab aaaab", "aaaa", "aab aaab ")]
    [InlineData("no end here EN", "END", "no end here EN")]
    [InlineData("x 終わり y", "終わり", "x ")]
    [InlineData("ENDED", "END|ENDED", "")]
    [InlineData("a b", "", "a b")]
    public void Text_passes_up_to_the_string_however_it_comes(string text, string stops, string expected)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        foreach (var size in (int[])[1, 2, 3, 5, 100])
        {
            var stop = new StopStrings(stops.Split('|', StringSplitOptions.RemoveEmptyEntries));
            var passed = bytes.Chunk(size).SelectMany(part => stop.Pass(part)).ToList();
            passed.AddRange(stop.Rest());
            Assert.Equal(expected, Encoding.UTF8.GetString([.. passed]));
            Assert.Equal(expected.Length < text.Length, stop.Found);
        }
    }

    [Fact]
    public void Nothing_is_held_back_that_cannot_become_the_string()
    {
        var stop = new StopStrings("END");
        Assert.Equal("a E"u8.ToArray(), stop.Pass("a EE"u8));
        Assert.Equal("Ex"u8.ToArray(), stop.Pass("x"u8));
        Assert.Throws<ArgumentException>(() => new StopStrings(""));
    }
}
