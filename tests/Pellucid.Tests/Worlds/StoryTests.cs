using System.Text.RegularExpressions;
using Pellucid.Worlds;
using Pellucid.Worlds.Stories;

namespace Pellucid.Tests.Worlds;

/// <summary>Beliefs in stories are those that someone else works out from the text alone.</summary>
public sealed class StoryTests
{
    private static readonly Passage[] Stories = [.. new MicroWorld(4).Passages().Take(60_000).Where(passage => passage.Story is not null)];

    [Fact]
    public void Who_saw_what_decides_where_a_thing_is_looked_for()
    {
        var stories = Stories.Where(passage => passage.Phenomenon == "transfer").ToArray();
        Assert.InRange(stories.Length, 500, int.MaxValue);
        foreach (var passage in stories)
        {
            var said = Regex.Match(passage.Text, @"(\w+) (?:thinks the \w+ is|will look for the \w+) in the (\w+)\.$");
            Assert.Equal(Replay(passage.Text)[said.Groups[1].Value], said.Groups[2].Value);
            AssertBeliefs(passage.Story!, Replay(passage.Text));
        }
    }

    [Fact]
    public void Who_reads_a_label_believes_it_unless_he_has_looked_inside()
    {
        foreach (var passage in Stories.Where(passage => passage.Phenomenon == "contents"))
        {
            var (inside, label) = (Regex.Match(passage.Text, @"filled with (\w+)").Groups[1].Value,
                Regex.Match(passage.Text, "says \"(\\w+)").Groups[1].Value);
            var believed = Regex.Match(passage.Text, @"believes that the \w+ is full of (\w+)\.").Groups[1].Value;
            Assert.Equal(passage.Text.Contains("looks inside", StringComparison.Ordinal) ? inside : label, believed);
            var belief = Assert.Single(passage.Story!.Beliefs);
            Assert.Equal((believed, believed == inside), (belief.Thing, belief.IsTrue));
        }
    }

    [Fact]
    public void Neither_a_place_in_the_story_nor_a_word_of_the_question_gives_the_answer_away()
    {
        var stories = Stories.Where(passage => passage.Phenomenon == "transfer")
            .Select(passage => (passage.Text, Answer: passage.Of(AnnotationKind.Answer).Single())).ToArray();
        AssertHalf(stories, story => story.Answer.Label == "false belief");
        AssertHalf(stories, story => Containers(story.Text)[0] == story.Answer.Span.Of(story.Text)); // named first
        // named last
        AssertHalf(stories, story => Containers(story.Text[..story.Answer.Span.Start])[^1] == story.Answer.Span.Of(story.Text), 0.15);
        AssertHalf(stories.Where(story => story.Text.Contains("thinks", StringComparison.Ordinal)),
            story => story.Answer.Label == "false belief");
        var contents = Stories.Where(passage => passage.Phenomenon == "contents")
            .Select(passage => passage.Of(AnnotationKind.Answer).First()).ToArray();
        AssertHalf(contents, answer => answer.Label == "false belief");
    }

    [Fact]
    public void Events_are_told_in_order_by_the_text_that_ends_where_they_say()
    {
        foreach (var passage in Stories)
        {
            var events = passage.Story!.Events;
            Assert.Equal(events.Select(step => step.At).Order(), events.Select(step => step.At));
            Assert.All(events.Where(step => step.Actor.Length > 0),
                step => Assert.Contains(step.Actor, passage.Text[..step.At], StringComparison.Ordinal));
            Assert.All(events.Where(step => step.Deed == Deed.Put),
                step => Assert.EndsWith($"{step.Container}.", passage.Text[..step.At], StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Held_out_plots_have_the_answers_that_people_give()
    {
        var world = new MicroWorld(8);
        foreach (var phenomenon in MicroWorld.Standard.Where(phenomenon => phenomenon.Name is "transfer" or "contents"))
            foreach (var question in world.Questions(phenomenon, Split.HeldOut, 200)
                .Where(question => question.Group.Contains("alteration", StringComparison.Ordinal)
                    || question.Group.EndsWith("nothing moved", StringComparison.Ordinal)))
            {
                var expected = phenomenon.Name == "contents" ? Regex.Match(question.Prompt, @"filled with (\w+)")
                    : question.Group.EndsWith("nothing moved", StringComparison.Ordinal)
                        ? Regex.Match(question.Prompt, @"puts the \w+ in the (\w+)")
                        : Regex.Match(question.Prompt, @"moves the \w+ to the (\w+)");
                Assert.Equal(" " + expected.Groups[1].Value, question.Answer);
            }
    }

    [Fact]
    public void A_label_is_believed_only_by_those_who_know_no_better_and_hearing_overrides()
    {
        var story = new Story();
        story.Happen(Deed.Fill, "", "popcorn", "bag");
        story.Happen(Deed.Read, "Sam", "chocolate", "bag");
        Assert.Equal("chocolate", story.BelievedThing("Sam", "bag"));
        Assert.False(Assert.Single(story.Beliefs).IsTrue);
        story.Happen(Deed.Hear, "Sam", "popcorn", "bag");
        story.Happen(Deed.Read, "Sam", "chocolate", "bag");
        Assert.Equal("popcorn", story.BelievedThing("Sam", "bag"));
        Assert.True(Assert.Single(story.Beliefs).IsTrue);
        Assert.Null(story.BelievedThing("John", "bag"));
    }

    // Sentence by sentence: who is in the room, and where each one saw the thing last.
    private static Dictionary<string, string> Replay(string text)
    {
        var (here, seen) = (new HashSet<string>(), new Dictionary<string, string>());
        foreach (var sentence in text.Split(". "))
        {
            var words = sentence.TrimEnd('.').Split(' ');
            if (words[1] == "and")
                here = [words[0], words[2]];
            else if (words[1] == "leaves")
                here.Remove(words[0]);
            else if (words[1] == "comes")
                here.Add(words[0]);
            else if (words[1] is "puts" or "moves")
                foreach (var witness in here)
                    seen[witness] = words[^1];
        }
        return seen;
    }

    private static void AssertBeliefs(Story story, Dictionary<string, string> expected)
    {
        Assert.Equal(expected.OrderBy(pair => pair.Key),
            story.Beliefs.ToDictionary(belief => belief.Agent, belief => belief.Container).OrderBy(pair => pair.Key));
        Assert.All(story.Beliefs, belief => Assert.Equal(story.TrueContainer(belief.Thing) == belief.Container, belief.IsTrue));
    }

    private static string[] Containers(string text) => [
        .. Regex.Matches(text, @"\w+").Select(word => word.Value).Where(word => Nouns.Containers.Any(container => container.Name == word))];

    private static void AssertHalf<TItem>(IEnumerable<TItem> items, Func<TItem, bool> holds, double tolerance = 0.05)
    {
        var all = items.ToArray();
        Assert.Equal(0.5, all.Count(holds) / (double)all.Length, tolerance);
    }
}
