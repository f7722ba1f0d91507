using System.Text.Json;
using System.Text.RegularExpressions;

namespace Pellucid.Cli.Tests;

/// <summary>What numbers mean stands in the help and in the object itself, of fields that are really there.</summary>
public sealed partial class MeaningsTests
{
    private const string Pair = "Anna gave a ring to Ben|--source|Anna gave a ring to Leo|--answer|.|--wrong|,";

    public static TheoryData<string, string> Commands => new()
    {
        { "generate", "generate|tiny|The|--max-tokens|2|--logprobs" },
        { "evaluate loss", "evaluate|loss|tiny|--data|text.txt" },
        { "train", "train|--data|text.txt|--layers|1|--heads|1|--width|8|--context|8|--steps|2|--out|run" },
        { "look lens", "look|lens|tiny|The capital of France is" },
        { "look attention", "look|attention|tiny|The capital of France is" },
        { "look diff", "look|diff|tiny|tiny|The capital of France is" },
        { "look checkpoints", "look|checkpoints|run" },
        { "look ablate", "look|ablate|tiny|The capital of France is|The capital of Poland is|--what|mlp" },
        { "look patch", $"look|patch|tiny|{Pair}" },
        { "look path", $"look|path|tiny|{Pair}" },
        { "look attribute", "look|attribute|tiny|Anna gave a ring to Ben|--answer|.|--wrong|,|--by|layers" },
        { "look relation", "look|relation|tiny|--task|capitals" },
        { "look probe", "look|probe|tiny|--task|agreement|--count|200" },
        { "look features train", "look|features|train|tiny|--layer|1|--data|text.txt|--out|features|--steps|2|--features|32|--active|4|"
            + "--rows|64|--context|16" },
        { "look features graph", "look|features|graph|tiny|The capital of Poland is|--features|features|--answer| Warsaw" },
        { "look memories", "look|memories|tiny|--data|text.txt" },
        { "words evaluate", "words|evaluate|vectors.txt|--questions|questions.txt|--similarity|pairs.txt" },
    };

    [Theory, MemberData(nameof(Commands))]
    public void A_field_that_needs_words_has_them_in_help_and_object(string verb, string command)
    {
        using var pellucid = new PellucidProcess();
        pellucid.File("text.txt", string.Concat(Enumerable.Repeat("The cat sat on the mat. A dog ran to the cat.\n", 40)));
        pellucid.File("vectors.txt", "4 2\na 1 0\nb 0 1\nc 1 1\nd 0 2\n");
        pellucid.File("questions.txt", ": x\na b c d\n");
        pellucid.File("pairs.txt", "a\tb\t1\na\tc\t2\n");
        if (verb == "look checkpoints")
            pellucid.Run("train", "--data", "text.txt", "--layers", "1", "--heads", "1", "--width", "8", "--context", "8", "--steps", "2",
                "--keep-every", "1", "--out", "run");
        if (verb == "look features graph")
            pellucid.Run("look", "features", "train", "tiny", "--layer", "1", "--activation", "ln2", "--writes", "mlp_out",
                "--architecture", "jumprelu", "--data", "text.txt", "--out", "features", "--steps", "2", "--features", "32", "--active",
                "4", "--rows", "64", "--context", "16");
        var json = pellucid.Run([.. command.Split('|'), "--json"]).Json;
        var meanings = json.GetProperty("meanings").EnumerateObject().ToDictionary(one => one.Name, one => one.Value.GetString()!);
        var help = Spaces().Replace(pellucid.Run([.. verb.Split(' '), "--help"]).Output, " ");
        Assert.Equal(Meanings.Of(verb).Keys, meanings.Keys);
        foreach (var (field, meaning) in meanings)
        {
            Assert.True(Has(json, field), $"{verb} has no field {field}");
            Assert.Contains($"{field}: {meaning}", help, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Help_keeps_within_the_columns_of_a_terminal()
    {
        using var pellucid = new PellucidProcess();
        // An example goes on in the next line as shells read it.
        Assert.All(Meanings.Verbs, verb => Assert.All(
            pellucid.Run("", [.. verb.Split(' '), "--help"], ("COLUMNS", "80")).Output.Split('\n'),
            line => Assert.True(line.Length <= 80, line)));
    }

    [Fact]
    public void Every_verb_with_meanings_is_asked() =>
        Assert.Equal(Meanings.Verbs.Order(), Commands.Select(row => row.Data.Item1).Order());

    [Fact]
    public void A_prompt_that_is_too_long_is_said_to_be_forgotten_in_part()
    {
        using var pellucid = new PellucidProcess();
        var outcome = pellucid.Run("generate", "tiny", string.Concat(Enumerable.Repeat("the cat sat on ", 100)), "--max-tokens", "1");
        Assert.Equal(0, outcome.Code);
        Assert.Contains("more than the", Assert.Single(outcome.Error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
        Assert.Empty(pellucid.Run("generate", "tiny", "the cat sat on", "--max-tokens", "1").Error);
    }

    private static bool Has(JsonElement json, string field) => json.ValueKind switch
    {
        JsonValueKind.Object => json.EnumerateObject().Any(one => one.Name != "meanings" && (one.Name == field || Has(one.Value, field))),
        JsonValueKind.Array => json.EnumerateArray().Any(one => Has(one, field)),
        _ => false,
    };

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
