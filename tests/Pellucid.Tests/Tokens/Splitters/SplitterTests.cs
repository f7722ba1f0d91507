using System.Text;
using System.Text.RegularExpressions;
using Pellucid.Tokens.Splitters;

namespace Pellucid.Tests.Tokens.Splitters;

/// <summary>Every scanner against the regular expression it stands for, by an engine of our own and by .NET's.</summary>
public sealed class SplitterTests
{
    private static readonly string[] Signs =
    [
        "a", "th", "The", "HTML", "é", "ß", "Ǆ", "ǅ", "ʰ", "三本", "ｱ", "𝐀", "𝒷", "𠀀", "🎉", "👩‍🚀",
        "\u0301", "ा", "\u20dd", " ", "  ", "\n", "\n\n", "\r\n", "\t", "\u00a0", "\u2003", "\u0085",
        "\u2028", "'s", "'S", "'ll", "'Re", "'ſ", "'", "1", "12345", "٣", "½", "Ⅷ", "𝟗", ".", "!?", "/", "//", "_", "<|", "|>",
        "\u200b", "\u180e", "\ufeff", "$", "+",
    ];

    public static TheoryData<string> Names => [.. SplitterNames.Trained];

    [Theory, MemberData(nameof(Names))]
    public void A_scanner_cuts_where_its_expression_does(string name)
    {
        var scanner = SplitterNames.OfTraining(name);
        Splitter[] expression = [.. (name == "digits" ? [@"\p{N}", Gpt2Splitter.Pattern] : new[] { PatternOf(scanner) })
            .Select(pattern => new PatternSplitter(pattern))];
        var random = new Random(11);
        for (var round = 0; round < 4000; round++)
        {
            var text = RandomText(random);
            Assert.Equal(Cut(text, expression), Cut(text, scanner));
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void A_scanner_cuts_where_NETs_expression_does(string name)
    {
        if (name == "digits")
            return; // of two expressions, one within the other
        // .NET sees halves of characters beyond 16 bits, leaves the long s out where case is disregarded, and knows U+0085 as
        // white space, as Unicode does; so texts are without the first two.
        var expression = new Regex(PatternOf(SplitterNames.OfTraining(name)), RegexOptions.CultureInvariant);
        var random = new Random(12);
        for (var round = 0; round < 4000; round++)
        {
            var text = RandomText(random);
            if (text.Any(char.IsSurrogate) || text.Contains('ſ'))
                continue;
            Assert.Equal(expression.Matches(text).Select(match => match.Value), Cut(text, SplitterNames.OfTraining(name)));
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void A_text_may_be_cut_where_it_says_whatever_follows(string name)
    {
        var (scanner, random, cuts) = (SplitterNames.OfTraining(name), new Random(13), 0);
        for (var round = 0; round < 4000; round++)
        {
            var (before, after) = (RandomText(random), RandomText(random));
            var cut = scanner.LastCut(Encoding.UTF8.GetBytes(before));
            if (cut == 0)
                continue;
            cuts++;
            var whole = Encoding.UTF8.GetBytes(before + after);
            Assert.Equal(Cut(before + after, scanner),
                [.. Cut(Encoding.UTF8.GetString(whole[..cut]), scanner), .. Cut(Encoding.UTF8.GetString(whole[cut..]), scanner)]);
        }
        Assert.InRange(cuts, 200, 4000);
    }

    [Fact]
    public void Bytes_that_are_not_UTF8_are_signs()
    {
        foreach (var name in SplitterNames.Trained)
        {
            var (scanner, random) = (SplitterNames.OfTraining(name), new Random(14));
            for (var round = 0; round < 300; round++)
            {
                var text = new byte[1 + random.Next(20)];
                random.NextBytes(text);
                var pieces = new Pieces(text, (Splitter[])[scanner], new int[1]);
                var all = 0;
                while (pieces.Next() is > 0 and var length)
                    all += length;
                Assert.Equal(text.Length, all);
            }
        }
    }

    [Theory]
    [InlineData(SplitBehavior.Isolated, "the|-|final|-|-|countdown")]
    [InlineData(SplitBehavior.MergedWithPrevious, "the-|final-|-|countdown")]
    [InlineData(SplitBehavior.MergedWithNext, "the|-final|-|-countdown")]
    [InlineData(SplitBehavior.Contiguous, "the|-|final|--|countdown")]
    internal void A_string_is_cut_out_or_goes_with_its_neighbour(SplitBehavior behavior, string expected) =>
        Assert.Equal(expected.Split('|'), Cut("the-final--countdown", new StringSplitter("-", behavior)));

    [Fact]
    public void A_name_of_GGUF_that_is_not_known_has_no_splitter()
    {
        Assert.Null(SplitterNames.OfGguf("gpt-5"));
        Assert.Equal(["a", "?!", "123", "4", " 5"], Cut("a?!1234 5", SplitterNames.OfGguf("falcon")!));
    }

    internal static List<string> Cut(string text, params Splitter[] splitters)
    {
        var (bytes, cut) = (Encoding.UTF8.GetBytes(text), new List<string>());
        var pieces = new Pieces(bytes, splitters, new int[splitters.Length]);
        for (var at = 0; pieces.Next() is > 0 and var length; at += length)
            cut.Add(Encoding.UTF8.GetString(bytes, at, length));
        return cut;
    }

    private static string PatternOf(Splitter scanner) => scanner switch
    {
        Cl100kSplitter cl100k => cl100k.Pattern,
        O200kSplitter o200k => o200k.Pattern,
        _ => Gpt2Splitter.Pattern,
    };

    private static string RandomText(Random random) =>
        string.Concat(Enumerable.Range(0, random.Next(1, 14)).Select(_ => Signs[random.Next(Signs.Length)]));
}
