using System.Text.RegularExpressions;

namespace Pellucid.Cli.Tests;

/// <summary>
/// Every figure of the documents has a source: a sentence that a test compares with what a command prints (StatedPage),
/// a paper in the same sentence, or, named in
/// the same paragraph (of a table: in it, before or after it), a file of results, a test or a source file in which the figure stands.
/// </summary>
public sealed partial class SourcedNumbersTests
{
    private static readonly string Root = DocumentationTests.Root();

    private static readonly Lazy<ILookup<string, string>> Sources = new(() =>
        ((string[])["src", "tests"])
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories))
            .Where(path => !path.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj"))
            .ToLookup(path => Path.GetFileName(path)));

    // What the long tests said last is a file of results itself.
    public static TheoryData<string> Pages => [.. PageCommandsTests.AllPages()
        .Where(page => !page.EndsWith(".zh-CN.md", StringComparison.Ordinal) && page != "docs/long-tests.md")];

    [Theory, MemberData(nameof(Pages))]
    public void Every_figure_of_a_page_has_a_source(string page)
    {
        var text = File.ReadAllText(Path.Combine(Root, page));
        var stated = StatedSentences().SelectMany(sentence => sentence.Matches(text)).ToArray();
        var paragraphs = Paragraphs().Matches(Blocks().Replace(text, block => new string('\n', block.Length))).ToArray();
        var missing = new List<string>();
        for (var i = 0; i < paragraphs.Length; i++)
        {
            var sources = SourcesOf(page, WithNeighbours(paragraphs, i)).ToArray();
            var start = paragraphs[i].Index;
            foreach (var line in paragraphs[i].Value.Split('\n'))
            {
                missing.AddRange(Figure.Of(line)
                    .Where(figure => !stated.Any(match => start + figure.Place - match.Index is >= 0 and var into && into < match.Length)
                        && !Paper().IsMatch(Sentence(line, figure.Place)) && !sources.Any(source => source(figure)))
                    .Select(figure => $"{page}: {figure.Written} in: {Sentence(line, figure.Place)}"));
                start += line.Length + 1;
            }
        }
        Assert.True(missing.Count == 0, "figures without a source (CONTRIBUTING.md says what is one):\n" + string.Join('\n', missing));
    }

    [Theory]
    [InlineData("It takes 4.2 s and 17 MB, 0.93 ± 0.02 nats on 12,000 lines, within 1e-5.", "4.2, 17, 0.93, 0.02, 12,000, 1e-5")]
    [InlineData("Llama 3.1 has heads 0.1 and 4 layers; `1.5 s`, [2.5](to/3.5) of .NET 10.0, arXiv 2305.16130.", "2.5")]
    public void A_figure_is_what_may_have_been_measured(string line, string figures) =>
        Assert.Equal(figures, string.Join(", ", Figure.Of(line).Select(figure => figure.Written)));

    [Theory]
    [InlineData("128,000", 128360, true)]
    [InlineData("0.93", 0.9349, true)]
    [InlineData("0.93", 0.936, false)]
    [InlineData("99", 0.99, true)]
    [InlineData("46.7", 46_702_792_704, true)]
    [InlineData("17", 17.2, false)]
    public void A_figure_is_found_in_the_digits_that_it_has(string written, double number, bool found) =>
        Assert.Equal(found, new Figure(written, 0).IsAmong([number]));

    // Tables are taken over from docs/results whole, so that no figure comes into another row.
    [Theory, MemberData(nameof(Pages))]
    public void Tables_of_results_are_those_of_their_files(string page)
    {
        var paragraphs = Paragraphs().Matches(Blocks().Replace(File.ReadAllText(Path.Combine(Root, page)), "\n")).ToArray();
        for (var i = 0; i < paragraphs.Length; i++)
            if (paragraphs[i].Value[0] == '|' && Results().Match(WithNeighbours(paragraphs, i)) is { Success: true } file)
                Assert.Contains(paragraphs[i].Value.Trim(), File.ReadAllText(Path.Combine(Root, "docs", file.Value)),
                    StringComparison.Ordinal);
    }

    [Fact]
    public void Files_of_results_tell_command_commit_and_machine()
    {
        var files = ((string[])["docs/results", "benchmarks/results"])
            .SelectMany(folder => Directory.GetFiles(Path.Combine(Root, folder), "*.md")).ToArray();
        Assert.True(files.Length >= 8);
        Assert.All(files, file => Assert.Matches(@"(?s)^(?=.*\b(?:pellucid|dotnet) \w)(?=.*\b[0-9a-f]{7}\b)(?=.*\bcores?\b)",
            File.ReadAllText(file)));
    }

    // A figure is found in a file that holds it, or in a test that reads the very page and compares it.
    private static IEnumerable<Func<Figure, bool>> SourcesOf(string page, string text)
    {
        foreach (Match match in Named().Matches(text))
        {
            var paths = match.Groups["file"].Success
                ? (string[])[Path.GetFullPath(Path.Combine(Root, Path.GetDirectoryName(page)!, match.Groups["file"].Value))]
                : match.Groups["script"].Success ? [Path.Combine(Root, match.Groups["script"].Value)]
                : [.. Sources.Value[match.Groups["code"].Value + ".cs"]];
            Assert.True(paths.Length > 0 && paths.All(File.Exists), $"{page} names {match.Value}, which is not there");
            var contents = string.Concat(paths.Select(File.ReadAllText));
            var numbers = Figure.AllOf(contents);
            var compares = match.Groups["code"].Success && contents.Contains($"\"{Path.GetFileName(page)}\"", StringComparison.Ordinal);
            yield return figure => compares || figure.IsAmong(numbers);
        }
    }

    private static string WithNeighbours(Match[] paragraphs, int i) => paragraphs[i].Value[0] != '|' ? paragraphs[i].Value
        : string.Join('\n', paragraphs[Math.Max(0, i - 1)..Math.Min(paragraphs.Length, i + 2)].Select(one => one.Value));

    private static string Sentence(string line, int place)
    {
        var ends = Ends().Matches(line).Select(match => match.Index).ToArray();
        return line[(ends.LastOrDefault(end => end < place, -1) + 1)..ends.FirstOrDefault(end => end >= place, line.Length)];
    }

    // The sentences with # for numbers that tests look for on a StatedPage, each whole, whatever pieces it is written in.
    private static IEnumerable<Regex> StatedSentences() =>
        Sources.Value.SelectMany(path => path).Select(File.ReadAllText)
            .Where(source => source.Contains("new StatedPage(", StringComparison.Ordinal))
            .SelectMany(source => Literals().Matches(Joined().Replace(source, "")))
            .Select(match => match.Groups[1].Value)
            .Where(literal => literal.Count(letter => letter == '#') > 0 && literal.Length > 12)
            .Select(literal => new Regex(Regex.Escape(literal).Replace(@"\#", @"[−\d.,]*\d", StringComparison.Ordinal)));

    [GeneratedRegex("```.*?```", RegexOptions.Singleline)]
    private static partial Regex Blocks();

    // Lines one after another that are not blank; headings are none.
    [GeneratedRegex(@"(?:^(?!#)[^\n]+(?:\n|\z))+", RegexOptions.Multiline)]
    private static partial Regex Paragraphs();

    [GeneratedRegex(@"`(?<code>\w+Tests)`|`(?<code>[\w.]+)\.cs`|`(?<script>\.ci/\w+)`"
        + @"|\]\((?<file>[\w./-]*(?:results/[\w.-]+|long-tests)\.md)\)")]
    private static partial Regex Named();

    [GeneratedRegex(@"(?<=\]\()results/[\w-]+\.md(?=\))")]
    private static partial Regex Results();

    [GeneratedRegex(@"\b\p{Lu}\w+(?: et al\.| and \p{Lu}\w+)? \(?(?:19|20)\d\d\b")]
    private static partial Regex Paper();

    [GeneratedRegex(@"(?<!et al)\.(?= \p{Lu}| `)")]
    private static partial Regex Ends();

    [GeneratedRegex(@"""\s*\+\s*\$?""")]
    private static partial Regex Joined();

    [GeneratedRegex(@"""([^""\n]*)""")]
    private static partial Regex Literals();
}
