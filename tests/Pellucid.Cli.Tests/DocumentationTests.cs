using System.Text.RegularExpressions;

namespace Pellucid.Cli.Tests;

/// <summary>Commands that the README and the help show are run as they stand,
/// only training with fewer steps and benchmarks with fewer rounds.</summary>
public sealed partial class DocumentationTests
{
    private static readonly string[] Verbs =
    [
        "train", "generate", "evaluate loss", "evaluate logits", "model show", "model convert", "words train",
        "words near", "words analogy",
        "words odd", "words evaluate", "words cluster", "words bias", "words plot", "words phrases", "doctor", "bench matmul",
        "bench words", "look lens", "look attention", "look ablate", "look intervene", "look patch", "look path", "look circuit",
        "look attribute", "model verify",
        "bench patch", "bench prefill", "bench decode", "model plan", "tokenizer train", "tokenizer encode",
        "tokenizer decode", "tokenizer convert",
        "bench tokenizer", "evaluate cloze", "look relation", "look probe", "look senses", "look memories", "evaluate beliefs",
    ];

    [Theory]
    [InlineData("README.md")]
    [InlineData("docs/training-your-own.md")]
    [InlineData("docs/word-vectors.md")]
    [InlineData("docs/tuning.md")]
    public void Every_command_of_a_page_works(string page)
    {
        var commands = Blocks().Matches(File.ReadAllText(Path.Combine(Root(), page))).SelectMany(block => block.Groups[1].Value.Split('\n'))
            .Select(line => line.Replace("dotnet run -c Release --project src/Pellucid.Cli --", "pellucid", StringComparison.Ordinal))
            .Where(line => line.StartsWith("pellucid ", StringComparison.Ordinal) && !IsRunElsewhere(line)).ToArray();
        Assert.True(commands.Length >= 4);
        RunInOrder(commands, [.. Files().Matches(File.ReadAllText(Path.Combine(Root(), page))).Select(file =>
            (file.Groups[1].Value, file.Groups[2].Value))]);
    }

    [Fact]
    public void Every_verb_shows_an_example_that_works()
    {
        using var pellucid = new PellucidProcess();
        RunInOrder([.. Verbs.SelectMany(verb =>
        {
            var help = pellucid.Run([.. verb.Split(' '), "--help"]);
            Assert.Equal(0, help.Code);
            return help.Output[(help.Output.IndexOf("Example:\n", StringComparison.Ordinal) + 9)..].Split('\n',
                StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        })]);
    }

    [Fact]
    public void The_version_is_one_line() => Assert.Matches(@"^\d+\.\d+\.\d+\n$", new PellucidProcess().Run("--version").Output);

    // TourTests runs the tour, which is not quick enough to be run twice, and RealModelTests what needs a model that does not come along;
    // training by a recipe takes a quarter of an hour.
    private static bool IsRunElsewhere(string command) => command.StartsWith("pellucid tour", StringComparison.Ordinal)
        || command.Contains(".Q4_1.gguf", StringComparison.Ordinal) || command.Contains("--recipe", StringComparison.Ordinal);

    private static void RunInOrder(string[] commands, params (string Name, string Text)[] files)
    {
        using var pellucid = new PellucidProcess();
        foreach (var (name, text) in files)
            pellucid.File(name, text);
        foreach (var text in (string[])["README.md", "LICENSE"])
            pellucid.File(text, File.ReadAllText(Path.Combine(Root(), text)));
        foreach (var command in commands)
        {
            var words = Words().Matches(command)
                .Select(match => match.Groups[1].Success ? match.Groups[1].Value : match.Value).Skip(1).ToList();
            if (words[0] == "train")
                words.AddRange(words.Contains("--steps") || words.Contains("--resume") ? [] : ["--steps", "10"]);
            if (words[0] == "bench")
                words.AddRange("--rounds", "1");
            for (var i = 1; i < words.Count; i++)
                if (words[i - 1] == "--steps")
                    words[i] = "10";
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

    [GeneratedRegex("```sh\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Blocks();

    // A file that a page shows, under the name that a comment before it gives.
    [GeneratedRegex("<!-- (\\S+) -->\n```\\w+\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Files();

    [GeneratedRegex("\"([^\"]*)\"|\\S+")]
    private static partial Regex Words();
}
