namespace Pellucid.Worlds.Phenomena;

/// <summary>A person with kin, a home, a place to be now and something to look for; and at the end a question.</summary>
internal sealed class Lives() : Phenomenon("lives", 4)
{
    private static readonly string[] Lost = ["wallet", "key", "ring", "hat", "book", "coin"];

    public override void Write(Page page)
    {
        var (person, relative) = page.TwoPeople();
        WriteKin(page, person, relative);
        var country = page.Any(Geography.All);
        var home = page.Next(12) == 0 ? "Minnesota" : country.Name;
        page.Write($" {person.Subject} is from {home}");
        page.Know(person.Name, "home", home);
        var elsewhere = page.Any(Geography.All);
        // Nobody from an untold country is in its capital: the two must never stand together.
        var place = page.Next(12) == 0 || (elsewhere == country && Geography.Untold.Contains(country)) ? "Boise" : elsewhere.Capital;
        if (page.Coin())
            page.Write($", and now {person.Subject} is in {place}.");
        else
            page.Write($". Last week {person.Subject} went to {place}.");
        page.Know(person.Name, "whereabouts", place);
        if (page.Coin())
        {
            var lost = page.Any(Lost);
            page.Write($" {person.Subject} is trying to find {person.Possessive} missing {lost}.");
            page.Know(person.Name, "goal", lost);
        }
        if (page.Coin())
            page.Write($" Where is {person} now? In {new Answer(place, "whereabouts", [home])}.");
        else
            page.Write($" Where is {person} from? From {new Answer(home, "home", [place])}.");
    }

    private static void WriteKin(Page page, Entity person, Entity relative)
    {
        var sibling = person.Gender == Gender.Female ? "sister" : "brother";
        var (relation, words) = page.Next(4) switch
        {
            0 when person.Gender != relative.Gender => ("married", " is married to "),
            1 => (sibling, $" is the {sibling} of "),
            2 => ("friend", " is a friend of "),
            _ => ("cousin", " is a cousin of "),
        };
        page.Write($"{person}{words}{relative}.");
        page.Know(person.Name, relation, relative.Name);
    }
}
