using System.Globalization;
using System.Text;

namespace Pellucid.Worlds;

/// <summary>
/// Simple English about people, places, countries, trades and things, made up sentence by sentence from
/// <see cref="Facts"/>. The same seed writes the same text, without end.
/// </summary>
public sealed class MicroWorld(ulong seed)
{
    private ulong _state = seed;

    /// <summary>At least that many characters of whole passages, one a line.</summary>
    public string Text(int characters)
    {
        var text = new StringBuilder(characters + 200);
        while (text.Length < characters)
            text.Append(Passage()).Append('\n');
        return text.ToString();
    }

    /// <summary>A few sentences about one matter. One passage in three is about a gift.</summary>
    public string Passage() => Next(9) switch
    {
        < 3 => Gift(),
        3 => Capital(),
        4 => Journey(),
        5 or 6 => Work(),
        7 => Use(),
        _ => Home(),
    };

    // Who gives is named twice, so that who receives can be told.
    private string Gift()
    {
        var (a, b) = TwoPeople();
        var (place, gift) = (Any(Facts.Places), Any(Facts.Gifts));
        var giver = Next(2) == 0 ? a : b;
        var receiver = giver == a ? b : a;
        var first = Next(2) == 0 ? $"{a.Name} and {b.Name}" : $"{b.Name} and {a.Name}";
        var scene = Next(4) switch
        {
            0 => $"When {first} went to the {place}, {giver.Name} gave a {gift} to {receiver.Name}.",
            1 => $"{first} met at the {place}. {giver.Name} gave a {gift} to {receiver.Name}.",
            2 => $"After {first} found a {gift} at the {place}, {giver.Name} handed it to {receiver.Name}.",
            _ => $"{first} were in the {place}, and {giver.Name} showed a {gift} to {receiver.Name}.",
        };
        return Next(2) == 0 ? scene : $"{scene} {receiver.Name} thanked {giver.Name}.";
    }

    private string Capital()
    {
        var country = Any(Facts.Countries);
        return Next(4) switch
        {
            0 => $"The capital of {country.Name} is {country.Capital}. In {country.Capital} people speak {country.Language}.",
            1 => $"{country.Capital} is the capital of {country.Name}. {country.Language} is spoken in {country.Name}.",
            2 => $"Which city is the capital of {country.Name}? It is {country.Capital}.",
            _ => $"In {country.Name} people speak {country.Language}, and the capital is {country.Capital}.",
        };
    }

    private string Journey()
    {
        var person = Any(Facts.People);
        var (from, to) = Two(Facts.Countries);
        return $"{person.Name} went from {from.Capital} to {to.Capital}. In {from.Name} {person.Pronoun} spoke {from.Language}, and in {to.Name} {person.Pronoun} spoke {to.Language}.";
    }

    private string Work()
    {
        var (person, trade) = (Any(Facts.People), Any(Facts.Trades));
        return Next(3) switch
        {
            0 => $"{person.Name} is a {trade.Who}. A {trade.Who} {trade.Does} {trade.What}. Every day {person.Pronoun} {trade.Does} {trade.What} in the {trade.Where}.",
            1 => $"A {trade.Who} works in the {trade.Where}. {person.Name} went to the {trade.Where} to {trade.Do} {trade.What}, because {person.Pronoun} is a {trade.Who}.",
            _ => $"Who {trade.Does} {trade.What}? The {trade.Who} does. {person.Name} likes to {trade.Do} {trade.What} too.",
        };
    }

    private string Use()
    {
        var (person, thing) = (Any(Facts.People), Any(Facts.Things));
        return Next(3) switch
        {
            0 => $"A {thing.Name} is made of {thing.Material} and is good for {thing.Purpose}. {person.Name} has a {thing.Name}.",
            1 => $"{person.Name} wanted a tool for {thing.Purpose}, so {person.Pronoun} took the {thing.Name}.",
            _ => $"The {thing.Name} of {person.Name} is made of {thing.Material}. {Capitalised(person.Pronoun)} uses it for {thing.Purpose}.",
        };
    }

    private string Home()
    {
        var (person, friend) = TwoPeople();
        var country = Any(Facts.Countries);
        return Next(2) == 0
            ? $"{person.Name} lives in {country.Capital}, the capital of {country.Name}. {Capitalised(person.Pronoun)} speaks {country.Language} with {friend.Name}."
            : $"{person.Name} and {friend.Name} live in {country.Name}. They speak {country.Language} and often visit {country.Capital}.";
    }

    private (Person, Person) TwoPeople() => Two(Facts.People);

    private (TItem, TItem) Two<TItem>(IReadOnlyList<TItem> items)
    {
        var first = Next(items.Count);
        var second = (first + 1 + Next(items.Count - 1)) % items.Count;
        return (items[first], items[second]);
    }

    private TItem Any<TItem>(IReadOnlyList<TItem> items) => items[Next(items.Count)];

    private static string Capitalised(string word) => char.ToUpper(word[0], CultureInfo.InvariantCulture) + word[1..];

    // SplitMix64 (Steele, Lea and Flood 2014).
    private int Next(int count)
    {
        var x = _state += 0x9E3779B97F4A7C15;
        x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9;
        x = (x ^ x >> 27) * 0x94D049BB133111EB;
        return (int)(((x ^ x >> 31) >> 32) * (ulong)count >> 32);
    }
}
