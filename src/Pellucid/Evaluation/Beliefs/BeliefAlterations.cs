using Pellucid.Worlds;
using Pellucid.Worlds.Stories;

namespace Pellucid.Evaluation.Beliefs;

/// <summary>
/// The eight small changes of Ullman (arXiv 2302.08399) after which the belief is another than in the classical story, in
/// words of the micro-world. In 1B there is nothing to go by: only how sure a model is of the label is of interest.
/// </summary>
public static class BeliefAlterations
{
    /// <summary>The alteration of a story about contents in which the label cannot be read: no answer is right.</summary>
    public const string CannotRead = "1B cannot read";

    /// <summary>So many stories of each alteration. Answers are what is believed; the others what the classical story would say.</summary>
    public static IReadOnlyList<BeliefQuestion> Stories(int count, ulong seed = 1) =>
        [.. Enumerable.Range(0, count).SelectMany(item => Contents(item, seed).Concat(Transfer(item, seed)))];

    private static IEnumerable<BeliefQuestion> Contents(int item, ulong seed)
    {
        var cast = new BeliefStories.Cast(item, seed, purpose: 3);
        var (vessel, (inside, label)) = (cast.Any((string[])["bag", "box", "jar", "basket"]), cast.Two(Nouns.Fillings[cast.Split]));
        var (person, she) = (cast.Person.Name, BeliefStories.Capital(cast.Person.Subject.Text));
        var (here, says) = ($"Here is a {vessel} filled with {inside}. There is no {label} in the {vessel}.",
            $"The label on the {vessel} says \"{label}.\"");
        var (finds, reads) = ($"{person} finds the {vessel}.", $"{she} reads the label.");
        (string Name, string Text, (Deed, string)[] Deeds)[] stories =
        [
            ("1A transparent", $"{here} {says} {finds} The {vessel} is made of glass, "
                + $"and {cast.Person.Subject.Text} can see what is inside. {reads}", [(Deed.Look, inside), (Deed.Read, label)]),
            (CannotRead, $"{here} {says} {finds} {she} cannot read. {she} looks at the label.", []),
            ("1C told by a friend",
                $"{here} {says} {cast.Friend.Name}, a good friend, says that the {vessel} is full of {inside}. {finds} {reads}", [
                    (Deed.Hear, inside), (Deed.Read, label)]),
            ("1D filled it", $"{here} {person} filled the {vessel} with {inside}. {says} {finds} {reads}", [
                (Deed.Look, inside), (Deed.Read, label)]),
        ];
        foreach (var (name, text, deeds) in stories)
        {
            var story = new Story();
            story.Happen(Deed.Fill, "", inside, vessel);
            foreach (var (deed, thing) in deeds)
                story.Happen(deed, person, thing, vessel);
            var believed = story.BelievedThing(person, vessel) ?? inside;
            yield return BeliefStories.Question($"{text} {she} believes that the {vessel} is full of", believed,
                believed == inside ? label : inside, "contents", name, cast, false, inside, label);
        }
    }

    private static IEnumerable<BeliefQuestion> Transfer(int item, ulong seed)
    {
        var cast = new BeliefStories.Cast(item, seed, purpose: 4);
        var (thing, (start, end)) = (cast.Any(Nouns.Things[cast.Split]).Name, cast.Two(Nouns.Containers));
        var (leaver, mover) = (cast.Person.Name, cast.Friend.Name);
        string Tell(string glass, string at, string call) => $"{leaver} and {mover} are in the {cast.Room} with a {start}{glass} and a "
            + $"{end}{glass}. {leaver} puts the {thing} {at} the {start}. {leaver} leaves the {cast.Room}."
            + $" {mover} moves the {thing} {(at == "on" ? "on" : "to")} the {end}.{call} {leaver} comes back.";
        (string Name, string Text, string At, string Asked, Deed? Learns)[] stories =
        [
            ("2A glass containers", Tell(" of glass", "in", ""), "in", leaver, Deed.Look),
            ("2B on, not in", Tell("", "on", ""), "on", leaver, Deed.Look),
            ("2C phone call", Tell("", "in", $" {mover} calls {leaver} and says that the {thing} is in the {end}."),
                "in", leaver, Deed.Hear),
            ("2D the mover asked", Tell("", "in", ""), "in", mover, null),
        ];
        foreach (var (name, text, at, asked, learns) in stories)
        {
            var story = new Story();
            story.Happen(Deed.Enter, leaver);
            story.Happen(Deed.Enter, mover);
            story.Happen(Deed.Put, leaver, thing, start.Name);
            story.Happen(Deed.Leave, leaver);
            story.Happen(Deed.Put, mover, thing, end.Name);
            if (learns is { } deed)
                story.Happen(deed, leaver, thing, end.Name);
            var believed = story.BelievedContainer(asked, thing)!;
            yield return BeliefStories.Question($"{text} {asked} thinks the {thing} is {at} the", believed,
                believed == end.Name ? start.Name : end.Name, "transfer", name, cast, false, end.Name, null);
        }
    }
}
