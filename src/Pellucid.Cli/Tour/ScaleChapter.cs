using Pellucid.Cli.Look;
using Pellucid.Evaluation.Beliefs;
using Pellucid.Pictures;
using Pellucid.Worlds;

namespace Pellucid.Cli.Tour;

/// <summary>10: loss against size and data; beliefs.</summary>
internal sealed class ScaleChapter() : Chapter("10",
    new("tour.scale.title"),
    new("tour.scale.claim"),
    new("tour.scale.experiment"),
    new("tour.scale.aside"))
{
    private const int Context = 32;

    public override Finding Look(Guide guide)
    {
        var finding = new Finding();
        MeasureScaling(guide, finding);
        MeasureBeliefs(guide, finding);
        UnicornDrawing.Measure(guide, finding);
        return finding;
    }

    private static void MeasureScaling(Guide guide, Finding finding)
    {
        var (steps, characters) = guide.Quick ? (120, 1_500_000) : (600, 8_000_000);
        var tokens = guide.Tokenizer.Encode(guide.World.Text(characters));
        var examination = guide.Tokenizer.Encode(new MicroWorld(TrainingText.MicroWorldSeed + 1).Text(60_000));
        int[] widths = [4, 8, 16, 32, 64];
        var bySize = widths.Select(width =>
            (X: (double)Size(guide, width), Y: SmallTraining.Loss(guide, tokens, examination, 2, width, Context, steps))).ToList();
        // The widest of those has read all of the text.
        var byData = new[] { 1024, 256, 64, 16 }.Select(part => (X: (double)(tokens.Length / part),
            Y: SmallTraining.Loss(guide, tokens[..(tokens.Length / part)], examination, 2, widths[^1], Context, steps)))
            .Append((X: tokens.Length, bySize[^1].Y)).ToList();
        finding.Central(new("tour.scale.of-the-steps-to-a"),
            Falling(bySize), Unit.Share, Bar.AtLeast(1));
        finding.Central(new("tour.scale.of-the-steps-to-more"), Falling(byData),
            Unit.Share, Bar.AtLeast(1));
        var (slope, fit) = Line([.. bySize.Select(point => (Math.Log(point.X), Math.Log(point.Y)))]);
        finding.Measure("tour.scale.exponent-of-loss-over-parameters", slope, Unit.Number);
        finding.Central(new("tour.scale.how-well-a-power-law"), fit, Unit.Number, Bar.AtLeast(0.85));
        finding.Show("size", say => Curves.Draw(say["tour.picture.size"], say["tour.picture.log-parameters"], say["tour.picture.log-loss"],
            [new Series(say["tour.picture.loss"], [.. bySize.Select(Logarithms)])]),
            "tour.scale.five-models-the-same-text");
        finding.Show("data", say => Curves.Draw(say["tour.picture.data"], say["tour.picture.log-tokens"], say["tour.picture.log-loss"],
            [new Series(say["tour.picture.loss"], [.. byData.Select(Logarithms)])]),
            "tour.scale.one-model-ever-more-text");
    }

    private static void MeasureBeliefs(Guide guide, Finding finding)
    {
        var questions = BeliefStories.Items(guide.Quick ? 16 : 64);
        var report = BeliefReport.Of(guide.Gpt, guide.Tokenizer, questions);
        double Right(string task, bool isFalse) =>
            report.Scores.Where(score => score.Task == task && !score.AsksReality && score.Scenario == "false belief" == isFalse)
                .Average(score => score.Right);
        finding.Central(new("tour.scale.stories-of-a-moved-thing"),
            Right("transfer", true), Unit.Share, Bar.AtLeast(0.9), Little);
        finding.Measure("tour.scale.their-controls-true-belief-told", Right("transfer", false),
            Unit.Share, Bar.AtLeast(0.9), Little);
        double Told(string scenario) =>
            report.Scores.Single(score => score is { Task: "contents", AsksReality: false } && score.Scenario == scenario).Right;
        finding.Central(new("tour.scale.stories-of-a-label-that"),
            Told("false belief"), Unit.Share, Bar.AtLeast(0.9), Little);
        finding.Measure("tour.scale.the-same-stories-when-somebody", Told("open"),
            Unit.Share, Bar.AtLeast(0.9), Little);
        finding.Measure("tour.scale.whole-items-passed-belief-and",
            report.Passed.Values.Sum(task => task.Passed) / (double)Math.Max(1, report.Passed.Values.Sum(task => task.Items)), Unit.Share);
        double Heuristic(BeliefHeuristic heuristic, bool isFalse) => questions
            .Where(question => question.Task == "transfer" && !question.AsksReality && question.Scenario == "false belief" == isFalse)
            .Select(question => heuristic.IsRight(question))
            .Average(right => right == true ? 1.0 : 0);
        finding.Show(new Sheet(new("tour.scale.stories-of-a-moved-thing-2"),
            [new("tour.scale.reader"), new("tour.scale.false-belief"), new("tour.scale.true-belief")],
            [
                [new("tour.scale.the-model"), Reports.Percent(Right("transfer", true)), Reports.Percent(Right("transfer", false))],
                [new("tour.scale.what-is-true"), Reports.Percent(Heuristic(BeliefHeuristic.Reality, true)),
                    Reports.Percent(Heuristic(BeliefHeuristic.Reality, false))],
                [new("tour.scale.the-one-named-last"), Reports.Percent(Heuristic(BeliefHeuristic.Recency, true)),
                    Reports.Percent(Heuristic(BeliefHeuristic.Recency, false))],
                [new("tour.scale.the-one-named-first"), Reports.Percent(Heuristic(BeliefHeuristic.FirstMention, true)),
                    Reports.Percent(Heuristic(BeliefHeuristic.FirstMention, false))],
            ]));
        finding.Show(new Sheet(new("tour.scale.all-stories-share-in-which"),
            [new("tour.scale.story"), new("tour.table.right"), new("tour.table.questions")],
            [.. report.Scores.Select(score => (IReadOnlyList<Phrase>)[
                new(score.AsksReality ? "tour.scale.story-asked-what-is-true" : "tour.scale.story-asked-what-is-believed", score.Task,
                    score.Scenario), Reports.Percent(score.Right),
                Terminal.Units.Count(score.Count)])]));
    }

    private static Phrase Little { get; } = new(
        "tour.scale.a-model-of-a-million");

    private static long Size(Guide guide, int width)
    {
        using var gpt = SmallTraining.NewModel(guide, 2, width, Context);
        return gpt.Config.Parameters;
    }

    private static (double X, double Y) Logarithms((double X, double Y) point) => (Math.Log10(point.X), Math.Log10(point.Y));

    private static double Falling(List<(double X, double Y)> points) =>
        points.Zip(points.Skip(1)).Average(pair => pair.Second.Y < pair.First.Y ? 1.0 : 0);

    private static (double Slope, double Fit) Line((double X, double Y)[] points)
    {
        var (x, y) = (points.Average(point => point.X), points.Average(point => point.Y));
        var (xx, xy, yy) = (points.Sum(point => (point.X - x) * (point.X - x)), points.Sum(point => (point.X - x) * (point.Y - y)),
            points.Sum(point => (point.Y - y) * (point.Y - y)));
        return (xy / xx, xy * xy / (xx * yy));
    }
}
