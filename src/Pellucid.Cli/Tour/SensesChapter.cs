using Pellucid.Cli.Look;
using Pellucid.Looking.Senses;
using Pellucid.Pictures;
using Pellucid.Worlds;

namespace Pellucid.Cli.Tour;

/// <summary>02: the senses of bank and magazine; his and her.</summary>
internal sealed class SensesChapter() : Chapter("02",
    new("Word meaning depends on context", "词义取决于语境"),
    new("A language model has different vectors for one word in different senses, farther apart for unrelated senses (bank) "
        + "than for related ones (magazine), and tells from context whose his and her is.",
        "语言模型对同一个词的不同词义使用不同的向量；无关的词义（bank）比相关的词义（magazine）相距更远；它也能从语境判断 his、her 指谁。"),
    new("Words with two senses stand in many contexts. After every layer: how far apart are vectors of the same sense and of different "
        + "senses, and is a word nearest to the centre of its own sense? And: the customer asked the mechanic to fix his car: whose is it?",
        "有两个词义的词出现在许多语境中。每一层之后：同义与异义的向量相距多远？每个词是否离自己词义的中心最近？再问：the customer asked the mechanic to fix his car，车是谁的？"),
    new("Vectors here come from a model that reads from left to right: a word's vector knows what stands before it, not what comes after.",
        "这里的模型从左向右读：一个词的向量只知道它之前的内容，不知道之后的。"))
{
    private static readonly string[] Related = ["magazine", "newspaper", "chicken"];

    public override Finding Look(Guide guide)
    {
        var finding = new Finding();
        var report = SenseReport.Of(guide.Gpt, SenseData.MicroWorld(guide.Tokenizer, guide.Gpt.Config, guide.Quick ? 10 : 16));
        var best = report.Layers.MaxBy(layer => layer.Nearest.Mean)!;
        KindDistances Of(SenseLayer layer, string kind) => layer.Kinds.Single(one => one.Kind == kind);
        finding.Measure("Words nearest to the centre of their own sense, in the embedding", "嵌入层：离自己词义中心最近的词",
            report.Layers[0].Nearest.Mean, Unit.Share, Bar.AtMost(0.75));
        finding.Measure($"The same {After(best)}, the best", $"同上，最好的地方：{AfterInChinese(best)}",
            best.Nearest.Mean, Unit.Share, Bar.AtLeast(0.9));
        finding.Measure("There: distance of unrelated senses, less distance within a sense", "该层：无关词义间的距离减去同一词义内的距离",
            Of(best, "homonym").Different.Mean - Of(best, "homonym").Same.Mean, Unit.Number, Bar.AtLeast(0.05));
        var deep = report.Layers.Skip(1).ToList();
        finding.Measure("Distance of unrelated senses, less that of related senses, mean of all layers", "无关词义间的距离减去相关词义间的距离（各层平均）",
            deep.Average(layer => Of(layer, "homonym").Different.Mean - Of(layer, "polyseme").Different.Mean), Unit.Number, Bar.AtLeast(0));
        var roles = guide.Ask(guide.Questions("pronouns", Split.Training, guide.Quick ? 40 : 120, "antecedent by role"));
        finding.Measure("Whose car, whose homework: right by what people usually do", "车是谁的、作业是谁的：按常理判断正确", roles.Accuracy,
            Unit.Share, Bar.AtLeast(0.9));
        Series Line(string name, Func<SenseLayer, double> value) =>
            new(name, [.. report.Layers.Select(layer => (layer.Place - 1.0, value(layer)))]);
        finding.Show("senses", Curves.Draw("distance of the same word in two contexts", Reports.AfterBlock, "1 − cosine",
            [Line("bank: other sense", layer => Of(layer, "homonym").Different.Mean),
                Line("bank: same sense", layer => Of(layer, "homonym").Same.Mean),
                Line("magazine: other sense", layer => Of(layer, "polyseme").Different.Mean),
                Line("magazine: same sense", layer => Of(layer, "polyseme").Same.Mean)]),
            "Mean distance of words like bank (unrelated senses) and like magazine (related ones). "
                + "Lines of other senses should rise above those of the same sense.",
            "像 bank（无关词义）与像 magazine（相关词义）的词的平均距离。异义的线应高于同义的线。");
        var exceptions = Exceptions([.. best.Centroids]);
        finding.Show("centres", BarChart.Draw($"distance of the centres of two senses {After(best)}", [.. best.Centroids
            .OrderByDescending(one => one.Distance)
            .Select(one => ($"{one.FirstSense} – {one.SecondSense.Split(": ")[^1]}", one.Distance))]),
            "How far apart the two senses of each word are. Homonyms: bank, bat, crane, match. "
                + $"Related senses: magazine, newspaper, chicken. {exceptions.English}",
            $"每个词两个词义的中心相距多远。同形异义：bank、bat、crane、match。相关词义：magazine、newspaper、chicken。{exceptions.Chinese}");
        return finding;
    }

    private static string After(SenseLayer layer) => layer.Place == 0 ? "in the embedding" : $"after block {layer.Place - 1}";

    private static string AfterInChinese(SenseLayer layer) => layer.Place == 0 ? "嵌入层" : $"第 {layer.Place - 1} 块之后（从 0 数起）";

    // Related senses that are farther apart than unrelated ones, which is not what the claim says of them.
    private static Both Exceptions(IReadOnlyList<CentroidDistance> centroids)
    {
        string Word(CentroidDistance one) => one.FirstSense.Split(':')[0];
        var unrelated = centroids.Where(one => !Related.Contains(Word(one))).ToList();
        var far = centroids.Where(one => Related.Contains(Word(one)) && unrelated.Any(other => other.Distance < one.Distance))
            .OrderByDescending(one => one.Distance).ToList();
        if (far.Count == 0)
            return new("Every one of these is nearer than each of those.", "后者每一个都比前者任何一个更近。");
        IEnumerable<string> Nearer(CentroidDistance one) =>
            unrelated.Where(other => other.Distance < one.Distance).OrderBy(other => other.Distance).Select(Word);
        return new("Against the claim, not each of these is nearer than each of those: "
            + string.Join("; ", far.Select(one => $"{Word(one)} is farther apart than {string.Join(", ", Nearer(one))}")) + ".",
            "与论断相反，并非后者都比前者近：" + string.Join("；", far.Select(one => $"{Word(one)} 比 {string.Join("、", Nearer(one))} 更远"))
                + "。");
    }
}
