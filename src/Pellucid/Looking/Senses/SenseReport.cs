using System.Numerics.Tensors;
using Pellucid.Looking.Probes;
using Pellucid.Models;
using Pellucid.Words;

namespace Pellucid.Looking.Senses;

/// <summary>Distances of pairs of one kind: means of 1 − cosine.</summary>
/// <param name="Kind">As "homonym" or "polyseme".</param>
/// <param name="Same">Where the word means the same.</param>
/// <param name="Different">Where it does not; of no pairs for words with one sense.</param>
public sealed record KindDistances(string Kind, Estimate Same, Estimate Different);

/// <summary>How far two senses of a word are apart: 1 − cosine of their centroids.</summary>
public sealed record CentroidDistance(string FirstSense, string SecondSense, double Distance);

/// <summary>What one place of a model makes of words in context.</summary>
/// <param name="Place">0 for the embedding, then layers counted from 1.</param>
/// <param name="Kinds">Distances by kind of word.</param>
/// <param name="Spearman">Rank correlation of distance and human relatedness, equal values sharing their mean rank;
/// NaN where nobody was asked.</param>
/// <param name="Nearest">Share of occurrences, of words with several senses, that are nearest to the centroid of their own sense;
/// their own vector is left out of it.</param>
/// <param name="Centroids">Of senses of the same word.</param>
public sealed record SenseLayer(int Place, IReadOnlyList<KindDistances> Kinds, double Spearman, Estimate Nearest,
    IReadOnlyList<CentroidDistance> Centroids);

/// <summary>
/// How a model tells the senses of a word apart, layer by layer: cosine distances of the same word in two contexts, against
/// what people say (Trott and Bergen 2021), and centroids of senses (Nair, Srinivasan and Meylan 2020, arXiv 2010.13057).
/// A word's vector is the mean over its tokens.
/// </summary>
/// <param name="Data">What was compared.</param>
/// <param name="Layers">From the embedding up.</param>
public sealed record SenseReport(SenseData Data, IReadOnlyList<SenseLayer> Layers)
{
    private const int Summed = 4;

    /// <summary>What the sum of the last four layers makes of them, which is what Nair et al. compare; of all layers where there are
    /// fewer. Its place is beyond those of <see cref="Layers"/>.</summary>
    public SenseLayer? Together { get; private init; }

    /// <summary>Runs a model over every sentence and compares.</summary>
    public static SenseReport Of(Gpt gpt, SenseData data)
    {
        ArgumentNullException.ThrowIfNull(gpt);
        ArgumentNullException.ThrowIfNull(data);
        return Of(States(gpt, data.Occurrences), data);
    }

    /// <summary>Compares vectors of the occurrences, wherever they come from.</summary>
    public static SenseReport Of(LayerStates states, SenseData data)
    {
        ArgumentNullException.ThrowIfNull(states);
        ArgumentNullException.ThrowIfNull(data);
        var sum = new float[states.Places[0].Length];
        foreach (var values in states.Places.Skip(1).TakeLast(Summed))
            TensorPrimitives.Add(sum, values, sum);
        return new SenseReport(data, [.. states.Places.Select((values, place) => Layer(place, values, states.Columns, data))])
        {
            Together = Layer(states.Places.Count, sum, states.Columns, data),
        };
    }

    /// <summary>Rank correlation with human relatedness of distances that a file brought along.</summary>
    public double RecordedSpearman(string column) =>
        SimilarityScore.RankCorrelation(Data.Recorded[column], [.. Data.Pairs.Select(pair => pair.Relatedness)]);

    /// <summary>A rank correlation over the pairs with its standard error,
    /// √((1 + ρ²/2) / (n − 3)) on Fisher's scale (Bonett and Wright 2000), times 1 − ρ²; NaN for three pairs or fewer.</summary>
    public Estimate WithError(double correlation)
    {
        var n = Data.Pairs.Count;
        return new Estimate(correlation,
            n > 3 ? (1 - correlation * correlation) * Math.Sqrt((1 + correlation * correlation / 2) / (n - 3)) : double.NaN, n);
    }

