using Pellucid.Looking.Memories;
using Pellucid.Pictures;

namespace Pellucid.Cli.Tour;

/// <summary>06: neurons and what sets them off.</summary>
internal sealed class NeuronsChapter() : Chapter("06",
    new("The feed-forward step", "前馈步骤"),
    new("Neurons of feed-forward layers match patterns in the text before, lower ones particular words, higher ones topics, "
        + "and write a guess at the next word.",
        "前馈层的神经元匹配前文中的模式：低层匹配具体的词，高层匹配话题，并写下对下一个词的猜测。"),
    new("Text of the micro-world, whose topics are known, is read once; for every neuron the beginnings that excite it most are kept. "
        + "What do they end with, which topic are they of, and does what the neuron writes say the word that follows?",
        "读一遍话题已知的微世界文本，为每个神经元保留最能激发它的开头。它们以什么结尾、属于哪个话题？神经元写出的内容是否就是接下来的词？"),
    new("The article's \"16-layer version of GPT-2\" is in truth another model: a 16-layer transformer with adaptive inputs trained on "
        + "WikiText-103 (Baevski and Auli). Two thirds of GPT-3's parameters are feed-forward weights: 116 of 175 billion.",
        "文中的“16 层版 GPT-2”其实是另一个模型：在 WikiText-103 上训练的 16 层自适应输入 Transformer（Baevski 与 Auli）。GPT-3 的参数有三分之二是前馈权重：1750 亿中的 1160 亿。"))
{
    private static readonly (string Topic, string Chinese)[] Topics = [("television", "电视"), ("military", "军事"), ("times", "时间段")];

    public override Finding Look(Guide guide)
    {
        var finding = new Finding();
        var lines = CorpusLine.Cut(CorpusLine.MicroWorld(TrainingText.MicroWorldSeed + 1, guide.Quick ? 400_000 : 3_000_000),
            guide.Tokenizer, guide.Gpt.Config.Context);
        var report = new MemoryReport(NeuronMemories.Collect(guide.Gpt, lines, top: 20));
        var (low, high) = (report.Layers[0], report.Layers[^1]);
        var rows = new List<IReadOnlyList<Both>>();
        foreach (var (topic, chinese) in Topics)
        {
            var best = report.All.Where(memory => memory.Pattern?.Topic == topic)
                .OrderByDescending(memory => memory.Pattern!.TopicShare)
                .ThenBy(memory => memory.Pattern!.LastShare).FirstOrDefault();
            finding.Measure($"Best neuron for {topic}: share of its strongest triggers that are of this topic",
                $"最偏爱{chinese}的神经元：最强触发中属于该话题的比例", best?.Pattern!.TopicShare ?? 0, Unit.Share, Bar.AtLeast(0.8));
            if (best is not null)
                rows.Add(Row(guide, report, best, topic));
        }
        var substitutes = guide.Subject.OneToken(" substitutes");
        var word = report.All.Where(memory => memory.Pattern?.Suffix is { Count: > 0 } suffix && suffix[^1] == substitutes)
            .MaxBy(memory => memory.Pattern!.SuffixShare);
        finding.Measure("Best neuron for texts that end with substitutes: share of its strongest triggers",
            "最偏爱以 substitutes 结尾的神经元：最强触发中的比例", word?.Pattern!.SuffixShare ?? 0, Unit.Share, Bar.AtLeast(0.5));
        if (word is not null)
            rows.Add(Row(guide, report, word, "substitutes"));
        finding.Measure("Lowest layer: triggers of a neuron that end with its commonest last word", "最低层：一个神经元的触发以其最常见末词结尾的比例",
            low.LastToken.Mean, Unit.Share);
        finding.Measure("Lowest layer, less the highest: particular words below, broader patterns above", "最低层减最高层：低层是具体的词，高层是更宽的模式",
            low.LastToken.Mean - high.LastToken.Mean, Unit.Share, Bar.AtLeast(0.02),
            new Both("With four layers there is little room for a staircase from words to topics.", "只有四层，从词到话题的阶梯没有多少空间。"));
        finding.Measure("Highest layer: neurons whose value says what follows their strongest trigger, less chance",
            "最高层：写出的词正是最强触发之后的词的神经元比例，减去随机水平", high.Agreement.Mean - high.Chance.Mean, Unit.Share, Bar.AtLeast(0.03));
        finding.Show(new Sheet(new("Neurons like those that the article tells of: layer and number from 0, how many of the triggers fit, "
            + "the strongest trigger, and the words that the neuron makes likelier.", "与文中所述类似的神经元：层号与编号从 0 起，符合的触发比例，最强触发，以及该神经元使之更可能的词。"),
            [new("neuron", "神经元"), new("pattern", "模式"), new("share", "比例"), new("strongest trigger", "最强触发"), new("writes", "写出")], rows));
        finding.Show("layers", Curves.Draw("what neurons' triggers share, by layer", "layer", "share",
        [
            new Series("same last word", [.. report.Layers.Select(layer => ((double)layer.Layer, layer.LastToken.Mean))]),
            new Series("same topic", [.. report.Layers.Select(layer => ((double)layer.Layer, layer.Topic.Mean))]),
            new Series("value says what follows", [.. report.Layers.Select(layer => ((double)layer.Layer, layer.Agreement.Mean))]),
        ]), "Means over all neurons of a layer. If patterns grow more abstract with depth, same last word falls and same topic stays.",
            "某层所有神经元的平均。如果模式随深度变得抽象，“相同末词”会下降，而“相同话题”保持。");
        return finding;
    }

    private static IReadOnlyList<Both> Row(Guide guide, MemoryReport report, Memory memory, string pattern)
    {
        var trigger = report.Memories.Triggers(memory.Layer, memory.Neuron)[0];
        var text = guide.Tokenizer.Decode(trigger.Prefix).Trim();
        var share = Math.Max(memory.Pattern!.TopicShare, pattern == "substitutes" ? memory.Pattern.SuffixShare : 0);
        return [$"{memory.Layer}.{memory.Neuron}", pattern, $"{Terminal.Units.Number(100 * share, 0)} %",
            text.Length > 60 ? "…" + text[^60..] : text,
            string.Join(" ", memory.Value.Top.Take(4).Select(token => guide.Subject.Show(token).TrimStart('␣')))];
    }
}
