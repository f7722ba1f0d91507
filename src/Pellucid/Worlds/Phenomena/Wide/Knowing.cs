namespace Pellucid.Worlds.Phenomena;

/// <summary>
/// More ways to come to know or not to know where a thing is and what a container holds, so that a belief follows from who was
/// there, who looked and who was told, and not from the form of a story. The forms that are held out of the other stories of belief, glass
/// containers, phone calls, nothing moved but looked at, fillings and things, are told here neither.
/// </summary>
internal sealed class Knowing() : Phenomenon("knowing", 16)
{
    private static readonly Entity[] Vessels = Nouns.Entities("bag box jar basket");

    public override void Write(Page page)
    {
        if (page.Next(8) < 5)
            WritePlace(page);
        else
            WriteFilling(page);
    }

    private static void WritePlace(Page page)
    {
        var (one, other) = page.TwoPeople(Split.Training);
        var (leaver, mover) = page.Coin() ? (one, other) : (other, one);
        var (room, thing) = (page.Any(Nouns.Rooms), page.Any(Nouns.Things[Split.Training]));
        var (start, end) = page.Two(Nouns.Containers);
        var (first, second) = page.Coin() ? (start, end) : (end, start);
        page.Write($"{one} and {other} are in the {room} with a {first} and a {second}. ");
        page.Write($"{(page.Coin() ? one : other)} puts the {thing} in the {start}.");
        var (moved, knows) = (true, false);
        switch (page.Next(9))
        {
            case 0:
                page.Write($" {mover} moves the {thing} to the {end} and {leaver} leaves the {room}. Then {leaver} comes back.");
                knows = true;
                break;
            case 1:
                page.Write($" {leaver} leaves the {room}. {mover} moves the {thing} to the {end}. {leaver} comes back. ");
                page.Write($"{mover} tells {leaver} that the {thing} is in the {end}.");
                knows = true;
                break;
            case 2:
                page.Write($" {leaver} leaves the {room}. {mover} moves the {thing} to the {end}. ");
                page.Write($"{mover} writes to {leaver} and says that the {thing} is in the {end}. {leaver} comes back.");
                knows = true;
                break;
            case 3:
                page.Write($" {leaver} leaves the {room}. {mover} opens the {end}. {leaver} comes back.");
                moved = false;
                break;
            case 4:
                page.Write($" {leaver} leaves the {room}. {mover} moves the {Other(page, thing)} to the {end}. {leaver} comes back.");
                moved = false;
                break;
            case 5:
                page.Write($" {leaver} sees how {mover} moves the {thing} to the {end}. {leaver} leaves the {room} and comes back.");
                knows = true;
                break;
            default:
                page.Write($" {leaver} goes out of the {room}. {mover} takes the {thing} out of the {start} and puts it in the {end}. ");
                page.Write($"{leaver} comes back.");
                break;
        }
        if (page.Coin())
            page.Write($" The {page.Any([start, end])} is {page.Any(["old", "new", "big", "small"])}.");
        var truth = moved ? end : start;
        for (var questions = 1 + page.Next(2); questions > 0; questions--)
            switch (page.Next(6))
            {
                case < 4:
                    AskPlace(page, leaver, thing, !moved || knows ? truth : start, start, end);
                    break;
                case 4:
                    AskPlace(page, mover, thing, truth, start, end);
                    break;
                default:
                    page.Write($" The {thing} is in the {Said(truth, start, end)}.");
                    break;
            }
    }

    private static Entity Other(Page page, Entity thing)
    {
        while (true)
            if (page.Any(Nouns.Things[Split.Training]) is var other && other != thing)
                return other;
    }

    private static void AskPlace(Page page, Entity who, Entity thing, Entity believed, Entity start, Entity end)
    {
        if (page.Coin())
            page.Write($" {who} thinks the {thing} is in the {Said(believed, start, end)}.");
        else
            page.Write($" {who} will look for the {thing} in the {Said(believed, start, end)}.");
    }

    private static Answer Said(Entity place, Entity start, Entity end) =>
        new(place.Name, "place", [place == start ? end.Name : start.Name], place);

    private static void WriteFilling(Page page)
    {
        var (person, friend) = page.TwoPeople(Split.Training);
        var (vessel, (inside, other)) = (page.Any(Vessels), page.Two(Nouns.Fillings[Split.Training]));
        var label = page.Next(4) == 0 ? inside : other;
        switch (page.Next(4))
        {
            case 0:
                page.Write($"The label on the {vessel} says \"{label}.\" The {vessel} is filled with {inside}.");
                break;
            case 1:
                page.Write($"Here is a {vessel}. The label on the {vessel} says \"{label}.\" It is filled with {inside}. ");
                page.Write($"There is no {other} in the {vessel}.");
                break;
            case 2:
                page.Write($"There is no {other} in the {vessel}. It is filled with {inside}. The label on the {vessel} says \"{label}.\"");
                break;
            default:
                page.Write($"Here is a {vessel} filled with {inside}. The label on the {vessel} says \"{label}.\"");
                break;
        }
        page.Write($" {person} {page.Any(["finds", "sees", "takes"])} the {vessel}.");
        var knows = false;
        switch (page.Next(5))
        {
            case 0:
                page.Write($" {person.Subject} opens the {vessel} and sees {inside}.");
                knows = true;
                break;
            case 1:
                page.Write($" {person.Subject} looks {new Tagged("inside", PartOfSpeech.Adv)}.");
                knows = true;
                break;
            case 2:
                page.Write($" {friend} tells {person.Object} that the {vessel} is full of {inside}.");
                knows = true;
                break;
            case 3:
                page.Write($" {person.Subject} does not open the {vessel}.");
                break;
        }
        page.Write($" {person.Subject} reads the label.");
        var believed = knows ? inside : label;
        page.Write($" {person.Subject} believes that the {vessel} is full of {Told(believed, inside, other)}.");
        if (page.Coin())
            page.Write($" In truth the {vessel} is full of {Told(inside, inside, other)}.");
    }

    private static Answer Told(string filling, string inside, string other) =>
        new(filling, "filling", [filling == inside ? other : inside]);
}
