using Pellucid.Cli.Look;
using Pellucid.Looking;
using Pellucid.Looking.Probes;
using Pellucid.Models;
using Pellucid.Pictures;
using Pellucid.Worlds;

namespace Pellucid.Cli.Tour;

/// <summary>03: meaning grows from layer to layer.</summary>
internal sealed class LayersChapter() : Chapter("03",
    new("Transforming word vectors into word predictions", "从词向量到对下一个词的预测"),
    new("Each layer adds to the vectors what clarifies the words, simple matters first, until the last vector holds the next word.",
        "每一层都往向量里添加信息，先简单后复杂，逐步澄清词义，直到最后的向量里含有下一个词。"),
    new("The logit lens reads what the model would say if it ended after each layer, for capitals that it was taught. "
        + "Probes, small classifiers of the vectors after each layer, find from which layer on parts of speech and references can be read.",
        "用 logit lens 读出：如果模型在每一层之后就结束，它会说什么；题目是它学过的首都。再用探针（在每层向量上训练的小分类器）找出词性与指代从哪一层起可以读出。"),
    new("The article's layers each do one thing, on a made-up model. "
        + "Here, as in real models, a layer does many things at once, and the layer at which something can be read is a matter of degree.",
        "文中虚构的模型每层只做一件事。真实的模型（包括这里的）每层同时做许多事，某种信息在哪一层可以读出，只是程度问题。"))
{
    private const string Example = "The capital of Poland is";

    public override Finding Look(Guide guide)
    {
        var finding = new Finding();
        var questions = Geography.Countries.All
            .Select(country => guide.Question($"The capital of {country.Name} is", " " + country.Capital, " " + country.Name)).ToList();
        var prompts = new Prompts(questions.Select(question => question.Tokens));
        var readings = LogitLens.Read(guide.Gpt, prompts, 1, target: (prompt, _) => questions[prompt].Right,
            wanted: (prompt, position) => position == prompts[prompt].Length - 1);
        var byPrompt = readings.GroupBy(reading => reading.Prompt).Select(group => group.ToList()).ToList();
        var places = byPrompt[0].Count;
        var right = byPrompt.Where(column => column[^1].TargetRank == 0).ToList();
        // The place from which on the answer stays on top.
        var switches = right.Select(column => column.FindLastIndex(reading => reading.TargetRank > 0) + 1).ToList();
        finding.Measure("Capitals right at the end", "最后答对的首都", right.Count / (double)byPrompt.Count, Unit.Share, Bar.AtLeast(1));
        finding.Measure("Capitals on top already in the embedding", "在嵌入层就已居首的首都",
            switches.Count(place => place == 0) / (double)Math.Max(1, right.Count), Unit.Share, Bar.AtMost(0.05));
        finding.Measure("Capitals that come to the top after the embedding and before the last half-layer", "在嵌入之后、最后半层之前升到首位的首都",
            switches.Count(place => place > 0 && place < places - 1) / (double)Math.Max(1, right.Count), Unit.Share, Bar.AtLeast(0.8));
        finding.Measure("Mean block after which the answer is on top, from 0: −1 is the embedding, a half is after attention",
            "答案升到首位的平均位置（块从 0 数起，−1 为嵌入层，半数为注意力之后）", switches.Average(place => place / 2.0 - 1), Unit.Number);
        var example = byPrompt[Geography.Countries.All.ToList().FindIndex(country => country.Name == "Poland")];
        var turn = example[Math.Min(places - 1, example.FindLastIndex(reading => reading.TargetRank > 0) + 1)];
        var afterAttention = turn.Activation == Activation.ResidMid;
        finding.Show("lens", LensPicture.Draw(guide.Subject, guide.Subject.Encode(Example),
            LogitLens.Read(guide.Gpt, new Prompts([guide.Subject.Encode(Example)]))),
            "Read from bottom to top: what each layer would say after each word, and how surely. "
                + $"The last column says Warsaw from {(afterAttention ? "the attention" : "the end")} of layer {turn.Layer} on.",
            "自下而上读：每一层在每个词之后会说什么、有多确定。"
                + $"最右一列从第 {turn.Layer} 层{(afterAttention ? "的注意力之后" : "之后")}起说出 Warsaw。");
        finding.Show("lens-curve", Curves.Draw("probability of the capital, by layer", Reports.AfterBlock, "probability",
            [new Series("mean of all capitals", [.. Enumerable.Range(0, places)
                .Select(place => (place / 2.0 - 1, byPrompt.Average(column => column[place].TargetProbability)))])]),
            "The mean probability of the right capital after each half-layer. "
                + "Halves are after attention, whole numbers after feed-forward.",
            "每半层之后正确首都的平均概率。半数为注意力之后，整数为前馈之后。");
        MeasureProbes(guide, finding);
        return finding;
    }

    private static void MeasureProbes(Guide guide, Finding finding)
    {
        (string Task, Both Name)[] tasks = [("noun-or-verb", new("noun or verb, of words that can be both", "名词还是动词（兼类词）")),
            ("coreference", new("coreference, the first or the second person named", "指代（先提到的人还是后提到的人）"))];
        var probes = tasks.Select(task => CumulativeProbes.Of(guide.Gpt,
            MicroWorldProbes.Task(task.Task, guide.Tokenizer, guide.Gpt.Config, guide.Quick ? 2500 : 4000))).ToList();
        for (var i = 0; i < tasks.Length; i++)
        {
            finding.Measure($"Probe of {tasks[i].Name.English}: right with the embedding alone", $"{tasks[i].Name.Chinese}探针：只用嵌入的正确率",
                probes[i].Scores[0].Mean, Unit.Share);
            finding.Measure($"Probe of {tasks[i].Name.English}: right with all layers", $"{tasks[i].Name.Chinese}探针：使用所有层的正确率",
                probes[i].Scores[^1].Mean, Unit.Share, Bar.AtLeast(i == 0 ? 0.9 : 0.8));
            finding.Measure($"Expected layer of {tasks[i].Task}, 0 for the embedding", $"{tasks[i].Name.Chinese}的期望层（0 为嵌入）",
                probes[i].ExpectedLayer.Mean, Unit.Number);
            finding.Measure($"Its standard error, of {tasks[i].Task}", $"{tasks[i].Name.Chinese}期望层的标准误",
                probes[i].ExpectedLayer.StandardError, Unit.Number);
        }
        var (grammar, reference) = (probes[0].ExpectedLayer, probes[1].ExpectedLayer);
        finding.Measure("Expected layer of coreference, less that of noun or verb", "指代的期望层减去名词或动词的期望层", reference.Mean - grammar.Mean,
            Unit.Number, Bar.AtLeast(0.01));
        finding.Measure("The same in its standard errors", "同上，以标准误为单位", (reference.Mean - grammar.Mean)
            / Math.Sqrt(grammar.StandardError * grammar.StandardError + reference.StandardError * reference.StandardError), Unit.Number);
        int[] jumps = [.. probes.Select(probe => Enumerable.Range(0, probe.Scores.Count - 1)
            .MaxBy(layer => probe.Scores[layer + 1].Mean - probe.Scores[layer].Mean))];
        finding.Show("probes", Curves.Draw("what probes read after each layer", Reports.AfterBlock, "accuracy",
            [.. probes.Select(
            probe => new Series(probe.Task.Name, [.. probe.Scores.Select((score, place) => (place - 1.0, score.Mean))]))]),
            "Share that a probe gets right with all layers so far; without any, words alone, it would be half. "
                + $"Noun or verb gains most at layer {jumps[0]}, who is meant at layer {jumps[1]}"
                + (jumps[0] == jumps[1] ? ": both at the same one." : "."),
            $"探针利用到该层为止的所有层得到的正确率；只看词本身则为一半。名词或动词在第 {jumps[0]} 层增益最大，指谁在第 {jumps[1]} 层"
                + (jumps[0] == jumps[1] ? "：同一层。" : "。"));
    }
}
