using Pellucid.Looking;
using Pellucid.Models;
using Pellucid.Models.Adapters;
using Pellucid.Pictures;
using Pellucid.Tuning.Assistant;

namespace Pellucid.Cli.Tour;

/// <summary>11: how an assistant comes of a model that predicts words, which the article tells of ChatGPT in a footnote.</summary>
internal sealed class AssistantChapter() : Chapter("11",
    new("tour.assistant.title"),
    new("tour.assistant.claim"),
    new("tour.assistant.experiment"),
    new("tour.assistant.aside"))
{
    // Of all answers: so many true ones may be lost, and who is free must lose twice as many.
    private const double Lost = 0.05;

    private static readonly string[] Kinds = ["capital", "speak", "Where", "Who"];

    public override Finding Look(Guide guide)
    {
        var (finding, rows) = (new Finding(), new Dictionary<string, AssistantRow>());
        using var recipe = new AssistantRecipe(guide.Gpt, guide.Tokenizer, guide.Subject.Specials, Options(guide));
        void Done(AssistantRow row) => rows.Add(row.Stage, row);
        recipe.JudgeAlone(Done);
        using var shipped = Shipped(guide);
        if (shipped is not null)
            recipe.Judge("sft", shipped, Done);
        recipe.Improve(shipped ?? recipe.Imitate(Done, guide.Cancellation), Done, guide.Cancellation);
        recipe.Unleash(Done, guide.Cancellation);
        MeasureExamples(rows["base"], rows["sft"], finding);
        MeasureReward(rows["reward"], finding);
        foreach (var stage in (string[])["ppo", "dpo"])
            MeasurePreferences(rows[stage], rows["sft"], finding);
        MeasureHacking(rows["unleashed"], rows["ppo"], finding);
        AssistantRow[] answering = [.. rows.Values.Where(row => row.Stage != "reward")];
        finding.Show("assistant-stages", say => BarChart.Draw(say["tour.assistant.picture-stages"],
            [.. from row in answering
                from share in Shares(row)
                select ($"{NameOf(row.Stage).In(say)}: {share.Name.In(say)}", share.Value)], 1),
            new Phrase("tour.assistant.stages", rows["base"].Answers));
        finding.Show(Answers(answering));
        finding.Show("assistant-score", say => Curves.Draw(say["tour.assistant.picture-score"],
            say["tour.picture.step"], say["tour.assistant.score-or-share"],
            [.. from stage in (string[])["ppo", "unleashed"]
                from number in Followed
                select new Series($"{NameOf(stage).In(say)}: {number.Name.In(say)}",
                    [.. recipe.Steps.Where(step => step.Stage == stage).Select(step => ((double)step.Step, number.Of(step)))])]),
            "tour.assistant.score");
        return finding;
    }

    private static (Phrase Name, Func<PolicyStep, double> Of)[] Followed =>
        [(new("tour.assistant.score-name"), step => step.Score), (new("tour.assistant.true"), step => step.True)];

    // A part of the recipe, in larger steps: with its own small ones a judge is not hacked within minutes.
    private static AssistantOptions Options(Guide guide) => guide.Quick
        ? new AssistantOptions
        {
            Imitations = 200, Rankings = 40, Rollouts = 14, Rate = 1.2e-3f, TextTokens = 16, Preferences = 16, PreferenceRate = 5e-4f,
            Questions = 400, Judged = 200, Seed = guide.Seed,
        }
        : new AssistantOptions
        {
            Rankings = 300, Rollouts = 24, Rate = 1e-3f, Preferences = 40, PreferenceRate = 5e-4f, Questions = 2000,
            Seed = guide.Seed,
        };

    // Examples take longest; what came of them is shipped beside the built-in model, and is of use with its weights alone.
    private static Adapter? Shipped(Guide guide) =>
        guide.Quick && guide.History is { IsRecorded: true, Observations.Count: > 0 }
            ? AdapterFolder.Read(BuiltInModel.AssistantFolder, guide.Gpt) : null;

    private static void MeasureExamples(AssistantRow alone, AssistantRow sft, Finding finding)
    {
        finding.Baseline(new("tour.assistant.alone-ends"), alone.Ended.Value, Unit.Share, Bar.AtMost(0.05));
        finding.Measure("tour.assistant.alone-knows", alone.Judged.Average(answer => BeginsTrue(answer) ? 1.0 : 0), Unit.Share);
        finding.Central(new("tour.assistant.examples"), Change(sft, alone, answer => answer.IsTrue ? 1 : 0), Unit.Share,
            Bar.AtLeast(0.5, 0));
    }

    private static bool BeginsTrue(JudgedAnswer answer)
    {
        var said = answer.Text.Trim();
        return said.StartsWith(answer.Question.Brief.TrimEnd('.'), StringComparison.Ordinal)
            || said.StartsWith(answer.Question.Sentence.TrimEnd('.'), StringComparison.Ordinal);
    }

    private static void MeasureReward(AssistantRow reward, Finding finding)
    {
        Estimate Of(Share share) => Tour.Measure.AtLeastGuessing(new Estimate(share.Value, share.Error, reward.Answers), 0.5);
        finding.Measure(new("tour.assistant.reward-form"), Of(reward.Form), Unit.Share, Bar.AtLeast(0.9, 0.5));
        finding.Central(new("tour.assistant.reward-truth"), Of(reward.Truth), Unit.Share, Bar.AtLeast(0.75, 0.5),
            new("tour.assistant.reward-knows-form"));
    }

    private static void MeasurePreferences(AssistantRow row, AssistantRow sft, Finding finding)
    {
        finding.Central(new("tour.assistant.preferred-more", NameOf(row.Stage)),
            Change(row, sft, answer => answer.IsPreferred ? 1 : 0), Unit.Share, Bar.AtLeast(0.05, 0));
        finding.Measure(new Phrase("tour.assistant.truth-kept", NameOf(row.Stage)), Change(row, sft, answer => answer.IsTrue ? 1 : 0),
            Unit.Share, Bar.AtLeast(-Lost));
    }

    private static void MeasureHacking(AssistantRow free, AssistantRow held, Finding finding)
    {
        finding.Central(new("tour.assistant.free-score"), Change(free, held, answer => answer.Score), Unit.Number, Bar.AtLeast(0.1, 0));
        finding.Central(new("tour.assistant.free-truth"), Change(free, held, answer => answer.IsTrue ? 1 : 0), Unit.Share,
            Bar.AtMost(-2 * Lost, 0));
        finding.Measure("tour.assistant.held-divergence", held.Divergence, Unit.Number);
        finding.Measure("tour.assistant.free-divergence", free.Divergence, Unit.Number);
    }

    // The same questions were asked of both; those that are equal are one group.
    private static Estimate Change(AssistantRow row, AssistantRow before, Func<JudgedAnswer, double> of) =>
        Estimate.OfGroups([.. row.Judged.Zip(before.Judged, (now, then) => (now.Question.Text, Change: of(now) - of(then)))
            .GroupBy(pair => pair.Text).Select(group => (IReadOnlyCollection<double>)[.. group.Select(pair => pair.Change)])]);

    private static (Phrase Name, double Value)[] Shares(AssistantRow row) =>
    [
        (new("tour.assistant.ended"), row.Ended.Value), (new("tour.assistant.true"), row.True.Value),
        (new("tour.assistant.preferred"), row.Preferred.Value),
    ];

    // One question of each kind, stage by stage.
    private static Sheet Answers(AssistantRow[] rows) => new(new("tour.assistant.same-questions"),
        [new("tour.assistant.question"), new("tour.assistant.stage"), new("tour.assistant.answer"), new("tour.assistant.score-name")],
        [.. from kind in Kinds
            let place = rows[0].Judged.Index().First(one => one.Item.Question.Text.Contains(kind, StringComparison.Ordinal)).Index
            from row in rows
            let answer = row.Judged[place]
            select (IReadOnlyList<Phrase>)[row == rows[0] ? answer.Question.Text : "", NameOf(row.Stage),
                answer.Text.Trim().Replace("\n", " ⏎ ", StringComparison.Ordinal) + (answer.HasEnded ? "" : " …"),
                double.IsNaN(answer.Score) ? "–" : Terminal.Units.Number(answer.Score, 2)]]);

    private static Phrase NameOf(string stage) => new(stage switch
    {
        "base" => "tour.assistant.stage-base",
        "sft" => "tour.assistant.stage-sft",
        "ppo" => "tour.assistant.stage-ppo",
        "dpo" => "tour.assistant.stage-dpo",
        _ => "tour.assistant.stage-unleashed",
    });
}
