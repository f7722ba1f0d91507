namespace Pellucid.Worlds;

/// <summary>A question about the micro-world as one asks an assistant, and its true answers: in a word or two, and as a sentence.</summary>
/// <param name="Text">The question, with all that must be read for it.</param>
/// <param name="Brief">The answer alone.</param>
/// <param name="Sentence">The same as a sentence.</param>
/// <param name="False">A sentence of the same form that is not true.</param>
internal sealed record WorldQuestion(string Text, string Brief, string Sentence, string False)
{
    private const ulong Purpose = 0x61736b;

    /// <summary>Questions of a seed, in its order; those held out are of countries of which the world only ever states facts, and of
    /// people who never meet in its texts.</summary>
    public static IEnumerable<WorldQuestion> Of(ulong seed, Split split)
    {
        for (var index = 0UL; ; index++)
        {
            var chance = new Chance(Chance.Start(seed ^ Purpose, index));
            yield return chance.Next(4) switch
            {
                0 => Capital(ref chance, split),
                1 => Language(ref chance, split),
                2 => Place(ref chance),
                _ => Gift(ref chance, split),
            };
        }
    }

    /// <summary>Whether an answer is one of the two true ones.</summary>
    public bool IsTrue(string answer) => answer.Trim() == Brief || IsPreferred(answer);

    /// <summary>Whether it is what the world prefers: true, and a sentence.</summary>
    public bool IsPreferred(string answer) => answer.Trim() == Sentence;

    private static WorldQuestion Capital(ref Chance chance, Split split)
    {
        var (country, other) = Two(ref chance, Geography.Countries[split]);
        return new($"What is the capital of {country.Name}?", $"{country.Capital}.", $"The capital of {country.Name} is {country.Capital}.",
            $"The capital of {country.Name} is {other.Capital}.");
    }

    private static WorldQuestion Language(ref Chance chance, Split split)
    {
        var countries = Geography.Countries[split];
        var (country, other) = Two(ref chance, countries);
        while (other.Language == country.Language)
            other = countries[chance.Next(countries.Count)];
        return new($"What do people speak in {country.Name}?", $"{country.Language}.",
            $"In {country.Name} people speak {country.Language}.", $"In {country.Name} people speak {other.Language}.");
    }

    private static WorldQuestion Place(ref Chance chance)
    {
        var ((thing, other), (place, otherPlace)) = (Two(ref chance, Nouns.Things.All), Two(ref chance, Nouns.Containers));
        var text = $"The {thing} is in the {place} and the {other} is in the {otherPlace}.";
        if (chance.Next(2) == 0)
            (thing, place, otherPlace) = (other, otherPlace, place);
        return new($"{text} Where is the {thing}?", $"In the {place}.", $"The {thing} is in the {place}.",
            $"The {thing} is in the {otherPlace}.");
    }

    private static WorldQuestion Gift(ref Chance chance, Split split)
    {
        var (giver, receiver) = Two(ref chance, People.All);
        while (People.IsHeldOutPair(giver, receiver) != (split == Split.HeldOut))
            (giver, receiver) = Two(ref chance, People.All);
        var gift = Nouns.Gifts[chance.Next(Nouns.Gifts.Count)];
        return new($"{giver} gave the {gift} to {receiver}. Who has the {gift}?", $"{receiver}.", $"{receiver} has the {gift}.",
            $"{giver} has the {gift}.");
    }

    private static (TItem, TItem) Two<TItem>(ref Chance chance, IReadOnlyList<TItem> items)
    {
        var (first, second) = (chance.Next(items.Count), chance.Next(items.Count - 1));
        return (items[first], items[second + (second >= first ? 1 : 0)]);
    }
}
