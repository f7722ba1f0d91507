using Pellucid.Worlds;

namespace Pellucid.Tests.Worlds;

public sealed class MicroWorldTests
{
    [Fact]
    public void The_same_seed_writes_the_same_text()
    {
        Assert.Equal(new MicroWorld(5).Text(50_000), new MicroWorld(5).Text(50_000));
        Assert.NotEqual(new MicroWorld(5).Text(5000), new MicroWorld(6).Text(5000));
    }

    [Fact]
    public void Text_annotated_text_and_a_passage_by_itself_are_the_same()
    {
        var world = new MicroWorld(5);
        var passages = world.Passages().Take(2000).ToArray();
        Assert.StartsWith(string.Concat(passages.Select(passage => passage.Text + "\n")), world.Text(400_000), StringComparison.Ordinal);
        Assert.Equal(passages[1234].Text, new MicroWorld(5).Passage(1234).Text);
        Assert.Equal(passages[1234].Annotations, new MicroWorld(5).Passage(1234).Annotations);
    }

    [Fact]
    public void Every_phenomenon_has_its_share_of_the_text_and_gifts_a_fifth_at_least()
    {
        var written = new MicroWorld(1).Passages().Take(60_000).GroupBy(passage => passage.Phenomenon).ToDictionary(
            group => group.Key, group => group.Sum(passage => passage.Text.Length + 1L));
        var all = (double)written.Values.Sum();
        Assert.Equal(100, MicroWorld.Standard.Sum(phenomenon => phenomenon.Share));
        Assert.All(MicroWorld.Standard,
            phenomenon => Assert.Equal(phenomenon.Share, 100 * written[phenomenon.Name] / all, Math.Max(0.1 * phenomenon.Share, 0.2)));
        Assert.InRange(written["gifts"] / all, 0.2, 1);
    }

    [Fact]
    public void Every_question_follows_from_its_passage_and_none_is_asked_of_what_is_not_held_out()
    {
        var world = new MicroWorld(9);
        foreach (var phenomenon in world.Phenomena)
        {
            foreach (var split in Enum.GetValues<Split>())
            {
                var questions = world.Questions(phenomenon, split, 40);
                Assert.Equal(questions.Count, questions.Select(question => question.Prompt).Distinct().Count());
                Assert.All(questions, question =>
                {
                    Assert.StartsWith(split == Split.HeldOut ? $"{phenomenon.Name}, held out: " : $"{phenomenon.Name}: ",
                        question.Group, StringComparison.Ordinal);
                    Assert.DoesNotContain(question.Answer, question.Alternatives);
                    Assert.False(question.Prompt.EndsWith(' '));
                    Assert.True(question.Answer.StartsWith(' ') || question.Prompt.EndsWith('\n'));
                });
                if (split == Split.HeldOut && phenomenon.HeldOut is null)
                    Assert.Empty(questions);
            }
        }
        Assert.Equal(["contents", "gifts", "questions", "tales", "tenses", "transfer", "upper case"],
            world.Phenomena.Where(phenomenon => phenomenon.HeldOut is not null).Select(phenomenon => phenomenon.Name).Order());
    }

    [Fact]
    public void A_phenomenon_of_ones_own_is_one_class()
    {
        var world = new MicroWorld(3, [new Weather(), .. MicroWorld.Standard]);
        var passage = world.Passages().First(passage => passage.Phenomenon == "weather");
        Assert.Matches("^Today the wind is (warm|cold)\\. It is not (warm|cold)\\.$", passage.Text);
        Assert.Equal("DET", passage.Of(AnnotationKind.PartOfSpeech).Single(word => word.Span.Of(passage.Text) == "the").Label);
        Assert.NotEmpty(world.Questions(world.Phenomena[0], Split.Training, 5));
    }

    [Fact]
    public void A_word_that_the_lexicon_does_not_know_and_a_pronoun_for_nobody_are_refused()
    {
        var word = Assert.Throws<InvalidOperationException>(() =>
            new MicroWorld(1, [new Wrong(page => page.Write($"The zeppelin is old."))]).Passage(0));
        Assert.Equal("the lexicon has no word 'zeppelin': add it to Lexicon.cs, or write it with its part of speech", word.Message);
        var pronoun = Assert.Throws<InvalidOperationException>(() =>
            new MicroWorld(1, [new Wrong(page => page.Write($"Yesterday {People.Get("Mary").Subject} went home."))]).Passage(0));
        Assert.Equal("'Yesterday she' speaks of Mary before naming it", pronoun.Message);
    }

    private sealed class Weather() : Phenomenon("weather", 10)
    {
        public override void Write(Page page)
        {
            var (now, not) = page.Two(["warm", "cold"]);
            var wind = new Entity("wind", Gender.Neuter);
            page.Write($"Today the {wind} is {now}. {wind.Subject} is not {new Answer(not, "weather", [now])}.");
        }
    }

    private sealed class Wrong(Action<Page> write) : Phenomenon("wrong", 1)
    {
        public override void Write(Page page) => write(page);
    }
}
