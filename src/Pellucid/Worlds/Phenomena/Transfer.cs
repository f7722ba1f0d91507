using Pellucid.Worlds.Stories;

namespace Pellucid.Worlds.Phenomena;

/// <summary>
/// Unexpected transfer (Wimmer and Perner 1983): a thing is moved while someone is away, and someone, who was away or
/// not, is asked about. Right answers are the first container as often as the second, in training and examination; which
/// container is named first and last, and whether the question says "thinks", is decided independently.
/// </summary>
internal sealed class Transfer() : Phenomenon("transfer", 10)
{
    /// <summary>What happens in a story.
    /// The first three are for training; those after them are controls and known alterations (Ullman 2023, arXiv 2302.08399).</summary>
    private enum Plot
    {
        LeaverAsked,
        MoverAsked,
        BackBeforeMove,
        NotMoved,
        Transparent,
        Phone,
    }

    public override string HeldOut =>
        "things that occur in no story of belief, and plots never told: nothing moved, glass containers, a phone call";

    public override void Write(Page page)
    {
        var isTold = page.Split == Split.Training || page.Coin();
        var plot = !isTold ? Plot.NotMoved + page.Next(3) : page.Coin() ? Plot.LeaverAsked : Plot.MoverAsked + page.Next(2);
        var (one, other) = page.TwoPeople(Split.Training);
        var (leaver, mover, owner) = page.Coin() ? (one, other, page.Coin() ? one : other) : (other, one, page.Coin() ? one : other);
        var (room, thing) = (page.Any(Nouns.Rooms), page.Any(Nouns.Things));
        var (start, end) = page.Two(Nouns.Containers);
        var story = page.Story = new Story();

        void Happen(Deed deed, Entity actor, Entity? container = null) =>
            story.Happen(deed, actor.Name, container is null ? "" : thing.Name, container?.Name ?? "", page.Length);

        void ComeBack()
        {
            page.Write($" {leaver} comes back.");
            Happen(Deed.Enter, leaver);
        }

        var (first, second) = page.Coin() ? (start, end) : (end, start);
        var material = plot == Plot.Transparent ? " of glass" : "";
        page.Write($"{one} and {other} are in the {room} with a {first}{material} and a {second}{material}.");
        Happen(Deed.Enter, leaver);
        Happen(Deed.Enter, mover);
        page.Write($" {owner} puts the {thing} in the {start}.");
        Happen(Deed.Put, owner, start);
        page.Write($" {leaver} leaves the {room}.");
        Happen(Deed.Leave, leaver);
        if (plot == Plot.BackBeforeMove)
            ComeBack();
        if (plot == Plot.NotMoved)
            page.Write($" {mover} looks at the {end}.");
        else
        {
            page.Write($" {mover} moves the {thing} to the {end}.");
            Happen(Deed.Put, mover, end);
        }
        if (plot == Plot.Phone)
        {
            page.Write($" {mover} calls {leaver} and says that the {thing} is in the {end}.");
            Happen(Deed.Hear, leaver, end);
        }
        if (plot != Plot.BackBeforeMove)
            ComeBack();
        if (plot == Plot.Transparent)
            Happen(Deed.Look, leaver, end);
        if (page.Coin())
            page.Write($" The {page.Any([start, end])} is {page.Any(["old", "new", "big", "small"])}.");
        Ask(page, story, plot == Plot.MoverAsked ? mover : leaver, thing, start, end, FormOf(plot));
    }

    private static void Ask(Page page, Story story, Entity asked, Entity thing, Entity start, Entity end, string form)
    {
        var believed = story.BelievedContainer(asked.Name, thing.Name) == start.Name ? start : end;
        var answer = new Answer(believed.Name, form, [believed == start ? end.Name : start.Name], believed);
        if (page.Coin())
            page.Write($" {asked} thinks the {thing} is in the {answer}.");
        else
            page.Write($" {asked} will look for the {thing} in the {answer}.");
    }

    private static string FormOf(Plot plot) => plot switch
    {
        Plot.LeaverAsked => "false belief",
        Plot.MoverAsked or Plot.BackBeforeMove => "true belief",
        Plot.NotMoved => "nothing moved",
        Plot.Transparent => "alteration, glass containers",
        _ => "alteration, phone call",
    };
}
