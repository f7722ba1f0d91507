using Pellucid.Evaluation;
using Pellucid.Evaluation.Beliefs;

namespace Pellucid.Cli.Tour.AnyModel;

/// <summary>10: stories of belief, each with the controls that a reader of minds must pass too.</summary>
internal sealed class StoriesChapter() : Chapter("10",
    new("tour.scale.title"),
    new("tour.scale.claim"),
    new("tour.any.scale.experiment"),
    new("tour.scale.aside"))
{
    private const string False = "false belief";

    private static readonly (string Task, string Control, string Key)[] Tasks =
        [("transfer", "informed", "tour.any.scale.moved"), ("contents", "open", "tour.any.scale.label")];

    public override Finding Look(Guide guide)
    {
        var finding = new Finding();
        var questions = BeliefStories.Items(guide.Quick ? 8 : 16).Where(question => !question.AsksReality
            && Tasks.Any(task => task.Task == question.Task && (question.Scenario == False || question.Scenario == task.Control))).ToList();
        var answers = Cloze.Ask(guide.Gpt, guide.Tokenizer, [.. questions.Select(question => question.Cloze)], guide.Subject.Begin);
        var right = questions.Zip(answers).Where(pair => pair.Second is not null)
            .Select(pair => (Question: pair.First, Right: pair.Second!.Value.LogOdds > 0)).ToList();
        if (right.Count < questions.Count)
            return Finding.NotAsked(new("tour.any.scale.too-long"));
        foreach (var (task, control, key) in Tasks)
        {
            var (told, known) = (Of(right, task, False), Of(right, task, control));
            // Both of a pair: who always says what is true, or always what is written, passes none.
            finding.Central(new(key), Measure.ShareOf([.. told.Zip(known, (one, other) => one && other)], 0.25), Unit.Share,
                Bar.AtLeast(0.8, 0.25));
            finding.Measure(new Phrase("tour.any.scale.false-alone"), Measure.ShareOf(told, 0.5), Unit.Share);
            finding.Measure(new Phrase("tour.any.scale.control-alone"), Measure.ShareOf(known, 0.5), Unit.Share);
        }
        return finding;
    }

    private static List<bool> Of(List<(BeliefQuestion Question, bool Right)> answers, string task, string scenario) =>
        [.. answers.Where(one => one.Question.Task == task && one.Question.Scenario == scenario).Select(one => one.Right)];
}
