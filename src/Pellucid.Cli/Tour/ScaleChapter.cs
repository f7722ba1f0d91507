using Pellucid.Cli.Look;
using Pellucid.Evaluation.Beliefs;
using Pellucid.Pictures;
using Pellucid.Worlds;

namespace Pellucid.Cli.Tour;

/// <summary>10: loss against size and data; beliefs.</summary>
internal sealed class ScaleChapter() : Chapter("10",
    new("The surprising performance of GPT-3", "GPT-3 的惊人表现"),
    new("Larger models, and more data, make better predictions, along smooth curves; and with prediction comes more than words: "
        + "what somebody in a story believes.",
        "模型越大、数据越多，预测越好，且沿平滑曲线变化；而随预测而来的不只是词语：还有故事里某人相信什么。"),
    new("Models of several sizes learn equally long; one size learns from ever more data; all are examined on text that none has seen. "
        + "Then stories in which somebody has not seen what happened are put to the built-in model, "
        + "with controls in which everybody knows the truth.",
        "几种大小的模型训练同样久；同一大小的模型用越来越多的数据；都在谁也没见过的文本上考试。然后给内置模型讲故事：有人没看到发生了什么；并以人人知情的故事作对照。"),
    new("The article's scores of about 40, 90 and 95 % on beliefs are those of a preprint of early 2023. "
        + "With stories of true belief as controls, the published version (PNAS 2024) has 0, 20 and 75 % instead, the last for GPT-4, "
        + "and 0 for GPT-1 and GPT-2 XL. A score without controls does not tell reading a mind from taking the word on the label.",
        "文中约 40 %、90 %、95 % 的成绩来自 2023 年初的预印本。加入真实信念的对照之后，正式发表的版本（PNAS 2024）给出的是 0、20、75 %（最高为 GPT-4），GPT-1 与 GPT-2 XL 为 0。"
            + "没有对照的分数分不清是在读心，还是只照着标签上的词说。"))
{
    private const int Context = 32;

    public override Finding Look(Guide guide)
    {
        var finding = new Finding();
        MeasureScaling(guide, finding);
        MeasureBeliefs(guide, finding);
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
        var byData = new[] { 1024, 256, 64, 16, 1 }.Select(part => (X: (double)(tokens.Length / part),
            Y: SmallTraining.Loss(guide, tokens[..(tokens.Length / part)], examination, 2, 64, Context, steps))).ToList();
        finding.Measure("Of the steps to a larger model, those that lower the loss", "换成更大模型时损失降低的次数比例",
            Falling(bySize), Unit.Share, Bar.AtLeast(1));
        finding.Measure("Of the steps to more data, those that lower the loss", "换成更多数据时损失降低的次数比例", Falling(byData),
            Unit.Share, Bar.AtLeast(1));
        var (slope, fit) = Line([.. bySize.Select(point => (Math.Log(point.X), Math.Log(point.Y)))]);
        finding.Measure("Exponent of loss over parameters", "损失对参数量的指数", slope, Unit.Number);
        finding.Measure("How well a power law fits, R²", "幂律拟合优度 R²", fit, Unit.Number, Bar.AtLeast(0.85));
        finding.Show("size", Curves.Draw("loss by parameters (log10 of both)", "log10 parameters", "log10 loss",
            [new Series("loss", [.. bySize.Select(Logarithms)])]),
            "Five models, the same text, the same number of steps. A straight line here is a power law.", "五个模型，同样的文本，同样的步数。在这里直线就是幂律。");
        finding.Show("data", Curves.Draw("loss by tokens of training text (log10 of both)", "log10 tokens", "log10 loss",
            [new Series("loss", [.. byData.Select(Logarithms)])]),
            "One model, ever more text. With little text it learns that by heart, and knows little else.",
            "同一个模型，越来越多的文本。文本太少时它只会死记硬背，别的知之甚少。");
    }

    private static void MeasureBeliefs(Guide guide, Finding finding)
    {
        var questions = BeliefStories.Items(guide.Quick ? 16 : 64);
        var report = BeliefReport.Of(guide.Gpt, guide.Tokenizer, questions);
        double Right(string task, bool isFalse) =>
            report.Scores.Where(score => score.Task == task && !score.AsksReality && score.Scenario == "false belief" == isFalse)
                .Average(score => score.Right);
        finding.Measure("Stories of a moved thing: false belief told rightly; chance is half", "物品被移动的故事：错误信念答对（随机为一半）",
            Right("transfer", true), Unit.Share, Bar.AtLeast(0.9), Little);
        finding.Measure("Their controls: true belief told rightly", "其对照：真实信念答对", Right("transfer", false),
            Unit.Share, Bar.AtLeast(0.9), Little);
        double Told(string scenario) =>
            report.Scores.Single(score => score is { Task: "contents", AsksReality: false } && score.Scenario == scenario).Right;
        finding.Measure("Stories of a label that lies: who has only read it is told to believe it", "标签骗人的故事：只读过标签的人被说成相信标签",
            Told("false belief"), Unit.Share, Bar.AtLeast(0.9), Little);
        finding.Measure("The same stories, when somebody has looked inside: told to know", "同样的故事，当有人看过里面：被说成知道真相", Told("open"),
            Unit.Share, Bar.AtLeast(0.9), Little);
        finding.Measure("Whole items passed: belief and reality, with all controls", "整组通过：信念与现实，含全部对照",
            report.Passed.Values.Sum(task => task.Passed) / (double)Math.Max(1, report.Passed.Values.Sum(task => task.Items)), Unit.Share);
        double Heuristic(BeliefHeuristic heuristic, bool isFalse) => questions
            .Where(question => question.Task == "transfer" && !question.AsksReality && question.Scenario == "false belief" == isFalse)
            .Select(question => heuristic.IsRight(question))
            .Average(right => right == true ? 1.0 : 0);
        finding.Show(new Sheet(new("Stories of a moved thing: the model beside readers who know nothing of beliefs. "
            + "Who says what is true is always wrong about a false belief; who scores well on one column alone has read no mind.",
            "物品被移动的故事：模型与不懂信念的读者对比。只说真实位置的读者在错误信念上总是错；只在一列上得分高，并不是读懂了心思。"),
            [new("reader", "读者"), new("false belief", "错误信念"), new("true belief", "真实信念")],
            [
                [new("the model", "模型"), Reports.Percent(Right("transfer", true)), Reports.Percent(Right("transfer", false))],
                [new("what is true", "说真实"), Reports.Percent(Heuristic(BeliefHeuristic.Reality, true)),
                    Reports.Percent(Heuristic(BeliefHeuristic.Reality, false))],
                [new("the one named last", "说最后提到的"), Reports.Percent(Heuristic(BeliefHeuristic.Recency, true)),
                    Reports.Percent(Heuristic(BeliefHeuristic.Recency, false))],
                [new("the one named first", "说最先提到的"), Reports.Percent(Heuristic(BeliefHeuristic.FirstMention, true)),
                    Reports.Percent(Heuristic(BeliefHeuristic.FirstMention, false))],
            ]));
        finding.Show(new Sheet(new("All stories: share in which the right answer is likelier than the other.", "全部故事：正确答案比另一个更可能的比例。"),
            [new("story", "故事"), new("right", "正确"), new("questions", "题数")],
            [.. report.Scores.Select(score => (IReadOnlyList<Both>)[
                new($"{score.Task}, {score.Scenario}{(score.AsksReality ? ", what is true" : "")}",
                    $"{score.Task}，{score.Scenario}{(score.AsksReality ? "，问真实" : "")}"), Reports.Percent(score.Right),
                Terminal.Units.Count(score.Count)])]));
    }

    private static Both Little { get; } = new(
        "A model of a million parameters is small for keeping track of minds.", "百万参数的模型对追踪他人心思来说太小。");

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
