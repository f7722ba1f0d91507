namespace Pellucid.Worlds.Phenomena;

/// <summary>Words that are a noun here and a verb there, told apart by the sentence alone.</summary>
internal sealed class PartsOfSpeech() : Phenomenon("parts of speech", 3)
{
    private static readonly string[] Animals = ["bird", "duck", "crow"];

    public override void Write(Page page)
    {
        var person = page.Any(People.All);
        switch (page.Next(12))
        {
            case 0:
                page.Write(
                    $"{person} {Verb("wants")} {person.Possessive} {new Sensed("bank", "bank: money")} to {Verb("cash")} the check.");
                break;
            case 1:
                page.Write($"{person} has no {Noun("cash")} and no check.");
                break;
            case 2:
                page.Write($"{person} has few {Noun("wants")}, and {person.Possessive} {Noun("wants")} are small.");
                break;
            case 3:
                page.Write($"Fruit {Noun("flies")} {Verb("like")} a {page.Any(["banana", "ripe apple", "sweet banana"])}.");
                break;
            case 4:
                page.Write($"A {page.Any(Animals)} {Verb("flies")} {new Tagged("like", PartOfSpeech.Adp)} "
                    + $"{page.Any(["an arrow", "the wind", "a leaf"])}.");
                break;
            case 5:
                page.Write($"Every morning {person} likes to {Verb("walk")} to the {page.Any(Nouns.MeetingPlaces)}.");
                break;
            case 6:
                page.Write($"{person} went for a long {Noun("walk")} to the {page.Any(Nouns.MeetingPlaces)}.");
                break;
            case 7:
                page.Write($"{person} likes to {Verb("drink")} {page.Any(["tea", "coffee", "cold water"])}.");
                break;
            case 8:
                page.Write($"{person} bought a cold {Noun("drink")} at the {page.Any(Nouns.MeetingPlaces)}.");
                break;
            case 9:
                page.Write($"They {Verb("play")} in the {page.Any(Nouns.Rooms)} and {Verb("watch")} the {page.Any(Animals)}.");
                break;
            case 10:
                page.Write($"{person} saw a {Noun("play")} and looked at {person.Possessive} {Noun("watch")}.");
                break;
            default:
                page.Write(
                    $"The children {Verb("like")} the {page.Any(["banana", "apple", "cake", "candy"])} and {Verb("drink")} the tea.");
                break;
        }
    }
}
