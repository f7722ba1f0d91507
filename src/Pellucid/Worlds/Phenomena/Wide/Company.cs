namespace Pellucid.Worlds.Phenomena;

/// <summary>
/// Gifts among more than two people: two pairs that act in turn, a third one who stands by, or who wishes for something. Who was
/// named last is not always the giver, and all other names are not the receiver's: it takes looking at the right one.
/// </summary>
internal sealed class Company() : Phenomenon("company", 30)
{
    public override void Write(Page page)
    {
        var people = Acquainted(page, 4);
        switch (page.Next(6))
        {
            case 0 or 1:
                WriteTwoPairs(page, people);
                break;
            case 2 or 3:
                WriteThird(page, people);
                break;
            default:
                WriteWish(page, people);
                break;
        }
    }

    // Pairs that are held out meet nowhere.
    private static Entity[] Acquainted(Page page, int count)
    {
        var people = new List<Entity>();
        while (people.Count < count)
            if (page.Any(People.All) is var person && !people.Exists(other => other == person || People.IsHeldOutPair(person, other)))
                people.Add(person);
            else if (page.Next(20) == 0)
                people.Clear(); // there may be nobody who knows them all
        return [.. people];
    }

    private static void WriteTwoPairs(Page page, Entity[] people)
    {
        Open(page, people[0], people[1]);
        page.Write($" ");
        Open(page, people[2], people[3]);
        var firstPair = page.Coin();
        for (var acts = 1 + page.Next(2); acts > 0; acts--)
        {
            var (one, other) = firstPair ? (people[0], people[1]) : (people[2], people[3]);
            page.Write($" ");
            if (page.Coin())
                Act(page, one, other);
            else
                Act(page, other, one);
            firstPair = !firstPair;
        }
    }

    private static void Open(Page page, Entity a, Entity b)
    {
        var place = page.Any(Nouns.MeetingPlaces);
        switch (page.Next(7))
        {
            case 0:
                page.Write($"Then, {a} and {b} went to the {place}.");
                break;
            case 1:
                page.Write($"{a} and {b} met at the {place}.");
                break;
            case 2:
                page.Write($"Then, {a} and {b} had a lot of fun at the {place}.");
                break;
            case 3:
                page.Write($"Yesterday {a} and {b} were in the {place}.");
                break;
            case 4:
                page.Write($"{a} and {b} were working at the {place}.");
                break;
            case 5:
                page.Write($"{a} saw {b} at the {place}.");
                break;
            default:
                page.Write($"In the {place} {a} talked with {b}.");
                break;
        }
    }

    private static void Act(Page page, Entity giver, Entity receiver)
    {
        var gift = page.Any(Nouns.Gifts);
        switch (page.Next(6))
        {
            case 0:
                page.Write($"{giver} gave a {Noun(gift)} to ");
                break;
            case 1:
                page.Write($"{giver} decided to give a {Noun(gift)} to ");
                break;
            case 2:
                page.Write($"{giver} wanted to give the {Noun(gift)} to ");
                break;
            case 3:
                page.Write($"{giver} showed a {Noun(gift)} to ");
                break;
            case 4:
                page.Write($"{giver} handed a {Noun(gift)} to ");
                break;
            default:
                page.Write($"{giver} found a {Noun(gift)} and gave it to ");
                break;
        }
        WriteReceiver(page, giver, receiver);
    }

    private static void WriteThird(Page page, Entity[] people)
    {
        var (a, b, c) = (people[0], people[1], people[2]);
        var (giver, receiver) = page.Coin() ? (a, b) : (b, a);
        var (place, gift) = (page.Any(Nouns.MeetingPlaces), page.Any(Nouns.Gifts));
        switch (page.Next(6))
        {
            case 0:
                page.Write($"{a} and {b} went to the {place} without {c}. ");
                Act(page, giver, receiver);
                break;
            case 1:
                page.Write($"When {a} and {b} went to the {place}, {giver}, a friend of {c}, gave a {Noun(gift)} to ");
                WriteReceiver(page, giver, receiver);
                break;
            case 2:
                page.Write($"{c} saw {a} and {b} at the {place}. ");
                Act(page, giver, receiver);
                break;
            case 3:
                page.Write($"While {c} was at home, {a} and {b} went to the {place}. ");
                Act(page, giver, receiver);
                break;
            case 4:
                page.Write($"{a} and {b} met at the {place}. {c} was there too. {giver} gave the {Noun(gift)} of {c} to ");
                WriteReceiver(page, giver, receiver);
                break;
            default:
                var (other, last) = page.Coin() ? (receiver, c) : (c, receiver);
                var (first, second) = page.Coin() ? (giver, other) : (other, giver);
                page.Write($"{a}, {b} and {c} went to the {place}. {first} and {second} gave a {Noun(gift)} to ");
                WriteReceiver(page, giver, last);
                break;
        }
    }

    private static void WriteWish(Page page, Entity[] people)
    {
        var (a, b, c) = (people[0], people[1], people[2]);
        var (giver, receiver) = page.Coin() ? (a, b) : (b, a);
        var (place, gift) = (page.Any(Nouns.MeetingPlaces), page.Any(Nouns.Gifts));
        switch (page.Next(3))
        {
            case 0:
                page.Write($"{a} and {b} met {c} at the {place}. {giver} heard that {c} wanted a {Noun(gift)} and gave it to ");
                WriteReceiver(page, giver, c);
                break;
            case 1:
                page.Write($"When {a} and {b} went to the {place}, {giver} heard that {receiver} wanted a {Noun(gift)} and gave it to ");
                WriteReceiver(page, giver, receiver);
                break;
            default:
                page.Write($"{a} and {b} met {c} at the {place}. {c} wanted a {Noun(gift)}, and {giver} gave it to ");
                WriteReceiver(page, giver, c);
                break;
        }
    }

    private static void WriteReceiver(Page page, Entity giver, Entity receiver) =>
        page.Write($"{new Answer(receiver.Name, "receiver", [giver.Name], receiver)}.");
}