    // Means over the tokens of each word.
    private static LayerStates States(Gpt gpt, IReadOnlyList<SenseOccurrence> occurrences)
    {
        var examples = occurrences.SelectMany((one, i) => Enumerable.Range(one.First, one.Last - one.First + 1)
            .Select(position => new ProbeExample(i, position, -1, 0, one.Word))).ToArray();
        var states = LayerStates.Record(gpt, [.. occurrences.Select(one => one.Tokens)], examples);
        return new LayerStates(occurrences.Count, states.Columns, [.. states.Places.Select(values =>
        {
            var means = new float[occurrences.Count * states.Columns];
            for (var i = 0; i < examples.Length; i++)
            {
                var mean = means.AsSpan(examples[i].Sentence * states.Columns, states.Columns);
                var one = occurrences[examples[i].Sentence];
                TensorPrimitives.MultiplyAdd(values.AsSpan(i * states.Columns, states.Columns),
                    1f / (one.Last - one.First + 1), mean, mean);
            }
            return means;
        })]);
    }

    private static SenseLayer Layer(int place, float[] values, int columns, SenseData data)
    {
        var distances = data.Pairs.Select(pair => Distance(Row(values, columns, pair.First), Row(values, columns, pair.Second))).ToArray();
        Estimate Mean(string kind, bool same) =>
            Of([.. data.Pairs.Zip(distances).Where(one => one.First.Kind == kind && one.First.Same == same).Select(one => one.Second)]);
        var kinds = data.Pairs.Select(pair => pair.Kind).Distinct()
            .Order(StringComparer.Ordinal)
            .Select(kind => new KindDistances(kind, Mean(kind, true), Mean(kind, false)));
        var relatedness = data.Pairs.Select(pair => pair.Relatedness).ToArray();
        var (nearest, centroids) = Centroids(values, columns, data.Occurrences);
        return new SenseLayer(place, [.. kinds],
            relatedness.All(double.IsFinite) ? SimilarityScore.RankCorrelation(distances, relatedness) : double.NaN,
            Of(nearest), centroids);
    }

    private static (double[] Nearest, IReadOnlyList<CentroidDistance> Distances) Centroids(float[] values, int columns,
        IReadOnlyList<SenseOccurrence> occurrences)
    {
        var (nearest, distances) = (new List<double>(), new List<CentroidDistance>());
        foreach (var word in Enumerable.Range(0, occurrences.Count).GroupBy(i => occurrences[i].Word))
        {
            var senses = word.GroupBy(i => occurrences[i].Sense).ToArray();
            if (senses.Length < 2)
                continue;
            var sums = senses.ToDictionary(sense => sense.Key, sense => Sum(sense));
            foreach (var (sense, other) in senses.SelectMany((sense, i) => senses.Skip(i + 1).Select(other => (sense.Key, other.Key))))
                distances.Add(new CentroidDistance(sense, other, Distance(sums[sense], sums[other])));
            foreach (var sense in senses.Where(sense => sense.Count() > 1))
                foreach (var i in sense)
                {
                    var own = sums[sense.Key].ToArray();
                    TensorPrimitives.Subtract(own, Row(values, columns, i), own);
                    nearest.Add(senses.Where(other => other.Key != sense.Key)
                        .All(other => Distance(Row(values, columns, i), own) < Distance(Row(values, columns, i), sums[other.Key])) ? 1 : 0);
                }
        }
        return ([.. nearest], distances);

        float[] Sum(IEnumerable<int> rows)
        {
            var sum = new float[columns];
            foreach (var i in rows)
                TensorPrimitives.Add(sum, Row(values, columns, i), sum);
            return sum;
        }
    }

    private static ReadOnlySpan<float> Row(float[] values, int columns, int row) => values.AsSpan(row * columns, columns);

    // 1 − cosine; exactly 0 for equal vectors.
    private static double Distance(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        if (a.SequenceEqual(b))
            return 0;
        var (ab, aa, bb) = (0.0, 0.0, 0.0);
        for (var i = 0; i < a.Length; i++)
        {
            ab += (double)a[i] * b[i];
            aa += (double)a[i] * a[i];
            bb += (double)b[i] * b[i];
        }
        return 1 - ab / Math.Sqrt(aa * bb);
    }

    private static Estimate Of(double[] values) => values.Length > 0 ? Estimate.Of(values) : new Estimate(double.NaN, double.NaN, 0);
}
