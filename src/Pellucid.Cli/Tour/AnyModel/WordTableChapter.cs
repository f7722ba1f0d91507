using System.Numerics.Tensors;
using Pellucid.Cli.Look;
using Pellucid.Looking;
using Pellucid.Models;
using Pellucid.Words;
using Pellucid.Worlds;

namespace Pellucid.Cli.Tour.AnyModel;

/// <summary>01: the table of tokens as word vectors, with what a word's neighbours alone would answer as control.</summary>
internal sealed class WordTableChapter() : Chapter("01",
    new("tour.word-vectors.title"),
    new("tour.word-vectors.claim"),
    new("tour.any.words.experiment"))
{
    private const int FewestPairs = 4;

    private sealed record Kind(Phrase Name, string[] From, string[] To);

    public override Finding Look(Guide guide)
    {
        var vectors = Table(guide);
        bool IsOneToken(string word) => guide.Tokenizer.Encode(" " + word).Length == 1 && vectors.Find(word) >= 0;
        Kind Known(Kind kind)
        {
            var pairs = kind.From.Zip(kind.To).Where(pair => IsOneToken(pair.First) && IsOneToken(pair.Second)).ToArray();
            return kind with { From = [.. pairs.Select(pair => pair.First)], To = [.. pairs.Select(pair => pair.Second)] };
        }
        var kinds = Kinds().Select(Known).Where(kind => kind.From.Length >= FewestPairs).ToList();
        if (kinds.Count < 2)
            return Finding.NotAsked(new("tour.any.words.too-few"));
        var words = kinds.SelectMany(kind => kind.From.Concat(kind.To)).Distinct().ToArray();
        var unit = words.ToDictionary(word => word, word => vectors.Unit(vectors.Find(word)));
        var finding = new Finding();
        MeasureNeighbours(kinds, words, unit, finding);
        MeasureAnalogies(kinds, words, unit, finding);
        return finding;
    }

    // As the model has it, with whatever an adapter changed.
    private static WordVectors Table(Guide guide)
    {
        var table = guide.Gpt[ParameterRole.TokenTable];
        var values = new float[table.Count];
        guide.Gpt.Backend.Read(table, values);
        return TokenEmbedding.ToVectors(guide.Tokenizer, values, guide.Gpt.Config.Width);
    }

    // Countries near countries, capitals near capitals, or a country near its own: is the nearest of all words akin?
    private static void MeasureNeighbours(List<Kind> kinds, string[] words, Dictionary<string, float[]> unit, Finding finding)
    {
        var sorts = kinds.SelectMany(kind => new[] { kind.From, kind.To }).ToList();
        IEnumerable<string> Partners(string word) => kinds.SelectMany(kind => kind.From.Zip(kind.To))
            .Where(pair => pair.First == word || pair.Second == word).SelectMany(pair => new[] { pair.First, pair.Second });
        var akin = words.ToDictionary(word => word,
            word => sorts.Where(sort => sort.Contains(word)).SelectMany(sort => sort).Concat(Partners(word)).ToHashSet());
        var near = words.Select(word => akin[word].Contains(words.Where(other => other != word)
            .MaxBy(other => TensorPrimitives.Dot<float>(unit[word], unit[other]))!)).ToList();
        var chance = words.Average(word => (akin[word].Count - 1.0) / (words.Length - 1));
        finding.Central(new("tour.any.words.nearest", words.Length), Measure.ShareOf(near, chance), Unit.Share, Bar.AtLeast(0.5, chance));
    }

    private static void MeasureAnalogies(List<Kind> kinds, string[] words, Dictionary<string, float[]> unit, Finding finding)
    {
        var (rows, all) = (new List<IReadOnlyList<Phrase>>(), new List<(double By, double Alone)>());
        foreach (var kind in kinds)
        {
            var pairs = Enumerable.Range(0, kind.From.Length).Select(asked => OfPair(kind, asked, words, unit)).ToList();
            all.AddRange(pairs);
            rows.Add([kind.Name, Reports.Percent(pairs.Average(pair => pair.By)), Reports.Percent(pairs.Average(pair => pair.Alone)),
                Terminal.Units.Count(kind.From.Length * (kind.From.Length - 1))]);
        }
        finding.Central(new("tour.any.words.analogies"), Estimate.Of([.. all.Select(pair => pair.By)]), Unit.Share,
            Bar.AtLeast(0.3, 1.0 / words.Length));
        finding.Central(new("tour.any.words.more-than-neighbours"), Estimate.Of([.. all.Select(pair => pair.By - pair.Alone)]), Unit.Share,
            Bar.AtLeast(0.1, 0));
        finding.Show(new Sheet(new("tour.any.words.table", words.Length),
            [new("tour.word-vectors.relation"), new("tour.any.words.by-direction"), new("tour.any.words.by-neighbour"),
                new("tour.table.questions")], rows));
    }

    // a : b = c : ? for one c and every a : b; and who would be found near c without any direction.
    private static (double By, double Alone) OfPair(Kind kind, int asked, string[] words, Dictionary<string, float[]> unit)
    {
        var (c, wanted) = (kind.From[asked], kind.To[asked]);
        var others = Enumerable.Range(0, kind.From.Length).Where(other => other != asked).ToList();
        string Nearest(ReadOnlySpan<float> to, string a, string b)
        {
            var (best, found) = (double.NegativeInfinity, "");
            foreach (var word in words)
                if (word != a && word != b && word != c && TensorPrimitives.Dot(to, unit[word]) is var score && score > best)
                    (best, found) = (score, word);
            return found;
        }
        var sum = new float[unit[c].Length];
        string ByDirection(string a, string b)
        {
            TensorPrimitives.Subtract(unit[b], unit[a], sum);
            TensorPrimitives.Add(sum, unit[c], sum);
            return Nearest(sum, a, b);
        }
        return (others.Average(other => ByDirection(kind.From[other], kind.To[other]) == wanted ? 1.0 : 0),
            others.Average(other => Nearest(unit[c], kind.From[other], kind.To[other]) == wanted ? 1.0 : 0));
    }

    private static IEnumerable<Kind> Kinds()
    {
        var countries = Geography.Countries.All;
        yield return new(new("tour.relation.capitals"), [.. countries.Select(one => one.Name)], [.. countries.Select(one => one.Capital)]);
        yield return new(new("tour.relation.nationalities"), [.. countries.Select(one => one.Name)],
            [.. countries.Select(one => one.Adjective)]);
        yield return Of(new("tour.relation.plurals"), "cat cats dog dogs teacher teachers student students key keys book books "
            + "dollar dollars box boxes mouse mice house houses child children man men woman women tree trees");
        yield return Of(new("tour.relation.superlatives"), "big biggest small smallest long longest short shortest old oldest "
            + "strong strongest high highest low lowest fast fastest large largest great greatest late latest");
        yield return Of(new("tour.relation.gender-roles"), "man woman king queen father mother brother sister boy girl son daughter "
            + "husband wife uncle aunt he she");
        yield return Of(new("tour.relation.past-tense"), "walk walked open opened go went take took give gave see saw make made come came "
            + "say said find found think thought ask asked call called play played");
    }

    private static Kind Of(Phrase name, string pairs)
    {
        var words = pairs.Split(' ');
        return new(name, [.. words.Where((_, i) => i % 2 == 0)], [.. words.Where((_, i) => i % 2 == 1)]);
    }
}
