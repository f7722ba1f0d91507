using Pellucid.Looking;
using Pellucid.Models;
using Pellucid.Pictures;
using Pellucid.Tensors;
using Pellucid.Training;

namespace Pellucid.Cli.Tour;

/// <summary>09: the faucets, live.</summary>
internal sealed class TrainingChapter() : Chapter("09",
    new("How language models are trained", "语言模型是如何训练的"),
    new("A model starts with random weights and guesses; "
        + "each step turns every valve a little, in the direction that makes the right next word likelier; no labels are needed.",
        "模型从随机权重开始瞎猜；每一步都把每个阀门朝着让正确的下一个词更可能的方向拧一点；不需要任何标注。"),
    new("A new, small model is trained here and now on plain text of the micro-world, and asked before and after how I like my coffee with "
        + "cream and goes on. One step's gradients are shown, and whether that step lowers the loss of its own examples.",
        "此刻就在微世界的普通文本上训练一个全新的小模型，训练前后都问它 I like my coffee with cream and 后面是什么。展示一步的梯度，并看这一步是否降低了它自己那批例子的损失。"),
    new("The article's hundreds of billions of operations are for one example of GPT-3: 6 × 175 billion parameters ≈ 1.05 trillion "
        + "floating-point operations for each word, forwards and backwards. Its 32,000 tokens a batch were the first; "
        + "the batch grew to 3.2 million. 500 billion words are 499 billion tokens of text, of which it was trained on 300 billion.",
        "文中的数千亿次运算指 GPT-3 的一个例子：每个词前向加反向约 6 × 1750 亿参数 ≈ 1.05 万亿次浮点运算。每批 32,000 个 token 只是开始，后来增至 320 万。"
            + "5000 亿词是 4990 亿 token 的文本，其中训练用了 3000 亿。"))
{
    private const string Example = "I like my coffee with cream and";
    private const int Context = 32, Batch = 16, Layers = 2, Width = 64;

    public override Finding Look(Guide guide)
    {
        var finding = new Finding();
        var tokens = guide.Tokenizer.Encode(guide.World.Text(guide.Quick ? 1_500_000 : 4_000_000));
        using var gpt = SmallTraining.NewModel(guide, Layers, Width, Context);
        var options = SmallTraining.Options(guide.Quick ? 300 : 1500, Batch);
        using var trainer = new Trainer(gpt, new TokenStream(tokens, Context), options);
        var (sugar, prompt) = (guide.Subject.OneToken(" sugar"), guide.Subject.Encode(Example));
        var before = Guide.Next(gpt, prompt);
        var losses = new List<(double X, double Y)>();
        trainer.Run(report => losses.Add((report.Step, report.TrainLoss ?? report.ValidationLoss!.Value)));
        var after = Guide.Next(gpt, prompt);
        var guess = Math.Log(guide.Tokenizer.VocabularySize);
        finding.Measure("Loss at the start, over ln V of pure guessing", "起始损失与纯猜测的 ln V 之比", losses[0].Y / guess,
            Unit.Number, Bar.AtMost(1.05));
        finding.Measure("Loss at the end, over ln V", "结束时的损失与 ln V 之比", losses.TakeLast(20).Average(point => point.Y) / guess,
            Unit.Number, Bar.AtMost(0.5));
        finding.Measure("Probability of sugar before training", "训练前 sugar 的概率", before.Probability(sugar), Unit.Share, Bar.AtMost(0.01));
        finding.Measure("Probability of sugar after this minute's training", "这次短训练之后 sugar 的概率", after.Probability(sugar), Unit.Share);
        var told = guide.Next(Example);
        finding.Measure("Probability of sugar in the built-in model, after its whole training", "内置模型（完整训练后）里 sugar 的概率",
            told.Probability(sugar), Unit.Share, Bar.AtLeast(0.5));
        finding.Show("faucets-before", Bars(guide, "before the first step", before),
            $"The likeliest next words after {Example} … before training: every faucet drips alike.",
            $"训练前，{Example} … 之后最可能的词：每个水龙头都一样滴水。");
        finding.Show("faucets-after", Bars(guide, "after training in the built-in model", told),
            "The same question to the built-in model: the water comes out of one faucet.", "同一个问题问内置模型：水只从一个龙头流出。");
        finding.Show("loss", Curves.Draw("loss while it learns", "step", "nats per token",
            [new Series("training loss", losses), new Series("ln V: guessing", [(0, guess), (options.Steps, guess)])]),
            "From guessing among all tokens downwards: much is learned at once, the rest ever more slowly.",
            "从在全部 token 中瞎猜开始下降：起初学得飞快，之后越来越慢。");
        ShowStep(guide, tokens, finding);
        if (guide.History.Observations.Count > 1)
            finding.Show("history", Curves.Draw("the built-in model's training", "step", "share, or nats per token",
                [guide.History.Series("loss", one => one.Loss), guide.History.Series("capitals", one => one.Capitals),
                    guide.History.Series("gift sentences", one => one.Gifts)]),
                guide.History.IsRecorded ? "How the built-in model learned, as recorded then: facts first, copying later and suddenly."
                    : "How the model learned just now: facts first, copying later and suddenly.",
                guide.History.IsRecorded ? "内置模型当时的学习过程（记录）：先记住事实，之后突然学会复制。" : "刚才模型的学习过程：先记住事实，之后突然学会复制。");
        return finding;
    }

    private static double Square(Backend backend, Tensor gradient)
    {
        var values = new float[gradient.Count];
        backend.Read(gradient, values);
        return values.Sum(value => (double)value * value);
    }

    private static Picture Bars(Guide guide, string title, Distribution said) =>
        BarChart.Draw(title, [.. said.Top(8).Select(token => (guide.Subject.Show(token), said.Probability(token)))], 1);

    // One batch, one step down its gradient, the same batch again.
    private static void ShowStep(Guide guide, int[] tokens, Finding finding)
    {
        using var gpt = SmallTraining.NewModel(guide, Layers, Width, Context, seed: 2);
        var stream = new TokenStream(tokens[..(2 * (Context + 1) * 20)], Context);
        using var trainer = new Trainer(gpt, stream, SmallTraining.Options(1, Batch) with { Warmup = 0, LearningRate = 1e-3f });
        var (before, norm, _) = trainer.TrainStep();
        var squares = gpt.Layout.Select((parameter, index) => (Place: PlaceOf(parameter),
            Square: Square(gpt.Backend, gpt.Parameters.Gradient(gpt.Parameters[index])))).ToList();
        using var again = new Trainer(gpt, stream, SmallTraining.Options(1, Batch) with { LearningRate = 1e-12f, MinLearningRate = 0 });
        var (after, _, _) = again.TrainStep();
        finding.Measure("Loss of one batch before a step", "一步之前该批的损失", before, Unit.Number);
        finding.Measure("After it, less before: the same batch", "同一批：一步之后减一步之前", after - before, Unit.Number, Bar.AtMost(-0.01));
        finding.Show("gradients", BarChart.Draw("how strongly one step pulls at each part (norm of the gradient)",
            [.. squares.GroupBy(pair => pair.Place).Select(group => (group.Key, Math.Sqrt(group.Sum(pair => pair.Square))))]),
            "Backpropagation's answer to one wrong guess: how strongly every part of the network is to be turned. "
                + "The squirrels run everywhere at once.",
            "反向传播对一次错误猜测的回答：网络的每个部分应被拧动多少。松鼠们同时跑向各处。");
    }

    private static string PlaceOf(Parameter parameter) => parameter.Role switch
    {
        ParameterRole.TokenTable => "word vectors",
        ParameterRole.PositionTable => "positions",
        ParameterRole.FinalNormGain or ParameterRole.FinalNormBias => "final norm",
        ParameterRole.AttentionInput or ParameterRole.AttentionInputBias or ParameterRole.AttentionOutput
            or ParameterRole.AttentionOutputBias =>
            $"layer {parameter.Layer} attention",
        >= ParameterRole.Router and <= ParameterRole.FeedForwardOutputBias =>
            $"layer {parameter.Layer} feed-forward",
        _ => $"layer {parameter.Layer} norms",
    };
}
