using System.Text.RegularExpressions;

namespace Pellucid.Cli.Tests;

/// <summary>The commands of a page's blocks, a line each, as they stand; and those that are run elsewhere than with their page.</summary>
internal static partial class PageCommands
{
    private const string FromTheSource = "dotnet run -c Release --project src/Pellucid.Cli --";

    /// <summary>What a line holds that is not run with its page, and why.</summary>
    public static IReadOnlyList<(string Part, string Reason)> Elsewhere { get; } =
    [
        ("pellucid tour", "TourTests and AnyModelTourTests run quick ones; others take minutes, or half an hour"),
        ("--recipe", "trains for a quarter of an hour"),
        ("tiny+assistant/", "what a recipe trained, which takes a quarter of an hour"),
        ("pellucid serve", "a server, which does not end: ServeTests"),
        ("pellucid explore", "a page for people, which does not end: Pellucid.Web.Tests opens it in a browser"),
        ("curl -s", "asks a server that has to be running: ServeTests runs them"),
        ("dotnet build -c Release", "the tests are built by it"),
        ("dotnet test -c Release", "it runs this test"),
        ("dotnet pack", "PackageTests packs and installs"),
        ("dotnet tool install", "PackageTests packs and installs"),
        ("dotnet publish", ".ci/publish publishes all three ways"),
        (".ci/site", ".ci/run makes the site"),
        (".ci/publish", "compiles ahead of time for minutes: docs/long-tests.md says what it said last"),
        ("docker ", "tests have no containers"),
        ("kubectl ", "needs a cluster: ManifestTests reads the manifest"),
        ("--project tests/Pellucid.LongTests", "takes long: docs/long-tests.md says what was said last"),
        ("apt-get install", "other people's packages"),
        ("export OMPI_", "for the launcher: RanksTests"),
        ("mpirun ", "needs an MPI: RanksTests"),
        ("srun ", "needs a cluster"),
        ("scale sweep --minutes", "takes minutes: SweepTests sweeps a tiny grid"),
        ("pip download", "other people's file"),
        ("unzip ", "other people's file"),
        (".Q4_1.gguf", "other people's model: RealModelTests"),
        ("features show smol", "features of other people's model: docs/results/features.md says what it told"),
        ("runs/ten", "takes minutes: docs/results/memories.md says what it printed"),
        ("--data country_capital_city.json", "other people's file"),
        ("--data en_ewt-ud-train.conllu", "other people's file"),
        ("--data raw-c.csv", "other people's file"),
        ("--data fb.csv", "other people's files"),
    ];

    /// <summary>All lines of the page's blocks but comments; what is broken over lines is one.</summary>
    public static IReadOnlyList<string> Of(string page) =>
    [
        .. Blocks().Matches(File.ReadAllText(Path.Combine(DocumentationTests.Root(), page)))
            .SelectMany(block => Continued().Replace(block.Groups[1].Value, " ").Split('\n'))
            .Select(line => Remark().Replace(line.Replace(FromTheSource, "pellucid", StringComparison.Ordinal), "").Trim())
            .Where(line => line.Length > 0),
    ];

    /// <summary>Files that a page shows, each under the name that a comment before it gives.</summary>
    public static IEnumerable<(string Name, string Text)> FilesOf(string page) =>
        Files().Matches(File.ReadAllText(Path.Combine(DocumentationTests.Root(), page)))
            .Select(file => (file.Groups[1].Value, file.Groups[2].Value));

    public static bool IsRunElsewhere(string command) =>
        Elsewhere.Any(one => command.Contains(one.Part, StringComparison.Ordinal));

    // Blocks of commands have the language sh or curl, or none, where they begin with a command of ours.
    [GeneratedRegex("^```(?:sh|curl|docker|(?=\n(?:pellucid|dotnet) ))\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Blocks();

    [GeneratedRegex("<!-- (\\S+) -->\n```\\w+\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Files();

    [GeneratedRegex(@" *\\\n *")]
    private static partial Regex Continued();

    [GeneratedRegex(@"\s+# .*$")]
    private static partial Regex Remark();
}
