using Pellucid.Evaluation.Beliefs;

namespace Pellucid.Tests.Evaluation.Beliefs;

public sealed class BeliefTests
{
    private static readonly IReadOnlyList<BeliefQuestion> Items = BeliefStories.Items(32, seed: 3);

    [Fact]
    public void An_item_asks_sixteen_questions_and_an_oracle_passes_all()
    {
        Assert.All(Items.GroupBy(question => (question.Task, question.Item)), item => Assert.Equal(16, item.Count()));
        var oracle = BeliefReport.Of(Items, [.. Items.Select(_ => (double?)1)]);
        Assert.All(oracle.Scores, score => Assert.Equal(1, score.Right));
        Assert.Equal([(32, 32), (32, 32)], oracle.Passed.Values);
        // One wrong question in sixteen fails an item; questions that do not fit take their item out.
        Assert.Equal((31, 32), BeliefReport.Of(Items, [.. Items.Select((_, i) => (double?)(i == 5 ? -1 : 1))]).Passed["transfer"]);
        var cut = BeliefReport.Of(Items, [.. Items.Select((_, i) => i == 5 ? null : (double?)1)]);
        Assert.Equal((31, 31, 1), (cut.Passed["transfer"].Passed, cut.Passed["transfer"].Items, cut.TooLong));
    }

    // By what an item is made of: see what is named first and last in each of its eight stories.
    [Theory]
    [InlineData(BeliefHeuristic.Recency, "transfer", 1.0 / 2)]
    [InlineData(BeliefHeuristic.Recency, "contents", 1.0 / 2)]
    [InlineData(BeliefHeuristic.FirstMention, "transfer", 1.0 / 2)]
    [InlineData(BeliefHeuristic.FirstMention, "contents", 5.0 / 8)]
    [InlineData(BeliefHeuristic.Reality, "transfer", 7.0 / 8)]
    [InlineData(BeliefHeuristic.Reality, "contents", 7.0 / 8)]
    [InlineData(BeliefHeuristic.Label, "contents", 3.0 / 8)]
    public void Heuristics_score_what_they_must_and_pass_no_item(BeliefHeuristic heuristic, string task, double expected)
    {
        var questions = Items.Where(question => question.Task == task).ToArray();
        var report = BeliefReport.Of(questions, [.. questions.Select(question => (double?)(heuristic.IsRight(question)!.Value ? 1 : -1))]);
        Assert.Equal(expected, report.RightOf(task), 12);
        Assert.Equal((0, 32), report.Passed[task]);
    }

    [Fact]
    public void Beliefs_are_those_of_who_saw_what()
    {
        string Story(string task, string scenario, bool reality) =>
            Items.First(question => question.Task == task && question.Scenario == scenario && question.AsksReality == reality)
                is var question ? question.Cloze.Prompt + question.Cloze.Answer : "";
        Assert.Matches(@"puts the (\w+) in the (\w+)\..*leaves the.*moves the \1 to the (\w+)\. .*comes back\..* the \1 in the \2$",
            Story("transfer", "false belief", false));
        Assert.Matches(@"moves the (\w+) to the (\w+)\. .*The \1 is in the \2$", Story("transfer", "false belief", true));
        Assert.Matches(@"says that the (\w+) is in the (\w+)\..*the \1 in the \2$", Story("transfer", "informed", false));
        Assert.Matches(@"puts the (\w+) in the (\w+)\..*looks at the.*the \1 in the \2$", Story("transfer", "not moved", false));
        Assert.Matches(@"filled with (\w+)\. There is no (\w+) .*believes that the \w+ is full of \2$",
            Story("contents", "false belief", false));
        Assert.Matches(@"filled with (\w+)\. .*looks inside.*believes that the \w+ is full of \1$", Story("contents", "open", false));
    }

    [Fact]
    public void Every_alteration_turns_the_answer_of_the_classical_story()
    {
        var stories = BeliefAlterations.Stories(16);
        Assert.Equal(["1A transparent", "1B cannot read", "1C told by a friend", "1D filled it", "2A glass containers", "2B on, not in",
            "2C phone call", "2D the mover asked"], stories.Select(story => story.Scenario).Distinct());
        // in all of them who is asked knows, or has no label to go by
        Assert.All(stories, story => Assert.Equal(story.Reality, story.Cloze.Answer));
        Assert.All(stories.Where(story => story.Scenario.StartsWith("2B", StringComparison.Ordinal)),
            story => Assert.EndsWith(" on the", story.Cloze.Prompt, StringComparison.Ordinal));
    }

    [Fact]
    public void Public_formats_are_read_and_bad_rows_named()
    {
        using var folder = new TemporaryFolder();
        IReadOnlyList<BeliefQuestion> Read(string text)
        {
            File.WriteAllText(folder.File("stories.csv"), text);
            return BeliefFile.Read(folder.File("stories.csv"));
        }
        var masks = Read("row,item_id,passage,condition,start,end,knowledge_cue\n0,7,\"A cat, asleep, "
            + "is in the [MASK].\",False Belief,garage,fridge,Explicit\n1,7,It is in the [MASK].,True belief,garage,fridge,Implicit\n");
        Assert.Equal(("A cat, asleep, is in the", " garage", " fridge"),
            (masks[0].Cloze.Prompt, masks[0].Cloze.Answer, masks[0].Cloze.Alternatives[0]));
        Assert.Equal((" fridge", "true belief, implicit", true),
            (masks[1].Cloze.Answer, masks[1].Scenario, BeliefHeuristic.Reality.IsRight(masks[1])));
        var expert = Read("A bottle of beer is labelled wine.;What does Mark think is in it?;wine;beer\nB;Q;no idea;x;y\n");
        Assert.Equal(("A bottle of beer is labelled wine.\nQuestion: What does Mark think is in it?\nAnswer:", " wine"),
            (expert[0].Cloze.Prompt, expert[0].Cloze.Answer));
        Assert.Equal([" x", " y"], expert[1].Cloze.Alternatives);
        void Refused(string message, string text) =>
            Assert.Contains(message, Assert.Throws<InvalidDataException>(() => Read(text)).Message, StringComparison.Ordinal);
        Refused("line 2 has a passage without [MASK]", "passage,condition,start,end\nIt is here.,True Belief,a,b\n");
        Refused("line 2 has the condition 'Maybe'", "passage,condition,start,end\nIt is in the [MASK].,Maybe,a,b\n");
        Refused("'passage' is needed", "text,condition\na,b\n");
        Refused("line 2 has 2 fields", "a;b;c;d\ne;f\n");
        Refused("is empty", "");
    }

    [Fact]
    public void BigToM_has_two_conditions_of_two_hundred_stories()
    {
        var questions = BeliefFile.Read(SharedData.Path("beliefs/bigtom.csv"));
        Assert.Equal(400, questions.Count);
        Assert.Equal(" Noor believes the milk pitcher contains oat milk.", questions[1].Cloze.Answer);
        Assert.EndsWith("Noor does not see her coworker swapping the milk.", questions[1].Cloze.Prompt, StringComparison.Ordinal);
    }
}
