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

    private static string Read(string name) => File.ReadAllText(Path.Combine(DocumentationTests.Root(), "docs", name));

    [GeneratedRegex(@"^```sh\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Blocks();

    [GeneratedRegex(@"!\[[^\]]*\]\(([^)]+)\)")]
    private static partial Regex Pictures();

    [GeneratedRegex(@"^(#+) ", RegexOptions.Multiline)]
    private static partial Regex Headings();

    [GeneratedRegex(@"^(\|)", RegexOptions.Multiline)]
    private static partial Regex Rows();

    [GeneratedRegex(@"`[^`\n]+`")]
    private static partial Regex Code();
}
