namespace Pellucid.Worlds.Phenomena;

/// <summary>
/// Words with two senses. Those of <i>bank</i> have nothing to do with each other (homonyms); those of <i>magazine</i>
/// do (polysemes: half of what is said of one can be said of the other). Monosemes are there to compare with.
/// </summary>
internal sealed class Senses() : Phenomenon("senses", 5)
{
    private sealed record Sense(string Word, string Name, string[] Before, string[] After);

    // A sentence is one of Before, the word, and one of After; before tells the sense, after is said of this sense alone.
    private static readonly Sense[] Homonyms =
    [
        new("bank", "money", ["went to the", "walked to the", "wrote to the"],
            ["to get some money", "because of the old account", "and asked for money"]),
        new("bank", "river", ["walked by the river and sat on the", "swam to the other", "saw a duck on the"],
            ["of the river", "under a tree", "in the green grass"]),
        new("bat", "animal", ["went to the cave to see a", "was afraid of the", "at night heard a"],
            ["with black wings", "in the tree", "in the dark cave"]),
        new("bat", "club", ["hit the ball with a", "went to the game with a", "bought a wooden"],
            ["and won the game", "and ran", "made of wood"]),
        new("crane", "bird", ["saw a nest and a white", "fed the", "by the lake watched a"],
            ["with long legs", "and its eggs", "in its nest"]),
        new("crane", "machine", ["worked with a heavy", "drove the", "needed a steel"],
            ["to lift the stones", "at the new tower", "to build a tower"]),
        new("match", "fire", ["lit the candle with a", "burned the paper with a", "took the last"],
            ["because it was dark", "to make a fire", "out of the box"]),
        new("match", "game", ["watched the football", "won the tennis", "trained for the"],
            ["against the other team", "in the stadium", "on Sunday"]),
    ];

    private static readonly Sense[] Polysemes =
    [
        new("magazine", "copy", ["picks up a", "reads a", "bought a"], ["on the table", "about music", "with many pictures"]),
        new("magazine", "company", ["works for a", "wrote for the", "has a job at the"],
            ["in a big office", "about music", "with many pictures"]),
        new("newspaper", "copy", ["picks up the", "reads a", "holds the old"], ["on the table", "about sports", "with bad news"]),
        new("newspaper", "company", ["works for the", "wrote for a", "has a job at the"],
            ["in a big office", "about sports", "with bad news"]),
        new("chicken", "animal", ["feeds the", "heard a", "ran after the"], ["on the farm", "in the yard", "from the farm"]),
        new("chicken", "food", ["ate the", "cooked a", "ordered the"], ["with rice", "in the restaurant", "from the farm"]),
    ];

    private static readonly Sense[] Monosemes =
    [
        new("table", "furniture", ["sat at the", "cleaned the", "bought a new"], ["in the kitchen", "of glass", "for the house"]),
        new("river", "water", ["walked to the", "looked at the", "swam in the"], ["with a friend", "near the house", "in the morning"]),
    ];

    // Of different lengths, so that a word's place in the sentence does not tell its sense.
    private static readonly string[] Openings = ["", "", "Yesterday ", "Last week ", "One day ", "In the morning ", "On a cold Monday "];

    public override void Write(Page page)
    {
        var (kind, senses) = Kind(page);
        var person = page.Any(People.All);
        for (var sentences = 1 + page.Next(2); sentences > 0; sentences--)
        {
            var sense = page.Any(senses);
            WriteSentence(page, person, sense);
            page.Know(sense.Word, kind, sense.Name);
            if (sentences > 1)
                page.Write($" ");
        }
    }

    /// <summary>One sentence; what stands in it, and in which sense.</summary>
    internal static (string Word, string Sense) WriteSentence(Page page)
    {
        var sense = page.Any(Kind(page).Senses);
        WriteSentence(page, page.Any(People.All), sense);
        return (sense.Word, $"{sense.Word}: {sense.Name}");
    }

    private static (string Kind, Sense[] Senses) Kind(Page page) => page.Next(5) switch
    {
        0 or 1 => ("homonym", Homonyms),
        2 or 3 => ("polyseme", Polysemes),
        _ => ("monoseme", Monosemes),
    };

    private static void WriteSentence(Page page, Entity person, Sense sense) =>
        page.Write($"{page.Any(Openings)}{person} {page.Any(sense.Before)} "
            + $"{new Sensed(sense.Word, $"{sense.Word}: {sense.Name}")} {page.Any(sense.After)}.");
}
