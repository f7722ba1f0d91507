using System.Globalization;
using System.Text.RegularExpressions;

namespace Pellucid.Cli.Tests;

/// <summary>A page in another language says what the English one says, as far as a program can tell.</summary>
public sealed partial class TranslatedPagesTests
{
    private const string Chinese = ".zh-CN.md";

    public static TheoryData<string> Pages => [.. Directory.GetFiles(Path.Combine(DocumentationTests.Root(), "docs"), "*" + Chinese)
        .Select(path => Path.GetFileName(path)[..^Chinese.Length])];

    [Theory, MemberData(nameof(Pages))]
    public void Commands_headings_tables_and_pictures_are_those_of_the_English_page(string page)
    {
        var (english, chinese) = (Read(page + ".md"), Read(page + Chinese));
        foreach (var part in (ReadOnlySpan<Regex>)[Blocks(), Pictures()])
            Assert.Equal(part.Matches(english).Select(match => match.Groups[1].Value),
                part.Matches(chinese).Select(match => match.Groups[1].Value));
        foreach (var part in (ReadOnlySpan<Regex>)[Headings(), Rows()])
            Assert.Equal(part.Matches(english).Select(match => match.Groups[1].Value.Length),
                part.Matches(chinese).Select(match => match.Groups[1].Value.Length));
        Assert.Contains($"]({page}{Chinese})", english, StringComparison.Ordinal);
        Assert.Contains($"]({page}.md)", chinese, StringComparison.Ordinal);
    }

    // What is written as a word of the command, a file or an option is the same word.
    [Theory, MemberData(nameof(Pages))]
    public void Words_of_the_command_are_those_of_the_English_page(string page) => Assert.Equal(
        Code().Matches(Read(page + ".md")).Select(match => match.Value).Order(StringComparer.Ordinal),
        Code().Matches(Read(page + Chinese)).Select(match => match.Value).Order(StringComparer.Ordinal));

    // As they are written in either language: 1.24 亿 is 124 million. What code and links hold is compared above.
    [Theory, MemberData(nameof(Pages))]
    public void Numbers_are_those_of_the_English_page(string page) =>
        Assert.Equal(NumbersOf(Read(page + ".md")), NumbersOf(Read(page + Chinese)));

    // The README in Chinese is shorter than the English one, and says no number that is not there.
    [Fact]
    public void Numbers_of_the_README_are_those_of_the_English_one() =>
        Assert.Subset(NumbersOf(Read("../README.md")).ToHashSet(), NumbersOf(Read("../README" + Chinese)).ToHashSet());

    private static decimal[] NumbersOf(string text) =>
    [
        .. Numbers().Matches(Targets().Replace(Code().Replace(Fences().Replace(text, ""), ""), ""))
            .Select(match => decimal.Parse(match.Groups[1].Value.Replace('−', '-'), CultureInfo.InvariantCulture)
                * match.Groups[2].Value switch
                {
                    "万" => 1e4m, "million" => 1e6m, "亿" => 1e8m, "billion" or "thousand million" => 1e9m, _ => 1,
                }).Order(),
    ];

    private static string Read(string name) => File.ReadAllText(Path.Combine(DocumentationTests.Root(), "docs", name));

    [GeneratedRegex(@"^```sh\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Blocks();

    [GeneratedRegex(@"!\[[^\]]*\]\(([^)]+)\)")]
    private static partial Regex Pictures();

    [GeneratedRegex(@"^(#+) ", RegexOptions.Multiline)]
    private static partial Regex Headings();

    [GeneratedRegex(@"^(\|)", RegexOptions.Multiline)]
    private static partial Regex Rows();

    [GeneratedRegex("```.*?```", RegexOptions.Singleline)]
    private static partial Regex Fences();

    [GeneratedRegex(@"(?<=\])\([^)]*\)")]
    private static partial Regex Targets();

    [GeneratedRegex(@"(?<![A-Za-z0-9_.,#])(−?[0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)?) ?(thousand million|million|billion|万|亿)?")]
    private static partial Regex Numbers();

    [GeneratedRegex(@"`[^`\n]+`")]
    private static partial Regex Code();
}
