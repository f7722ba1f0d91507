namespace Pellucid.Worlds.Phenomena;

/// <summary>Comparatives, superlatives and opposites.</summary>
internal sealed class Degrees() : Phenomenon("degrees", 2)
{
    private static readonly (string Plain, string More, string Most)[] Adjectives =
    [
        ("big", "bigger", "biggest"), ("small", "smaller", "smallest"), ("long", "longer", "longest"),
        ("short", "shorter", "shortest"), ("old", "older", "oldest"),
        ("warm", "warmer", "warmest"), ("cold", "colder", "coldest"), ("strong", "stronger", "strongest"),
        ("good", "better", "best"), ("bad", "worse", "worst"),
    ];

    private static readonly (string Plain, string Opposite)[] Opposites =
    [
        ("ethical", "unethical"), ("possible", "impossible"), ("possibly", "impossibly"), ("happy", "unhappy"), ("fair", "unfair"),
        ("kind", "unkind"), ("big", "small"), ("long", "short"), ("warm", "cold"), ("good", "bad"),
    ];

    private static readonly string[] Animals = ["dog", "cat", "horse", "mouse", "bird", "elephant"];

    public override void Write(Page page)
    {
        var ((plain, more, most), (first, second)) = (page.Any(Adjectives), page.Two(Animals));
        switch (page.Next(4))
        {
            case 0:
                page.Write($"A {first} is {plain}, but a {second} is {new Answer(more, "comparative", [plain, most])}.");
                break;
            case 1:
                page.Write($"The {first} is {more} than the {second}. "
                    + $"The {first} is the {new Answer(most, "superlative", [plain, more])} of all.");
                break;
            case 2:
                page.Write($"Of all animals this {first} is the {most}. "
                    + $"It is {new Answer(more, "comparative", [plain, most])} than the {second}.");
                break;
            default:
                var (word, opposite) = page.Any(Opposites);
                (word, opposite) = page.Coin() ? (word, opposite) : (opposite, word);
                page.Write($"The opposite of {word} is {new Answer(opposite, "opposite", [word])}.");
                return;
        }
        page.Know(plain, "comparative", more);
        page.Know(plain, "superlative", most);
    }
}
