using Pellucid.Worlds;
using Pellucid.Worlds.Stories;

namespace Pellucid.Evaluation.Beliefs;

/// <summary>
/// Unexpected transfer and unexpected contents (Wimmer and Perner 1983; Perner et al. 1987) in words of the micro-world, by
/// a simulator that knows what everybody believes. An item has the false belief and three controls in which the belief is
/// true, each also with containers or fillings exchanged, and asks for belief and for reality: 16 questions, as in Kosinski
/// (PNAS 2024). Over eight items in a row, what is named first and last and the words of the question are balanced.
/// </summary>
public static class BeliefStories
{
    private static readonly Entity[] Vessels = Nouns.Entities("bag box jar basket");

    /// <summary>So many items of both tasks;
    /// every other eight in words that the micro-world's training text keeps out of stories of belief.</summary>
    public static IReadOnlyList<BeliefQuestion> Items(int count, ulong seed = 1) =>
        [.. Enumerable.Range(0, count).SelectMany(item => Transfer(item, seed)),
            .. Enumerable.Range(0, count).SelectMany(item => Contents(item, seed))];

    private static IEnumerable<BeliefQuestion> Transfer(int item, ulong seed)
    {
        var cast = new Cast(item, seed, purpose: 1);
        var thing = cast.Any(Nouns.Things[cast.Split]).Name;
        var (one, other) = cast.Two(Nouns.Containers);
        foreach (var scenario in (string[])["false belief", "present", "informed", "not moved"])
            foreach (var (start, end) in ((string, string)[])[(one.Name, other.Name), (other.Name, one.Name)])
            {
                var (text, story) = TransferStory(scenario, cast, thing, start, end);
                foreach (var asksReality in (bool[])[false, true])
                {
                    var truth = story.TrueContainer(thing)!;
                    var answer = asksReality ? truth : story.BelievedContainer(cast.Person.Name, thing)!;
                    var ask = asksReality ? $"The {thing} is in the" : cast.Implicit
                        ? $"{cast.Person.Name} will look for the {thing} in the" : $"{cast.Person.Name} thinks the {thing} is in the";
                    yield return Question($"{text} {ask}", answer, answer == start ? end : start, "transfer", scenario,
                        cast, asksReality, truth, null);
                }
            }
    }

    private static (string Text, Story Story) TransferStory(string scenario, Cast cast, string thing, string start, string end)
    {
        var (leaver, mover, story) = (cast.Person.Name, cast.Friend.Name, new Story());
        var (first, second) = cast.StartFirst ? (start, end) : (end, start);
        var text = $"{leaver} and {mover} are in the {cast.Room} with a {first} and a {second}. {leaver} puts the {thing} in the {start}.";
        story.Happen(Deed.Enter, leaver);
        story.Happen(Deed.Enter, mover);
        story.Happen(Deed.Put, leaver, thing, start);
        if (scenario == "present")
        {
            text += $" {mover} moves the {thing} to the {end}. {leaver} leaves the {cast.Room}. {leaver} comes back.";
            story.Happen(Deed.Put, mover, thing, end);
            story.Happen(Deed.Leave, leaver);
            story.Happen(Deed.Enter, leaver);
        }
        else
        {
            text += $" {leaver} leaves the {cast.Room}.";
            story.Happen(Deed.Leave, leaver);
            text += scenario == "not moved" ? $" {mover} looks at the {end}." : $" {mover} moves the {thing} to the {end}.";
            if (scenario != "not moved")
                story.Happen(Deed.Put, mover, thing, end);
            if (scenario == "informed")
            {
                text += $" {mover} calls {leaver} and says that the {thing} is in the {end}.";
                story.Happen(Deed.Hear, leaver, thing, end);
            }
            text += $" {leaver} comes back.";
            story.Happen(Deed.Enter, leaver);
        }
        return ($"{text} The {(cast.StartLast ? start : end)} is old.", story);
    }

