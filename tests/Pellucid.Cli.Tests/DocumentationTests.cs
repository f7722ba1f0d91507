using System.CommandLine;
using System.Text.RegularExpressions;

namespace Pellucid.Cli.Tests;

/// <summary>Commands that the help shows are run as they stand, only training with fewer steps and benchmarks with fewer rounds.</summary>
public sealed partial class DocumentationTests
{
    private static readonly string[] Verbs =
    [
        "train", "generate", "evaluate loss", "evaluate logits", "model show", "model convert", "words train",
        "words near", "words analogy",
        "words odd", "words evaluate", "words cluster", "words bias", "words plot", "words phrases", "doctor", "bench matmul",
        "bench words", "look lens", "look attention", "look ablate", "look intervene", "look patch", "look path", "look circuit",
        "look attribute", "model verify",
        "bench patch", "bench prefill", "bench decode", "bench load", "model plan", "tokenizer train", "tokenizer encode",
        "tokenizer decode", "tokenizer convert",
        "bench tokenizer", "evaluate cloze", "look relation", "look probe", "look senses", "look memories", "evaluate beliefs",
        "look features train", "look features measure", "look features show", "look features name",
        "look features graph",
    ];

    // Benchmarks are of any preset.
    private const string SmallPreset = "llama-15m";

    // How the work of a verb is made little where its example leaves that open.
    private static readonly (string Verb, string Option, string Few)[] Fewer =
    [
        ("train", "--steps", "10"), ("words train", "--epochs", "1"), ("evaluate loss", "--max-tokens", "4000"), ("bench", "--rounds", "1"),
        ("bench patch", "--tokens", "3"), ("bench prefill", "--context", "32"), ("look memories", "--perturbed", "3"),
        ("look features train", "--rows", "192"), ("look features measure", "--windows", "50"), ("look features show", "--windows", "50"),
        ("look features name", "--count", "20000"),
    ];

    [Fact]
    public void Every_verb_shows_an_example_that_works()
    {
        using var pellucid = new PellucidProcess();
        foreach (var text in (string[])["README.md", "LICENSE"])
            pellucid.File(text, File.ReadAllText(Path.Combine(Root(), text)));
        RunInOrder(pellucid, Examples());
    }

    /// <summary>What the help of each verb shows, in the order in which one works after another.</summary>
    internal static IReadOnlyList<string> Examples()
    {
        var root = PellucidCommand.CreateRoot();
        return [.. Verbs.SelectMany(verb =>
        {
            using var help = new StringWriter();
            var words = PellucidCommand.Parse(root, [.. verb.Split(' '), "--help"]);
            Assert.Equal(0, words.Invoke(new InvocationConfiguration { Output = help }));
            return help.ToString().Split("Example:\n")[1].Replace(" \\\n", "", StringComparison.Ordinal).Split('\n',
                StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        })];
    }

    [Fact]
    public void The_version_is_one_line() => Assert.Matches(@"^\d+\.\d+\.\d+\n$", new PellucidProcess().Run("--version").Output);

    /// <summary>Runs them one after another; training takes ten steps or one pass, a benchmark one round of few tokens and of a small
    /// model, a loss is of few, and a built-in text has one megabyte.</summary>
    internal static void RunInOrder(PellucidProcess pellucid, IReadOnlyList<string> commands)
    {
        foreach (var command in commands)
        {
            var words = Words().Matches(command).Select(match => match.Value.Replace("\"", "", StringComparison.Ordinal)).Skip(1).ToList();
            var fewer = Fewer.Where(one => $"{command} ".StartsWith($"pellucid {one.Verb} ", StringComparison.Ordinal));
            foreach (var (_, option, few) in fewer)
                if (!words.Contains(option) && !words.Contains("--resume"))
                    words.AddRange(option, few);
            for (var i = 1; i < words.Count; i++)
                words[i] = words[i - 1] == "--steps" ? "10" : words[i - 1] == "--warmup" ? "5"
                    : words[0] == "bench" && words[i - 1] == "--context" ? "32"
                    : words[0] == "bench" && words[i - 1] == "--preset" ? SmallPreset : words[i - 1] == "--answers" ? "2"
                    : words[1] is "probe" or "senses" && words[i - 1] == "--count" ? "60"
                    : words[0] is "train" or "words" or "tokenizer" && words[i - 1] == "--data" && words[i] == "micro-world"
                        ? "micro-world:1MB"
                    : Shorter().Replace(words[i].Replace("SEED", "1", StringComparison.Ordinal), "1MB");
            var outcome = pellucid.Run([.. words]);
            Assert.True(outcome.Code == 0, $"{command}: {outcome.Error}");
        }
    }

    internal static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Pellucid.slnx")))
            folder = folder.Parent!;
        return folder.FullName;
    }

    [GeneratedRegex(@"(?<=^micro-world:)\d+MB$")]
    private static partial Regex Shorter();

    [GeneratedRegex("(?:\"[^\"]*\"|[^\\s\"])+")]
    private static partial Regex Words();
}
