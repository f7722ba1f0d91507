using Pellucid.Looking.Relations;
using Pellucid.Worlds;

namespace Pellucid.Cli.Tour.AnyModel;

/// <summary>What models of English may know, and how they are asked.</summary>
internal static class Facts
{
    private const string Arrow = "{} ->";

    /// <summary>Countries and their capitals.</summary>
    public static Relation Capitals { get; } = new("capitals",
        [.. Geography.Countries.All.Select(country => new RelationPair(country.Name, country.Capital))], "The capital of {} is")
    {
        Context = "The capital of {0} is {1}. The capital of {2} is {3}. ",
    };

    /// <summary>Verbs and their pasts, as examples teach to ask for them.</summary>
    public static Relation PastTenses { get; } = new("past-tense", Pairs("walk walked open opened call called play played look looked "
        + "work worked help helped go went take took give gave see saw make made come came say said find found think thought tell told "
        + "know knew bring brought buy bought write wrote run ran eat ate fall fell sing sang drink drank speak spoke break broke"), Arrow);

    /// <summary>Words and their opposites, asked in the same way.</summary>
    public static Relation Opposites { get; } = new("opposites", Pairs("hot cold big small up down open closed light dark old new "
        + "good bad high low long short fast slow rich poor happy sad love hate left right true false day night early late hard soft "
        + "strong weak wet dry full empty inside outside begin end buy sell win lose young old near far black white"), Arrow);

    /// <summary>Sentences whose verb is one or many by a word that is not the nearest: right and wrong verb.</summary>
    public static IReadOnlyList<(string Prompt, string Right, string Wrong)> Agreement { get; } =
        [.. from pair in (string[])["key keys", "boy boys", "car cars", "book books", "cat cats", "tree trees", "door doors",
                "child children"]
            from place in (string[])["near the {0}", "behind the {0}"]
            from isOne in (bool[])[true, false]
            let subject = pair.Split(' ')[isOne ? 0 : 1]
            let other = isOne ? "houses" : "house"
            select ($"The {subject} {place.Replace("{0}", other, StringComparison.Ordinal)}",
                isOne ? " is" : " are", isOne ? " are" : " is")];

    private static RelationPair[] Pairs(string words)
    {
        var all = words.Split(' ');
        return [.. Enumerable.Range(0, all.Length / 2).Select(i => new RelationPair(all[2 * i], all[2 * i + 1]))];
    }
}