    private static IEnumerable<BeliefQuestion> Contents(int item, ulong seed)
    {
        var cast = new Cast(item, seed, purpose: 2);
        var vessel = cast.Any(Vessels).Name;
        var (one, other) = cast.Two(Nouns.Fillings[cast.Split]);
        foreach (var scenario in (string[])["false belief", "open", "correct label", "informed"])
            foreach (var (inside, not) in ((string, string)[])[(one, other), (other, one)])
            {
                var (label, story) = (scenario == "correct label" ? inside : not, new Story());
                var text = ContentsStory(scenario, cast, story, vessel, inside, not, label);
                foreach (var asksReality in (bool[])[false, true])
                {
                    var answer = asksReality ? inside : story.BelievedThing(cast.Person.Name, vessel)!;
                    var ask = asksReality ? $"In truth the {vessel} is full of"
                        : $"{cast.Person.Subject.Text} believes that the {vessel} is full of";
                    yield return Question($"{text} {Capital(ask)}", answer, answer == inside ? not : inside, "contents", scenario,
                        cast, asksReality, inside, label);
                }
            }
    }

    private static string ContentsStory(string scenario, Cast cast, Story story, string vessel, string inside, string not, string label)
    {
        var (person, she) = (cast.Person.Name, Capital(cast.Person.Subject.Text));
        var text = cast.StartFirst
            ? $"Here is a {vessel} filled with {inside}. There is no {not} in the {vessel}. The label on the {vessel} says \"{label}.\""
            : $"The label on the {vessel} says \"{label}.\" Here is a {vessel} filled with {inside}. There is no {not} in the {vessel}.";
        story.Happen(Deed.Fill, "", inside, vessel);
        text += $" {person} finds the {vessel}.";
        if (scenario == "open")
        {
            text += $" {she} opens the {vessel} and looks inside.";
            story.Happen(Deed.Look, person, inside, vessel);
        }
        text += $" {she} reads the label.";
        story.Happen(Deed.Read, person, label, vessel);
        if (scenario == "informed")
        {
            text += $" {cast.Friend.Name}, a good friend, says that the {vessel} is full of {inside}.";
            story.Happen(Deed.Hear, person, inside, vessel);
        }
        return text;
    }

    internal static BeliefQuestion Question(string prompt, string answer, string other, string task, string scenario, Cast cast,
        bool asksReality, string? reality, string? label) =>
        new(new ClozeQuestion(prompt, " " + answer, [" " + other], $"{task}, {scenario}"), task, scenario,
            $"{task} {cast.Item}{(cast.Split == Split.HeldOut ? ", held-out words" : "")}", asksReality, " " + reality,
            label is null ? null : " " + label);

    internal static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];

    /// <summary>Who and where an item plays, and how it is told.</summary>
    internal sealed class Cast
    {
        private Chance _chance;

        public Cast(int item, ulong seed, ulong purpose)
        {
            Item = item;
            _chance = new Chance(Chance.Start(seed ^ purpose << 32, (ulong)item));
            (Person, Friend) = Two(People.All);
            Room = Any(Nouns.Rooms);
            (StartFirst, StartLast, Implicit) = ((item & 1) == 0, (item & 2) == 0, (item & 4) == 0);
            Split = (item / 8) % 2 == 0 ? Split.Training : Split.HeldOut;
        }

        public int Item { get; }

        public Entity Person { get; }

        public Entity Friend { get; }

        public string Room { get; }

        public bool StartFirst { get; }

        public bool StartLast { get; }

        public bool Implicit { get; }

        public Split Split { get; }

        public TItem Any<TItem>(IReadOnlyList<TItem> items) => items[_chance.Next(items.Count)];

        public (TItem, TItem) Two<TItem>(IReadOnlyList<TItem> items)
        {
            var (first, second) = (_chance.Next(items.Count), _chance.Next(items.Count - 1));
            return (items[first], items[second < first ? second : second + 1]);
        }
    }
}
