using Pellucid.Looking.Relations;
using Pellucid.Pictures;

namespace Pellucid.Cli.Tour;

/// <summary>08: attention and feed-forward layers have different jobs.</summary>
internal sealed class DivisionChapter() : Chapter("08",
    new("The attention and feed-forward layers have different jobs", "注意力层与前馈层各司其职"),
    new("Feed-forward layers remember what training told; attention copies from the prompt. "
        + "Without feed-forward layers Warsaw is forgotten, but a fact that stands in the prompt is still found.",
        "前馈层记住训练中学到的东西；注意力从提示里复制。拿掉前馈层，Warsaw 就忘了；但写在提示里的事实仍能找到。"),
    new("Capitals are asked for twice, once bare and once with the fact told before. "
        + "Feed-forward layers are taken away from the top, one after another.",
        "同样的首都问两遍：一遍直接问，一遍先把事实告诉它。前馈层从上往下逐层拿掉。"))
{
    public override Finding Look(Guide guide)
    {
        var finding = new Finding();
        var task = new RelationTask(Relation.MicroWorld("capitals"), guide.Tokenizer, guide.Gpt.Config, examples: 0);
        var removal = FeedForwardRemoval.Measure(guide.Gpt, task.Asked, task.Copied);
        // The depth at which both jobs are farthest apart; all others are in the picture.
        var apart = removal.Skip(1).MaxBy(one => one.Extractive.First.Mean - one.Abstractive.First.Mean)!;
        finding.Measure("Capitals said by the whole model, bare", "完整模型直接说出的首都", removal[0].Abstractive.First.Mean,
            Unit.Share, Bar.AtLeast(0.99));
        finding.Measure("Capitals said by the whole model, the fact told before", "完整模型在先被告知后说出的首都",
            removal[0].Extractive.First.Mean, Unit.Share, Bar.AtLeast(0.99));
        finding.Measure("Feed-forward layers taken away where both are farthest apart", "两者差距最大时拿掉的前馈层数", apart.Removed, Unit.Count);
        finding.Measure("Capitals said then, bare", "此时直接说出的首都", apart.Abstractive.First.Mean, Unit.Share, Bar.AtMost(0.2));
        finding.Measure("Capitals said then, the fact told before", "此时在先被告知后说出的首都", apart.Extractive.First.Mean,
            Unit.Share, Bar.AtLeast(0.6),
            new Both("In a model of four layers the lower feed-forward layers are needed for reading words too.", "只有四层的模型里，低层前馈也用于读懂词语。"));
        finding.Show("removal", Curves.Draw("capitals said, by feed-forward layers taken away",
            "feed-forward layers taken away from the top", "share",
            [new Series("bare: must be known", [.. removal.Select(one => ((double)one.Removed, one.Abstractive.First.Mean))]),
                new Series("told before: can be copied", [.. removal.Select(one => ((double)one.Removed, one.Extractive.First.Mean))])]),
            "Blue: what must be remembered. Orange: what can be copied. The gap between them is the division of labour.",
            "蓝：必须记住的。橙：可以复制的。两者的差距就是分工。");
        return finding;
    }
}
