using Pellucid.Looking;
using Pellucid.Tensors.Cpu;
using Pellucid.Words;
using Pellucid.Worlds;
using Pellucid.Worlds.Phenomena;

namespace Pellucid.Cli.Tour;

/// <summary>01: word vectors, analogies, bias.</summary>
internal sealed class WordVectorsChapter() : Chapter("01",
    new("tour.word-vectors.title"),
    new("tour.word-vectors.claim"),
    new("tour.word-vectors.experiment"))
{
    private static readonly string[] Known = ["nurse", "doctor", "baker", "farmer", "teacher", "painter", "writer",
        "mechanic", "cook", "singer", .. Trades.Names];

    // Over all words it is less.
    private const double Guessing = 0.01;

    public override Finding Look(Guide guide)
    {
        var finding = new Finding();
        var vectors = Train(guide);
        string[] wanted = ["dog", "kitten", "puppy", "horse", "bird", "mouse", "elephant", "foal", "pet", "vet", "cats", "dogs"];
        var near = vectors.Nearest([vectors.Find("cat")], 5);
        finding.Measure("tour.word-vectors.of-the-five-nearest-words",
            near.Count(one => wanted.Contains(one.Word)) / 5.0, Unit.Share, Bar.AtLeast(0.6));
        finding.Show(new Sheet(new("tour.word-vectors.the-words-nearest-to-cat"),
            [new("tour.word-vectors.word"), new("tour.word-vectors.cosine")],
            [.. near.Select(one => (IReadOnlyList<Phrase>)[one.Word, Terminal.Units.Number(one.Score, 3)])]));
        MeasureAnalogies(guide, vectors, finding);
        MeasureBias(vectors, finding);
        var pairs = Geography.Countries.All.Take(12)
            .Select(country => (country.Name.ToLowerInvariant(), country.Capital.ToLowerInvariant())).ToList();
        finding.Show("vectors", say => WordMap.Draw(say["tour.picture.vectors"], vectors, pairs,
            word => char.ToUpperInvariant(word[0]) + word[1..]),
            "tour.word-vectors.countries-blue-and-their-capitals");
        return finding;
    }

    // The micro-world has ten trades, too few to be sure of a correlation.
    private static string Text(int characters) =>
        new MicroWorld(TrainingText.MicroWorldSeed, [.. MicroWorld.Standard, new Trades()]).Text(characters);

    private static WordVectors Train(Guide guide)
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, Text(guide.Quick ? 5_000_000 : 12_000_000));
            using var corpus = new Corpus([path], TextForm.Letters);
            using var trainer = new Word2VecTrainer(corpus, Vocabulary.Learn(corpus, 20),
                new Word2VecOptions { SkipGram = true, Size = 64, Window = 5, Epochs = 4, LearningRate = 0.05f, Threads = guide.Threads,
                    Seed = guide.Seed });
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
        (string Name, Phrase Said, (string, string)[] Pairs)[] kinds =
        [
            ("capitals", new("tour.relation.capitals"), [.. Geography.Countries.All.Select(country => (country.Name, country.Capital))]),
            ("nationalities", new("tour.relation.nationalities"),
                [.. Geography.Countries.All.Select(country => (country.Name, country.Adjective))]),
            ("plurals", new("tour.relation.plurals"), Pairs(
                "cat cats dog dogs teacher teachers student students key keys coin coins book books dollar dollars box boxes mouse mice")),
            ("superlatives", new("tour.relation.superlatives"), Pairs(
                "big biggest small smallest long longest short shortest old oldest warm warmest cold coldest strong strongest")),
            ("opposites", new("tour.relation.opposites"), Pairs(
                "ethical unethical possible impossible possibly impossibly happy unhappy fair unfair kind unkind")),
            ("gender roles", new("tour.relation.gender-roles"), Pairs("man woman king queen father mother brother sister boy girl")),
        ];
        var categories = kinds.Select(kind => new AnalogyCategory(kind.Name, [.. from one in kind.Pairs from other in kind.Pairs
            where one != other select (one.Item1, one.Item2, other.Item1, other.Item2)])).ToList();
        using var backend = CpuBackend.Create(guide.Threads);
        var scores = AnalogyScore.Evaluate(vectors, categories, 0, backend);
        finding.Show(new Sheet(new("tour.word-vectors.analogies-a-b-c-answered"),
            [new("tour.word-vectors.relation"), new("tour.table.right"), new("tour.table.questions")],
            [.. scores.Select((score, i) => (IReadOnlyList<Phrase>)[kinds[i].Said,
                $"{Terminal.Units.Number(100 * score.Accuracy, 1)} %", Terminal.Units.Count(score.Seen)])]));
        finding.Central(new("tour.word-vectors.analogies-of-capitals-answered-rightly"), OfPairs(scores[0].Accuracy, kinds[0].Pairs.Length),
            Unit.Share, Bar.AtLeast(0.3, Guessing), Small);
        finding.Central(new("tour.word-vectors.all-analogies-answered-rightly"), OfPairs(AnalogyScore.Sum("all", scores).Accuracy,
            kinds.Sum(kind => kind.Pairs.Length)), Unit.Share, Bar.AtLeast(0.3, Guessing), Small);
    }

    // Questions that share a pair are not independent; pairs are.
    private static Estimate OfPairs(double share, int pairs) => new(share,
        Math.Sqrt(Math.Max(share * (1 - share), Guessing * (1 - Guessing)) / pairs), pairs);

    private static Phrase Small { get; } = new("tour.word-vectors.a-few-million-words-about");

    private static void MeasureBias(WordVectors vectors, Finding finding)
    {
        var direction = new BiasDirection(vectors,
            [("she", "he"), ("her", "his"), ("woman", "man"), ("girl", "boy"), ("mother", "father")]);
        var found = Known.Select(trade => (double)direction.Projection(vectors.Find(trade))).ToArray();
        var stated = Known.Select(MicroWorld.ShareOfWomen).ToArray();
        var r = Correlation(found, stated);
        finding.Central(new("tour.word-vectors.correlation-of-the-she-he"), new Estimate(r,
            (1 - r * r) / Math.Sqrt(Known.Length - 3), Known.Length), Unit.Number, Bar.AtLeast(0.6, 0));
        finding.Measure("tour.word-vectors.place-of-nurse-among-the",
            Rank(vectors, "man", "doctor", "woman", "nurse"), Unit.Count);
        finding.Show("bias",
            say => BarChart.Draw(say["tour.picture.bias"], [.. Known.Zip(stated).OrderByDescending(pair => pair.Second)], 1),
            "tour.word-vectors.the-bias-that-was-put");
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
