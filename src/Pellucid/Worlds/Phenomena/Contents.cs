using Pellucid.Worlds.Stories;

namespace Pellucid.Worlds.Phenomena;

/// <summary>
/// Unexpected contents (Perner et al. 1987): a container is full of one thing and labelled with another. Who has only read
/// the label is wrong; who has looked inside is right. Half of the answers are on the label, half inside.
/// </summary>
internal sealed class Contents() : Phenomenon("contents", 6)
{
    private enum Plot
    {
        ReadsLabel,
        LooksInside,
        Transparent,
        ToldByFriend,
        FilledIt,
    }

    private static readonly Entity[] Containers = Nouns.Entities("bag box jar basket");

    public override string HeldOut => "fillings that occur in no story of belief, and plots never told: "
        + "a container that can be seen through, a friend who tells, one who filled it";

    public override void Write(Page page)
    {
        var plot = page.Split == Split.Training || page.Coin() ? page.Coin() ? Plot.ReadsLabel : Plot.LooksInside
            : Plot.Transparent + page.Next(3);
        var (person, friend) = page.TwoPeople(Split.Training);
        var (container, (inside, label)) = (page.Any(Containers), page.Two(Nouns.Fillings[page.Split]));
        var story = page.Story = new Story();

        void Happen(Deed deed, Entity? actor, string thing) => story.Happen(deed, actor?.Name ?? "", thing, container.Name, page.Length);

        page.Write($"Here is a {container} filled with {inside}. There is no {label} in the {container}.");
        Happen(Deed.Fill, null, inside);
        if (page.Coin())
            page.Write($" Yet, the label on the {container} says \"{label}\" and not \"{inside}.\"");
        else
            page.Write($" The label on the {container} says \"{label}.\"");
        if (plot == Plot.FilledIt)
        {
            page.Write($" {person} filled the {container} with {inside}.");
            Happen(Deed.Look, person, inside);
        }
        page.Write($" {person} finds the {container}.");
        if (plot != Plot.FilledIt && page.Coin())
            page.Write($" {person.Subject} {new Tagged("had", PartOfSpeech.Aux)} never seen the {container} before.");
        if (plot == Plot.LooksInside)
        {
            page.Write($" {person.Subject} opens the {container} and looks {new Tagged("inside", PartOfSpeech.Adv)}.");
            Happen(Deed.Look, person, inside);
        }
        else if (plot == Plot.Transparent)
        {
            page.Write(
                $" The {container} is made of glass, and {person.Subject} can see what is {new Tagged("inside", PartOfSpeech.Adv)}.");
            Happen(Deed.Look, person, inside);
        }
        else if (page.Coin())
            page.Write($" {person.Subject} cannot see what is {new Tagged("inside", PartOfSpeech.Adp)} the {container}.");
        page.Write($" {person.Subject} reads the label.");
        Happen(Deed.Read, person, label);
        if (plot == Plot.ToldByFriend)
        {
            page.Write($" {friend}, a good friend, says that the {container} is full of {inside}.");
            Happen(Deed.Hear, person, inside);
        }
        var believed = story.BelievedThing(person.Name, container.Name)!;
        if (plot == Plot.ToldByFriend)
            page.Write($" {person}");
        else
            page.Write($" {person.Subject}");
        page.Write(
            $" believes that the {container} is full of {new Answer(believed, FormOf(plot), [believed == label ? inside : label])}.");
        if (page.Coin())
            page.Write($" In truth the {container} is full of {new Answer(inside, "reality", [label])}.");
    }

    private static string FormOf(Plot plot) => plot switch
    {
        Plot.ReadsLabel => "false belief",
        Plot.LooksInside => "true belief",
        Plot.Transparent => "alteration, transparent",
        Plot.ToldByFriend => "alteration, told by a friend",
        _ => "alteration, filled it",
    };
}
