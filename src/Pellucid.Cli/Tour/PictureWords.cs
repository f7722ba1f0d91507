using System.Text.RegularExpressions;
using Pellucid.Pictures;

namespace Pellucid.Cli.Tour;

/// <summary>Titles, axes and legends of the tour's pictures in the reader's language; tokens and numbers stay as they are.</summary>
internal static partial class PictureWords
{
    private static readonly Dictionary<string, string> Chinese = new()
    {
        ["countries and capitals, two directions of 64"] = "国家与首都：64 个方向中的两个",
        ["share of women: as the text was written"] = "女性比例：文本就是这样写的",
        ["distance of the same word in two contexts"] = "同一个词在两种上下文中的距离",
        ["1 − cosine"] = "1 − 余弦",
        ["bank: other sense"] = "bank：异义",
        ["bank: same sense"] = "bank：同义",
        ["magazine: other sense"] = "magazine：异义",
        ["magazine: same sense"] = "magazine：同义",
        ["distance of the centres of two senses in the embedding"] = "嵌入中两个词义的中心相距多远",
        ["What each layer would say, and its probability"] = "每一层会说什么，以及它的概率",
        ["embedding"] = "嵌入",
        ["probability of the capital, by layer"] = "首都的概率，按层",
        [Look.Reports.AfterBlock] = "第几块之后（从 0 数起；−1 为嵌入）",
        ["probability"] = "概率",
        ["mean of all capitals"] = "所有首都的平均",
        ["what probes read after each layer"] = "探针在每层之后读出什么",
        ["accuracy"] = "正确率",
        ["noun-or-verb"] = "名词还是动词",
        ["coreference"] = "指代",
        ["attention to the right name less the other"] = "对正确名字的注意力减去对另一个的",
        ["from the names (left) to the answer (right)"] = "从名字（左）到答案（右）",
        ["gift sentences and heads over training"] = "训练过程中的送礼句与注意力头",
        ["step"] = "步",
        ["share"] = "比例",
        ["gift sentences right"] = "送礼句答对",
        ["end to receiver"] = "句末看接受者",
        ["end to giver"] = "句末看给予者",
        ["giver to giver"] = "给予者看给予者",
        ["what neurons' triggers share, by layer"] = "神经元的触发文字有何共同点，按层",
        ["layer"] = "层",
        ["same last word"] = "相同末词",
        ["same topic"] = "相同话题",
        ["value says what follows"] = "值说出后面的词",
        ["country and capital on the way up"] = "沿途的国名与首都",
        ["mean reciprocal rank"] = "平均倒数名次",
        ["the country"] = "国名",
        ["its capital"] = "它的首都",
        ["capitals said, by feed-forward layers taken away"] = "拿掉若干前馈层后说出的首都",
        ["feed-forward layers taken away from the top"] = "自上而下拿掉的前馈层数",
        ["bare: must be known"] = "直接问：必须记得",
        ["told before: can be copied"] = "先告知：可以复制",
        ["before the first step"] = "第一步之前",
        ["after training in the built-in model"] = "内置模型训练之后",
        ["loss while it learns"] = "学习时的损失",
        ["nats per token"] = "nats/词元",
        ["training loss"] = "训练损失",
        ["ln V: guessing"] = "ln V：瞎猜",
        ["the built-in model's training"] = "内置模型的训练",
        ["share, or nats per token"] = "比例，或 nats/词元",
        ["loss"] = "损失",
        ["capitals"] = "首都",
        ["gift sentences"] = "送礼句",
        ["how strongly one step pulls at each part (norm of the gradient)"] = "一步对每个部分拉得多用力（梯度的范数）",
        ["word vectors"] = "词向量",
        ["positions"] = "位置",
        ["final norm"] = "最后的归一化",
        ["loss by parameters (log10 of both)"] = "损失随参数量（均取 log10）",
        ["log10 parameters"] = "log10 参数量",
        ["log10 loss"] = "log10 损失",
        ["loss by tokens of training text (log10 of both)"] = "损失随训练文本的词元数（均取 log10）",
        ["log10 tokens"] = "log10 词元数",
    };

    /// <summary>The same picture for readers of Chinese.</summary>
    public static Picture InChinese(this Picture picture) => picture with
    {
        Title = Said(picture.Title),
        Marks = [.. picture.Marks.Select(mark => mark switch
        {
            Label label => label with { Text = Said(label.Text) },
            Stroke { Tip: { } tip } stroke => stroke with { Tip = Said(tip) },
            _ => mark,
        })],
    };

    private static string Said(string words)
    {
        if (Chinese.TryGetValue(words, out var said))
            return said;
        if (Numbered().Match(words) is not { Success: true } match)
            return words;
        var number = match.Groups["number"].Value;
        return (match.Groups["before"].Value, match.Groups["after"].Value) switch
        {
            ("layer ", "") => $"第 {number} 层",
            ("layer ", " attention") => $"第 {number} 层注意力",
            ("layer ", " feed-forward") => $"第 {number} 层前馈",
            ("layer ", " norms") => $"第 {number} 层归一化",
            ("head ", "") => $"头 {number}",
            ("head ", ": where each word looks") => $"头 {number}：每个词看向哪里",
            ("distance of the centres of two senses after block ", "") => $"第 {number} 块之后两个词义的中心相距多远",
            _ => words,
        };
    }

    [GeneratedRegex(@"^(?<before>[a-z ]+ )(?<number>[0-9.]+)(?<after>.*)$")]
    private static partial Regex Numbered();
}
