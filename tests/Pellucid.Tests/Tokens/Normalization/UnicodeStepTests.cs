using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Pellucid.Tokens.Normalization;

namespace Pellucid.Tests.Tokens.Normalization;

public sealed class UnicodeStepTests
{
    // Python 3.13's unicodedata (Unicode 15.1), run over every character of three planes and 20,000 strings of six drawn by
    // the generator below, gives texts with these SHA-256.
    [Theory]
    [InlineData("NFC", "2619686a8460f10816602da8754c9f7c6fc7995f885d8cd7e14c7ddd83517bb8")]
    [InlineData("NFD", "d7571f1df937e8feaa53aea9836f0c30890ad9e2d1e1bf4452dda38af8e309fc")]
    [InlineData("NFKC", "7b9cfb736251a650546806db5fb3fa2203f6939efab60cd6746e9fb26c8e7b50")]
    [InlineData("NFKD", "49356ca3dfc4c916020c8f7f67d8593daebe91fc861986f2f91585ef300a2213")]
    public void Every_character_and_many_strings_are_brought_into_the_form_that_Python_gives(string form, string expected)
    {
        var step = new UnicodeStep(form);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        void Add(string text) => hash.AppendData([.. step.Apply(Encoding.UTF8.GetBytes(text), isFirst: true), (byte)'\n']);
        for (var character = 0; character < 0x30000; character++)
            if (Rune.IsValid(character))
                Add(new Rune(character).ToString());
        var (pool, state) = (Pool(), 12345UL);
        for (var round = 0; round < 20_000; round++)
        {
            var text = new StringBuilder();
            for (var place = 0; place < 6; place++)
            {
                state = state * 6364136223846793005 + 1442695040888963407;
                var drawn = state >> 33;
                text.Append(drawn % 3 > 0 ? pool[(int)(drawn % (ulong)pool.Count)] : new Rune("aeiouAEK"[(int)(drawn / 3 % 8)]));
            }
            Add(text.ToString());
        }
        Assert.Equal(expected, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    [Fact]
    public void Bytes_that_are_not_UTF8_stay_as_they_are()
    {
        byte[] text = [0xFF, .. "e\u0301"u8, 0xC3];
        Assert.Equal<byte>([0xFF, .. "é"u8, 0xC3], new UnicodeStep("NFC").Apply(text, isFirst: true).ToArray());
    }

    [Fact]
    public void A_million_marks_are_no_trouble()
    {
        var text = Encoding.UTF8.GetBytes("a" + string.Concat(Enumerable.Repeat("\u0315\u0300", 500_000)));
        var ordered = new UnicodeStep("NFC").Apply(text, isFirst: true);
        Assert.True(ordered.StartsWith("à\u0300"u8));
        Assert.Equal(text.Length - 1, ordered.Length);
    }

    // Characters that are made of others, that combine, and some Hangul, in the order of their numbers.
    private static List<Rune> Pool()
    {
        using var reader = new StreamReader(
            typeof(UnicodeStep).Assembly.GetManifestResourceStream("Pellucid.Tokens.Normalization.unicode.txt")!);
        var characters = new SortedSet<int>(Enumerable.Range(0x1100, 0x100).Concat(Enumerable.Range(0xAC00, 0x80)));
        while (reader.ReadLine() is { } line)
            if (line[0] != '#')
                characters.Add(int.Parse(line.AsSpan(0, line.AsSpan().IndexOfAny("=~:!")), NumberStyles.AllowHexSpecifier,
                    CultureInfo.InvariantCulture));
        return [.. characters.Where(character => character < 0x30000).Select(character => new Rune(character))];
    }
}
