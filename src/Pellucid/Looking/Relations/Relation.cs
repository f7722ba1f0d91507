using Pellucid.Worlds;
using Pellucid.Worlds.Phenomena;

namespace Pellucid.Looking.Relations;

/// <summary>Two words that stand in a relation.</summary>
/// <param name="Subject">The argument, as <c>Poland</c>.</param>
/// <param name="Object">The answer, as <c>Warsaw</c>.</param>
/// <param name="IsHeldOut">Whether the training text never asks for it in the form of the prompts.</param>
public sealed record RelationPair(string Subject, string Object, bool IsHeldOut = false);

/// <summary>A function from words to words, by its pairs, and how a model is asked for it.</summary>
/// <param name="Name">As "capital".</param>
/// <param name="Pairs">What is asked.</param>
/// <param name="Template">Text with <c>{}</c> for the subject, after which the object comes.</param>
public sealed record Relation(string Name, IReadOnlyList<RelationPair> Pairs, string Template)
{
    /// <summary>Names of the relations of the micro-world.</summary>
    public static IReadOnlyList<string> MicroWorldNames { get; } = ["capitals", "upper-case", "past-tense"];

    /// <summary>What a prompt begins with.</summary>
    public string Opening { get; init; } = "";

    /// <summary>What stands between an example and what comes next.</summary>
    public string Separator { get; init; } = "\n";

    /// <summary>Text that tells two pairs, <c>{0}</c> with <c>{1}</c> and <c>{2}</c> with <c>{3}</c>;
    /// without it they are told as examples are.</summary>
    public string? Context { get; init; }

    /// <summary>A relation of the micro-world, with what its training text never asks marked as held out.</summary>
    /// <exception cref="ArgumentException">It has none of that name.</exception>
    public static Relation MicroWorld(string name) => name switch
    {
        "capitals" => new(name, [.. Known(Geography.Countries, country => (country.Name, country.Capital))],
            "Q: What is the capital of {}?\nA:")
        {
            Context = "The capital of {0} is {1} and the capital of {2} is {3}.\n",
        },
        "upper-case" => new(name, [.. Known(UpperCase.Words, word => word)], "{} becomes") { Opening = "In a title ", Separator = " and " },
        "past-tense" => new(name, [.. Known(Tenses.Verbs, verb => (verb.Base, verb.Past))], "Today I {}. Yesterday I") { Separator = ". " },
        _ => throw new ArgumentException($"the micro-world has no relation '{name}'; it has {string.Join(", ", MicroWorldNames)}"),
    };

    /// <summary>A prompt: examples, then the question.</summary>
    internal string Prompt(IEnumerable<RelationPair> examples, RelationPair asked) =>
        Opening + string.Concat(examples.Select(Example)) + Ask(asked);

    /// <summary>A prompt in which the answer stands: both pairs are told, in either order, and one is asked for.</summary>
    internal string PromptWithAnswer(RelationPair asked, RelationPair other, bool askedFirst)
    {
        var (first, second) = askedFirst ? (asked, other) : (other, asked);
        return Context is null ? Prompt([first, second], asked)
            : Context.Replace("{0}", first.Subject, StringComparison.Ordinal).Replace("{1}", first.Object, StringComparison.Ordinal)
                .Replace("{2}", second.Subject, StringComparison.Ordinal).Replace("{3}", second.Object, StringComparison.Ordinal)
                + Opening + Ask(asked);
    }

    private string Ask(RelationPair pair) => Template.Replace("{}", pair.Subject, StringComparison.Ordinal);

    private string Example(RelationPair pair) => $"{Ask(pair)} {pair.Object}{Separator}";

    private static IEnumerable<RelationPair> Known<TItem>(Divided<TItem> items, Func<TItem, (string Subject, string Object)> pair) =>
        items.All.Select(item => (pair(item), items[Split.HeldOut].Contains(item)))
            .Select(item => new RelationPair(item.Item1.Subject, item.Item1.Object, item.Item2));
}
