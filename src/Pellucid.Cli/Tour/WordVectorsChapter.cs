using Pellucid.Tensors.Cpu;
using Pellucid.Words;
using Pellucid.Worlds;

namespace Pellucid.Cli.Tour;

/// <summary>01: word vectors, analogies, bias.</summary>
internal sealed class WordVectorsChapter() : Chapter("01",
    new("Word vectors", "词向量"),
    new("A word is a list of numbers; "
        + "words of like meaning lie close together, relations are directions, and the text's biases lie there too.",
        "一个词就是一串数字；意思相近的词彼此靠近，关系是方向，文本里的偏见也在其中。"),
    new("word2vec (skip-gram) learns vectors here and now from text of the micro-world. "
        + "Then: the neighbours of cat; analogies such as Paris is to France as Berlin is to …, over all words; "
        + "and the direction from he to she, against the share of women that the text was written with.",
        "word2vec（skip-gram）此刻在微世界的文本上学习词向量。然后看：cat 的近邻；在全部词中求解 Paris 之于 France 如同 Berlin 之于……这类类比；以及从 he 到 she 的方向，与生成文本时设定的女性比例相比较。"))
{
    private static readonly string[] Trades = ["nurse", "doctor", "baker", "farmer", "teacher", "painter", "writer",
        "mechanic", "cook", "singer"];

    public override Finding Look(Guide guide)
    {
        var finding = new Finding();
        var vectors = Train(guide);
        string[] wanted = ["dog", "kitten", "puppy", "horse", "bird", "mouse", "elephant", "foal", "pet", "vet", "cats", "dogs"];
        var near = vectors.Nearest([vectors.Find("cat")], 5);
        finding.Measure("Of the five nearest words of cat, those that are animals or their care", "cat 的五个近邻中，动物或与照料动物有关的词所占比例",
            near.Count(one => wanted.Contains(one.Word)) / 5.0, Unit.Share, Bar.AtLeast(0.6));
        finding.Show(new Sheet(new("The words nearest to cat, and the cosine of the angle between them.", "与 cat 最近的词，以及两者夹角的余弦。"),
            [new("word", "词"), new("cosine", "余弦")],
            [.. near.Select(one => (IReadOnlyList<Both>)[one.Word, Terminal.Units.Number(one.Score, 3)])]));
        MeasureAnalogies(guide, vectors, finding);
        MeasureBias(vectors, finding);
        var pairs = Geography.Countries.All.Take(12)
            .Select(country => (country.Name.ToLowerInvariant(), country.Capital.ToLowerInvariant())).ToList();
        finding.Show("vectors", WordMap.Draw("countries and capitals, two directions of 64", vectors, pairs,
            word => char.ToUpperInvariant(word[0]) + word[1..]),
            "Countries (blue) and their capitals (orange) on the plane of the two strongest directions. "
                + "Lines that run alike are one relation as one vector.",
            "国家（蓝）与首都（橙）在两个最主要方向构成的平面上。走向相近的连线，就是同一种关系对应同一个向量。");
        return finding;
    }

    private static WordVectors Train(Guide guide)
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, guide.World.Text(guide.Quick ? 5_000_000 : 12_000_000));
            using var corpus = new Corpus([path], TextForm.Letters);
            using var trainer = new Word2VecTrainer(corpus, Vocabulary.Learn(corpus, 20),
                new Word2VecOptions { SkipGram = true, Size = 64, Window = 5, Epochs = 4, LearningRate = 0.05f, Threads = guide.Threads });
            trainer.Run();
            return trainer.ToVectors();
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static void MeasureAnalogies(Guide guide, WordVectors vectors, Finding finding)
    {
        (string Name, string Chinese, (string, string)[] Pairs)[] kinds =
        [
            ("capitals", "首都", [.. Geography.Countries.All.Select(country => (country.Name, country.Capital))]),
            ("nationalities", "国籍", [.. Geography.Countries.All.Select(country => (country.Name, country.Adjective))]),
            ("plurals", "复数", Pairs(
                "cat cats dog dogs teacher teachers student students key keys coin coins book books dollar dollars box boxes mouse mice")),
            ("superlatives", "最高级", Pairs(
                "big biggest small smallest long longest short shortest old oldest warm warmest cold coldest strong strongest")),
            ("opposites", "反义", Pairs("ethical unethical possible impossible possibly impossibly happy unhappy fair unfair kind unkind")),
            ("gender roles", "性别角色", Pairs("man woman king queen father mother brother sister boy girl")),
        ];
        var categories = kinds.Select(kind => new AnalogyCategory(kind.Name, [.. from one in kind.Pairs from other in kind.Pairs
            where one != other select (one.Item1, one.Item2, other.Item1, other.Item2)])).ToList();
        using var backend = CpuBackend.Create(guide.Threads);
        var scores = AnalogyScore.Evaluate(vectors, categories, 0, backend);
        finding.Show(new Sheet(new("Analogies a : b = c : …, answered by b − a + c. Chance is below 1 %.",
            "类比 a : b = c : …，以 b − a + c 作答。随机猜中不到 1 %。"), [new("relation", "关系"), new("right", "正确"), new("questions", "题数")],
            [.. scores.Select((score, i) => (IReadOnlyList<Both>)[new(score.Name, kinds[i].Chinese),
                $"{Terminal.Units.Number(100 * score.Accuracy, 1)} %", Terminal.Units.Count(score.Seen)])]));
        finding.Measure("Analogies of capitals answered rightly", "首都类比的正确率", scores[0].Accuracy, Unit.Share, Bar.AtLeast(0.3), Small);
        finding.Measure("All analogies answered rightly", "全部类比的正确率", AnalogyScore.Sum("all", scores).Accuracy,
            Unit.Share, Bar.AtLeast(0.3), Small);
    }

    private static Both Small { get; } = new("A few million words about 40 countries are little: Google's vectors learned from billions.",
        "几百万词、40 个国家的文本太少：谷歌的词向量是从数十亿词中学来的。");

    private static void MeasureBias(WordVectors vectors, Finding finding)
    {
        var direction = new BiasDirection(vectors,
            [("she", "he"), ("her", "his"), ("woman", "man"), ("girl", "boy"), ("mother", "father")]);
        var found = Trades.Select(trade => (double)direction.Projection(vectors.Find(trade))).ToArray();
        var stated = Trades.Select(MicroWorld.ShareOfWomen).ToArray();
        finding.Measure("Correlation of the she–he direction with the share of women in the text, over ten trades",
            "she–he 方向与文本中女性比例的相关系数（十种职业）", Correlation(found, stated), Unit.Number, Bar.AtLeast(0.6));
        finding.Measure("Place of nurse among the answers to doctor − man + woman, from 1", "doctor − man + woman 的答案中 nurse 的名次（从 1 起）",
            Rank(vectors, "man", "doctor", "woman", "nurse"), Unit.Count);
        finding.Show("bias",
            BarChart.Draw("share of women: as the text was written", [.. Trades.Zip(stated).OrderByDescending(pair => pair.Second)], 1),
            "The bias that was put into the text. The vectors were never told it, and have it: see the correlation above.",
            "写进文本里的偏见。没有人把它告诉词向量，它们却学到了：见上面的相关系数。");
    }

    private static int Rank(WordVectors vectors, string a, string b, string c, string wanted)
    {
        var answers = vectors.Analogy(vectors.Find(a), vectors.Find(b), vectors.Find(c), vectors.Count);
        return 1 + Array.FindIndex(answers, answer => answer.Word == wanted);
    }

    private static (string, string)[] Pairs(string words)
    {
        var all = words.Split(' ');
        return [.. Enumerable.Range(0, all.Length / 2).Select(i => (all[2 * i], all[2 * i + 1]))];
    }

    private static double Correlation(double[] x, double[] y)
    {
        var (meanX, meanY) = (x.Average(), y.Average());
        double Sum(Func<int, double> value) => Enumerable.Range(0, x.Length).Sum(value);
        return Sum(i => (x[i] - meanX) * (y[i] - meanY))
            / Math.Sqrt(Sum(i => (x[i] - meanX) * (x[i] - meanX)) * Sum(i => (y[i] - meanY) * (y[i] - meanY)));
    }
}
