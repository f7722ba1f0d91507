namespace Pellucid.Worlds.Phenomena;

/// <summary>What is in a container; things in containers, moved in plain sight, and where they are at the end.</summary>
internal sealed class Containers() : Phenomenon("containers", 5)
{
    public override void Write(Page page)
    {
        if (page.Next(3) == 0)
            WriteFilling(page);
        else
            WritePlaces(page);
    }

    private static void WriteFilling(Page page)
    {
        var (filling, container) = (page.Any(Nouns.Fillings.All), page.Any(Nouns.Containers));
        page.Write($"Here is a {container} filled with {filling}.");
        page.Know(filling, "in", container.Name);
        switch (page.Next(3))
        {
            case 0:
                page.Write($" The {container} is full of {Copied(filling)}.");
                break;
            case 1:
                page.Write($" {page.Any(People.All)} opens the {container} and finds {Copied(filling)}.");
                break;
            default:
                page.Write($" There is no {page.Any([.. Nouns.Fillings.All.Where(other => other != filling)])} in the {container}. "
                    + $"The {container} is full of {Copied(filling)}.");
                break;
        }
    }

    private static Answer Copied(string filling) => new(filling, "filling");

    private static void WritePlaces(Page page)
    {
        var (thing, other) = page.Two(Nouns.Things.All);
        var (place, otherPlace) = page.Two(Nouns.Containers);
        page.Write($"The {thing} is in the {place} and the {other} is in the {otherPlace}.");
        page.Know(thing.Name, "in", place.Name);
        page.Know(other.Name, "in", otherPlace.Name);
        if (page.Coin())
            (thing, place, other, otherPlace) = (other, otherPlace, thing, place);
        if (page.Next(3) == 0)
        {
            var person = page.Any(People.All);
            page.Write($" {person} takes the {thing} out of the {place} and puts {thing.Object} in the {otherPlace}.");
            page.Know(thing.Name, "in", otherPlace.Name);
            (place, otherPlace) = (otherPlace, place);
            page.Write($" Where is the {thing}? In the {new Answer(place.Name, "moved", [otherPlace.Name], place)}.");
            return;
        }
        page.Write($" Where is the {thing}? In the {new Answer(place.Name, "container", [otherPlace.Name], place)}.");
        page.Write($" Where is the {other}? In the {new Answer(otherPlace.Name, "container", [place.Name], otherPlace)}.");
    }
}
