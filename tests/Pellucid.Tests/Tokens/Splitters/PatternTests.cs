using System.Text;
using System.Text.RegularExpressions;
using Pellucid.Tokens.Splitters.Patterns;

namespace Pellucid.Tests.Tokens.Splitters;

public sealed class PatternTests
{
    [Theory]
    [InlineData("a|ab", "abc", 1)]
    [InlineData("(?:a|ab)c", "abc", 3)]
    [InlineData("a{2,3}b", "aaab", 4)]
    [InlineData("a{2}a", "aa", -1)]
    [InlineData("[^\\s\\d]+", "é_-3", 4)]
    [InlineData("x*?y", "xxy", 3)]
    [InlineData("a++a", "aaa", -1)]
    [InlineData("a+?", "aaa", 1)]
    [InlineData("(?:ab)+(?!c)", "ababc", 2)]
    [InlineData("(?=ab)a", "ab", 1)]
    [InlineData("\\w+", "aé_1-", 5)]
    [InlineData("(?i:K)", "\u212a", 3)]
    [InlineData("(?i:[a-c])+", "AbC", 3)]
    [InlineData("[a\\-c]+", "a-cb", 3)]
    [InlineData("\\P{L}", "a", -1)]
    [InlineData("[\\P{L}b]+", "1b2a", 3)]
    [InlineData("\\s+$", "  \nx", 2)]
    [InlineData("[\\x{10400}-\\x{1044F}]", "\U00010401", 4)]
    [InlineData("(?:\\d{3})*x", "123456x", 7)]
    [InlineData("", "a", 0)]
    public void A_match_ends_where_it_must(string pattern, string text, int end) =>
        Assert.Equal(end, Pattern.Read(pattern).MatchEnd(Encoding.UTF8.GetBytes(text), 0));

    [Theory]
    [InlineData("(?<=a)b", "'(?<='")]
    [InlineData("a**", "a repetition of a repetition")]
    [InlineData("(a*)*", "the group '(a*)*'")]
    [InlineData("\\p{Han}", "the property 'Han'")]
    [InlineData("\\bx", "'\\b'")]
    [InlineData("[a[b]]", "'[' in a class")]
    [InlineData("[abc", "'[' without ']'")]
    [InlineData("(abc", "'(' without ')'")]
    [InlineData("abc)", "')' without '('")]
    [InlineData("a{2000}", "a number of times")]
    [InlineData("[z-a]", "a range")]
    [InlineData("\\", "'\\' at the end")]
    public void What_is_not_supported_is_named(string pattern, string what) =>
        Assert.Contains(what, Assert.Throws<InvalidDataException>(() => Pattern.Read(pattern)).Message, StringComparison.Ordinal);

    [Fact]
    public void Random_expressions_match_as_NETs_do()
    {
        var random = new Random(15);
        for (var round = 0; round < 20_000; round++)
        {
            var (pattern, text) = (Expression(random, 3),
                string.Concat(Enumerable.Range(0, random.Next(8)).Select(_ => "abcé \n1"[random.Next(7)])));
            var expected = Regex.Match(text, $@"\G(?:{pattern})");
            var end = Pattern.Read(pattern).MatchEnd(Encoding.UTF8.GetBytes(text), 0);
            Assert.Equal(expected.Success ? Encoding.UTF8.GetByteCount(expected.Value) : -1, end);
        }
    }

    [Fact]
    public void A_hostile_expression_ends_with_a_sentence()
    {
        var text = Encoding.UTF8.GetBytes(new string('a', 40_000) + "!");
        Assert.Contains("too many steps",
            Assert.Throws<ArgumentException>(() => Pattern.Read("a*a*a*a*b").MatchEnd(text, 0)).Message, StringComparison.Ordinal);
        Assert.Contains("too many steps",
            Assert.Throws<ArgumentException>(() => Pattern.Read("(?:a|aa)+b").MatchEnd(text, 0)).Message, StringComparison.Ordinal);
        Assert.Contains("repeats too much",
            Assert.Throws<InvalidDataException>(() => Pattern.Read("((((a{9}b){99}){99}){99}){99}")).Message, StringComparison.Ordinal);
    }

    private static string Expression(Random random, int depth)
    {
        string Atom() => depth == 0 || random.Next(3) > 0
            ? (string[])["a", "b", "[ab]", "[^a]", "\\s", "\\d", "\\p{L}", "é"] is var atoms ? atoms[random.Next(atoms.Length)] : ""
            : $"(?:{Expression(random, depth - 1)})";
        string Part()
        {
            if (random.Next(8) == 0)
                return (random.Next(2) == 0 ? "(?!" : "(?=") + Expression(random, 0) + ")";
            var atom = Atom();
            var times = (string[])["", "", "?", "{1,2}", "*", "+", "*?", "+?"];
            return atom + times[random.Next(atom[0] == '(' ? 4 : times.Length)];
        }

        return string.Join('|',
            Enumerable.Range(0, random.Next(1, 3)).Select(_ => string.Concat(Enumerable.Range(0, random.Next(1, 4)).Select(_ => Part()))));
    }
}
