using Pellucid.Looking;
using Pellucid.Models;
using Pellucid.Pictures;
using Pellucid.Worlds;

namespace Pellucid.Cli.Tour;

/// <summary>05: the circuit that gives the drink to Mary.</summary>
internal sealed class CircuitChapter() : Chapter("05",
    new("A real-world example", "一个真实的例子"),
    new("A few attention heads, working in sequence, "
        + "make the model say Mary after When Mary and John went to the store, John gave a drink to.",
        "少数几个注意力头接力工作，使模型在 When Mary and John went to the store, John gave a drink to 之后说出 Mary。"),
    new("Names that never meet in training. "
        + "Exact path patching finds the heads in the steps of the paper; then they are taken away, and so are all the others.",
        "使用训练中从不同时出现的名字。用精确的路径修补按论文的步骤找出这些头；然后拿掉它们，再反过来拿掉其余所有头。"),
    new("The article's nine heads are three name movers, four S-inhibition and two duplicate-token heads; "
        + "the paper's whole circuit in GPT-2 small has 26 heads in 7 classes.",
        "文中的九个头是三个名字搬运头、四个 S 抑制头和两个重复词头；论文在 GPT-2 small 中找到的完整回路有 7 类共 26 个头。"))
{
    private const string Example = "When Mary and John went to the store, John gave a drink to";
    private const ulong Seed = 5;

    public override Finding Look(Guide guide)
    {
        var finding = new Finding();
        var gifts = guide.Ask(guide.Questions("gifts", Split.HeldOut, guide.Quick ? 200 : 600));
        finding.Measure("Gift sentences ended rightly, names that never met", "从未同现的名字：答对的赠予句", gifts.Accuracy,
            Unit.Share, Bar.AtLeast(0.99));
        finding.Measure("Mean logit difference of receiver and giver there", "此时接受者与给予者的平均 logit 差", gifts.LogOdds ?? 0,
            Unit.Number, Bar.AtLeast(5));
        finding.Measure("Probability of Mary in the article's sentence", "文中句子里 Mary 的概率",
            guide.Next(Example).Probability(guide.Subject.OneToken(" Mary")), Unit.Share, Bar.AtLeast(0.5));
        var data = GiftPrompts.Of(guide.Tokenizer, Seed, guide.Quick ? 3 : 8);
        var circuit = CircuitDiscovery.Find(guide.Gpt, data);
        using var measure = new CircuitMeasure(guide.Gpt, data);
        var (model, alone, broken) = (measure.Model().Mean, measure.Of(circuit).Mean, measure.Without(circuit.Nodes).Mean);
        finding.Measure("Heads in the circuit", "回路中的头数",
            circuit.Nodes.Select(node => (node.Layer, node.Head)).Distinct().Count(), Unit.Count, Bar.AtLeast(1));
        finding.Measure("Of the logit difference, what is left without the circuit", "去掉回路后剩下的 logit 差比例", broken / model,
            Unit.Share, Bar.AtMost(0.2));
        finding.Measure("Of the logit difference, what the circuit alone gives", "只留回路时的 logit 差比例", alone / model,
            Unit.Share, Bar.AtLeast(0.8));
        finding.Show("circuit", circuit.Draw("from the names (left) to the answer (right)"),
            "The circuit as it was found: boxes are heads at the word where they work, lines are paths that matter, from below to above; "
                + "q, k and v tell whether they change what a head seeks, what it is found by, or what it moves. "
                + "The sentences are the micro-world's own; look circuit asks in fifteen other forms, and so finds another circuit.",
            "找到的回路：方框是在相应词上工作的头，线是起作用的路径，自下而上；q、k、v 表示它改变的是一个头寻找什么、凭什么被找到，还是搬运什么。这里用的是微世界自己的句子；look circuit 用另外十五种句式提问，因此找到的回路不同。");
        ShowMover(guide, data, finding);
        ShowMoment(guide.History, finding);
        return finding;
    }

    private static void ShowMover(Guide guide, IndirectObjectData data, Finding finding)
    {
        using var patterns = ActivationCache.Record(guide.Gpt, new Prompts(data.Pairs.Select(pair => pair.Base.Tokens)),
            (activation, _) => activation == Activation.Pattern);
        var looks = GiftPrompts.Looks(guide.Gpt.Config, patterns, data);
        var (mover, eraser) = (looks.MaxBy(head => head.Preference)!, looks.MaxBy(head => head.ToSecond)!);
        finding.Measure("A name mover as in the paper: a head's attention from the end to the receiver, less to the giver's mentions",
            "论文式的名字搬运头：句末到接受者的注意力减去到给予者两次出现处的注意力", mover.Preference, Unit.Share, Bar.AtLeast(0.3),
            eraser.ToSecond >= 0.5 ? new Both("This model has grown another circuit for the same task: heads gather all the names, "
                + $"and others, such as {eraser.Layer}.{eraser.Head}, look at the giver's second mention and write against it.",
                $"这个模型为同一任务长出了另一种回路：一些头收集所有名字，另一些（如 {eraser.Layer}.{eraser.Head}）看向给予者第二次出现处并写下否定。") : null);
        finding.Measure("Strongest attention of a head from the end to the receiver", "各头从句末到接受者的最强注意力",
            looks.Max(head => head.ToReceiver), Unit.Share, Bar.AtLeast(0.25));
        finding.Measure("Strongest attention of a head from the end to the giver's second mention", "各头从句末到给予者第二次出现处的最强注意力",
            eraser.ToSecond, Unit.Share);
        mover = looks.MaxBy(head => head.ToReceiver)!;
        var tokens = guide.Subject.Encode(Example);
        using var cache = ActivationCache.Record(guide.Gpt, new Prompts([tokens]), (activation, _) => activation == Activation.Pattern);
        finding.Show("name-mover", Arcs.Draw($"head {mover.Layer}.{mover.Head}: where each word looks", guide.Words(tokens),
            AttentionChapter.Doubled(cache.Pattern(Activation.Pattern, mover.Layer, mover.Head, 0))),
            "The head that looks most from the last word to the receiver, in the article's sentence. "
                + "Follow the arcs from to, on the right, to the names.",
            "在文中句子里，从最后一个词看向接受者最多的头。请从右端的 to 顺着弧线看向名字。");
    }

    private static void ShowMoment(History history, Finding finding)
    {
        if (history.Observations.Count < 2)
            return;
        var steepest = history.Observations.Zip(history.Observations.Skip(1))
            .MaxBy(pair => (pair.Second.Gifts - pair.First.Gifts) / (pair.Second.Step - pair.First.Step));
        finding.Measure("Step at which right answers grew fastest", "正确率增长最快的训练步", steepest.Second.Step, Unit.Count);
        var (english, chinese) = history.IsRecorded
            ? ("Recorded when the shipped model was trained; tour --retrain measures it anew.", "随附模型训练时的记录；tour --retrain 会重新测量。")
            : ("Measured just now, while the model was trained anew.", "刚才重新训练模型时测得。");
        finding.Show("moment", Curves.Draw("gift sentences and heads over training", "step", "share",
        [
            history.Series("gift sentences right", one => one.Gifts), history.Series("end to receiver", one => one.ToReceiver),
            history.Series("end to giver", one => one.ToGiver), history.Series("giver to giver", one => one.ToDuplicate),
        ]), "The moment at which the circuit forms: for a long time the model only guesses; then heads begin to look at the names, "
            + $"and with them comes the answer. Other lines: the strongest attention of any head. {english}",
            $"回路形成的时刻：很长时间里模型只是在猜；然后有头开始看向名字，答案随之而来。其余各线为所有头中的最强注意力。{chinese}");
    }
}
