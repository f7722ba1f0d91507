using Pellucid.Looking;
using Pellucid.Looking.Relations;
using Pellucid.Pictures;

namespace Pellucid.Cli.Tour;

/// <summary>07: from Poland to Warsaw by adding a vector.</summary>
internal sealed class ArithmeticChapter() : Chapter("07",
    new("Feed-forward networks reason with vector math", "前馈网络用向量运算推理"),
    new("A feed-forward layer turns Poland into Warsaw by adding a vector, and the same vector does the same to other words, "
        + "in prompts that know nothing of capitals.",
        "某个前馈层通过加上一个向量把 Poland 变成 Warsaw；同一个向量对别的词也起同样作用，甚至在与首都无关的提示里。"),
    new("Every place on the way up is read. "
        + "The vector that one feed-forward layer writes for one country is put in the place of feed-forward layers for all others, "
        + "beside controls of the same length: random vectors, and its own numbers shuffled. The same for upper case and past tense.",
        "沿途每一处都读出。把某前馈层为一个国家写出的向量，放到其他国家提示的前馈层位置上，并与同样长度的对照相比：随机向量，以及打乱次序的同一向量。大写与过去时同样处理。"),
    new("The article's 20th layer and layers 16 to 19 count from 1; the paper counts from 0: 19, and 15 to 18. Here layers count from 0.",
        "文中的第 20 层与第 16–19 层从 1 数起；论文从 0 数起：19 与 15–18。这里的层从 0 数起。"))
{
    private static readonly (string Task, string Chinese)[] Tasks = [("capitals", "首都"), ("upper-case", "大写"), ("past-tense", "过去时")];

    public override Finding Look(Guide guide)
    {
        var finding = new Finding();
        var rows = new List<IReadOnlyList<Both>>();
        foreach (var (name, chinese) in Tasks)
        {
            var task = new RelationTask(Relation.MicroWorld(name), guide.Tokenizer, guide.Gpt.Config);
            var decoded = EarlyDecoding.Read(guide.Gpt, task.Asked);
            if (name == "capitals")
                ShowStages(guide, decoded, finding);
            finding.Measure($"{name}: answered with one example before the question", $"{chinese}：先给一个例子再问，答对",
                decoded.Average(prompt => prompt.End.AnswerRank == 0 ? 1.0 : 0), Unit.Share, Bar.AtLeast(0.9));
            var vector = RelationVector.Of(guide.Gpt, decoded.MinBy(prompt => prompt.End.AnswerRank)!.Prompt,
                EarlyDecoding.FunctionLayer(decoded));
            var (own, repeats) = (vector.Measure(guide.Gpt, task.Asked, vector.Layer, vector.Layer),
                vector.Measure(guide.Gpt, task.Repeats(), vector.Layer, guide.Gpt.Config.Layers - 1));
            AddTransfer(finding, rows, name, chinese, $"layer {vector.Layer}, other prompts", "在同关系的其他提示中", own);
            AddTransfer(finding, rows, name, chinese, $"layer {vector.Layer} on, random words that repeat", "在重复随机词的提示中", repeats);
        }
        finding.Show(new Sheet(new("Mean reciprocal rank of the right answer (1: "
            + "always the likeliest word) with feed-forward layers as they are, replaced by the vector, and by the controls.",
            "正确答案的平均倒数名次（1 为总是居首）：前馈层保持原样、换成该向量、换成各对照。"),
            [new("where", "位置"),
                .. Enum.GetValues<StandIn>().Select(standIn => new Both($"{standIn}".ToLowerInvariant(), InChinese(standIn)))], rows));
        return finding;
    }

    private static string InChinese(StandIn standIn) => standIn switch
    {
        StandIn.Vector => "该向量",
        StandIn.Random => "随机向量",
        StandIn.Shuffled => "打乱的向量",
        StandIn.Zero => "零",
        _ => "原样",
    };

    private static void AddTransfer(Finding finding, List<IReadOnlyList<Both>> rows, string name, string chinese, string where,
        string whereChinese, IReadOnlyList<Transfer> transfers)
    {
        double Of(StandIn standIn) => transfers.Single(transfer => transfer.StandIn == standIn).Score.ReciprocalRank.Mean;
        finding.Measure($"{name}, {where}: reciprocal rank by the vector, less the better control",
            $"{chinese}，{whereChinese}：用该向量的倒数名次减去较好的对照", Of(StandIn.Vector) - Math.Max(Of(StandIn.Random), Of(StandIn.Shuffled)),
            Unit.Number, Bar.AtLeast(0.02));
        rows.Add([new($"{name}: {where}", $"{chinese}：{whereChinese}"),
            .. transfers.Select(transfer => (Both)Terminal.Units.Number(transfer.Score.ReciprocalRank.Mean, 3))]);
    }

    private static void ShowStages(Guide guide, IReadOnlyList<DecodedPrompt> decoded, Finding finding)
    {
        var switched = decoded.Where(prompt => prompt.Switch >= 0).ToList();
        finding.Measure("capitals: answers that get ahead of the country at a layer before the last", "首都：答案在最后一层之前就超过国名",
            decoded.Average(prompt => prompt.Switch >= 0 && prompt.Switch < guide.Gpt.Config.Layers - 1 ? 1.0 : 0),
            Unit.Share, Bar.AtLeast(0.5));
        finding.Measure("capitals: of these switches, those that the feed-forward layer makes", "首都：这些转换中由前馈层完成的比例",
            switched.Count == 0 ? 0 : switched.Average(prompt => prompt.SwitchIsFeedForward ? 1.0 : 0), Unit.Share);
        var places = decoded[0].Steps.Select((step, i) => (X: i / 2.0, Index: i)).ToList();
        finding.Show("stages", Curves.Draw("country and capital on the way up", "layer", "mean reciprocal rank",
        [
            new Series("the country",
                [.. places.Select(place => (place.X, decoded.Average(prompt => 1 / (1.0 + prompt.Steps[place.Index].ArgumentRank))))]),
            new Series("its capital",
                [.. places.Select(place => (place.X, decoded.Average(prompt => 1 / (1.0 + prompt.Steps[place.Index].AnswerRank))))]),
        ]), "How near country and capital are to being said, after attention (halves) and feed-forward (whole numbers). "
            + "In the paper's model the country comes first, then its capital.",
            "沿途国名与首都离“被说出”有多近：半数处为注意力之后，整数处为前馈之后。论文的模型里先出现国名，然后是首都。");
    }
}
