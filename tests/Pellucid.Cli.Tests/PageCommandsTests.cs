using System.Globalization;
using Pellucid.Tests;

namespace Pellucid.Cli.Tests;

/// <summary>Every command that the documents show is run, in the order of its page, or is on the list of those run elsewhere.</summary>
public sealed class PageCommandsTests
{
    private const string Template = "{% for message in messages %}{{ message.role }}: {{ message.content }}\n{% endfor %}";

    // Pages in Chinese have the commands of the English ones, as TranslatedPagesTests holds; only the README there is another.
    public static TheoryData<string> Pages => [.. AllPages().Where(page => !page.StartsWith("docs/", StringComparison.Ordinal)
            || !page.EndsWith(".zh-CN.md", StringComparison.Ordinal))
        .Where(page => RunWith(page).Count > 0)];

    // Their commands look inside for minutes.
    private static readonly string[] SlowPages =
        ["docs/features.md", "docs/looking-inside.md", "docs/what-it-knows.md", "docs/word-vectors.md"];

    [Theory, MemberData(nameof(Pages))]
    public void Every_command_of_a_page_works(string page)
    {
        if (SlowPages.Contains(page))
            SlowTests.Require();
        var commands = RunWith(page);
        Assert.All(commands, command => Assert.StartsWith("pellucid ", command, StringComparison.Ordinal));
        using var pellucid = new PellucidProcess();
        foreach (var (name, text) in PageCommands.FilesOf(page))
            pellucid.File(name, text);
        WriteWhatUsersBring(pellucid, string.Join('\n', commands));
        DocumentationTests.RunInOrder(pellucid, commands);
    }

    // What both READMEs show is run with the English one. A benchmark needs nothing that was before it: what the help shows too is
    // run there.
    private static IReadOnlyList<string> RunWith(string page) =>
    [
        .. PageCommands.Of(page).Where(command => !PageCommands.IsRunElsewhere(command))
            .Where(command => page != "README.zh-CN.md" || !PageCommands.Of("README.md").Contains(command))
            .Where(command => !command.StartsWith("pellucid bench ", StringComparison.Ordinal)
                || !DocumentationTests.Examples().Contains(command)),
    ];

    [Fact]
    public void Whatever_is_run_elsewhere_still_stands_on_a_page()
    {
        var commands = AllPages().SelectMany(PageCommands.Of).ToArray();
        Assert.All(PageCommands.Elsewhere, one =>
            Assert.Contains(commands, command => command.Contains(one.Part, StringComparison.Ordinal)));
    }

    internal static IEnumerable<string> AllPages() =>
    [
        "README.md", "README.zh-CN.md", "CONTRIBUTING.md",
        .. Directory.GetFiles(Path.Combine(DocumentationTests.Root(), "docs"), "*.md").Select(path => $"docs/{Path.GetFileName(path)}")
            .Order(StringComparer.Ordinal),
    ];

    // The models and files that pages take for granted: the built-in model under their names, with a template for conversations.
    private static void WriteWhatUsersBring(PellucidProcess pellucid, string commands)
    {
        foreach (var name in (string[])["MODEL", "OTHER", "runs/tiny"])
            if (commands.Contains(name, StringComparison.Ordinal))
            {
                Directory.CreateDirectory(pellucid.File(name));
                foreach (var file in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "tiny")))
                    File.Copy(file, Path.Combine(pellucid.File(name), Path.GetFileName(file)));
                pellucid.File($"{name}/chat_template.jinja", Template);
            }
        if (commands.Contains("FILE.gguf", StringComparison.Ordinal))
            Assert.Equal(0, pellucid.Run("model", "convert", "tiny", "--type", "q8_0", "--out", "FILE.gguf").Code);
        const string Messages = """[{"role": "user", "content": "Where is Anna?"}]""";
        foreach (var (name, text) in (ReadOnlySpan<(string, string)>)
            [
                ("README.md", File.ReadAllText(Path.Combine(DocumentationTests.Root(), "README.md"))),
                ("LICENSE", File.ReadAllText(Path.Combine(DocumentationTests.Root(), "LICENSE"))),
                ("chat.json", Messages), ("said.json", Messages), ("template.jinja", Template),
                ("tools.json", """[{"type": "function", "function": {"name": "look", "parameters": {}}}]"""),
                ("variables.json", """{"messages": [], "enable_thinking": false}"""),
                ("pairs.csv", "first,second\nPoland,Warsaw\nFrance,Paris\nSpain,Madrid\nGermany,Berlin\n"),
                ("relation.json", Relation()), ("sums.gbnf", "root ::= \"2\"\n"),
                ("person.json", """{"type": "object", "properties": {"age": {"type": "integer"}}, "required": ["age"]}"""),
                ("my-questions.tsv", "The capital of Poland is\tWarsaw\tParis\n"),
                ("my-text.txt", string.Concat(Enumerable.Repeat("Anna gave a ring to Ben.\nBen gave a bone to Anna.\n", 150))),
                ("runs.csv", Runs()),
            ])
            if (!File.Exists(pellucid.File(name)))
                pellucid.File(name, text);
    }

    private static string Relation() => """{"name": "capitals", "prompt_templates": ["The capital of {} is"], "samples": ["""
        + string.Join(",", ((string[])["Poland Warsaw", "France Paris", "Spain Madrid", "Germany Berlin", "Austria Vienna", "Italy Rome",
            "Greece Athens"])
        .Select(pair => pair.Split(' ')).Select(pair => $$"""{"subject": "{{pair[0]}}", "object": "{{pair[1]}}"}""")) + "]}";

    // Runs of four budgets, five sizes each, whose losses follow the law of Hoffmann et al. (2022) but for a little.
    private static string Runs()
    {
        var lines = new List<string> { "Model Size,Training FLOP,loss,budget,outlier" };
        foreach (var budget in (double[])[1e18, 1e19, 1e20, 1e21])
            for (var i = -2; i <= 2; i++)
            {
                var size = 0.13 * Math.Sqrt(budget) * Math.Pow(2, i);
                var (data, noise) = (budget / 6 / size, 0.002 * Math.Sin(7 * i + Math.Log(budget)));
                var loss = 1.82 + 478 * Math.Pow(size, -0.347) + 2143 * Math.Pow(data, -0.367) + noise;
                lines.Add(string.Create(CultureInfo.InvariantCulture, $"{size:0},{budget},{loss:0.0000},{budget},False"));
            }
        return string.Join('\n', lines) + "\n";
    }
}
