using System.Numerics.Tensors;
using Pellucid.Tensors;

namespace Pellucid.Words;

/// <summary>A direction between two poles, such as gender, and where words lie on it.</summary>
public sealed class BiasDirection
{
    private readonly WordVectors _vectors;
    private readonly float[] _direction;

    /// <summary>
    /// The first principal component of what the two words of each pair are apart from their middle (Bolukbasi et al.
    /// 2016, section 5.1), turned so that the first words of the pairs lie on the positive side.
    /// </summary>
    /// <exception cref="ArgumentException">No pair has two known words.</exception>
    public BiasDirection(WordVectors vectors, IEnumerable<(string Positive, string Negative)> pairs)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        _vectors = vectors;
        var known = pairs.Select(pair => (First: vectors.Find(pair.Positive), Second: vectors.Find(pair.Negative)))
            .Where(pair => pair.First >= 0 && pair.Second >= 0).ToArray();
        if (known.Length == 0)
            throw new ArgumentException("none of the pairs that define the direction has two known words");
        Pairs = known.Length;
        var differences = known.Select(pair =>
            vectors.Unit(pair.First).Zip(vectors.Unit(pair.Second), (a, b) => (a - b) / 2.0).ToArray()).ToArray();
        var component = PrincipalComponents.Of(differences, 1, centred: false);
        Share = component.Share[0];
        var sign = differences.Sum(difference => TensorPrimitives.Dot<double>(difference, component.Directions[0])) < 0 ? -1 : 1;
        _direction = [.. component.Directions[0].Select(value => (float)(sign * value))];
    }

    /// <summary>Pairs of known words that it was made from.</summary>
    public int Pairs { get; }

    /// <summary>Share of what the pairs differ in that lies along the direction.</summary>
    public double Share { get; }

    /// <summary>Cosine of a word with the direction: above 0 towards the first words of the pairs.</summary>
    public float Projection(int word) => TensorPrimitives.Dot<float>(_vectors.Unit(word), _direction);
}

/// <summary>
/// Word embedding association test (Caliskan, Bryson and Narayanan 2017): are targets X nearer to attributes A than to B,
/// more so than targets Y are?
/// </summary>
/// <param name="EffectSize">Difference of mean associations in standard deviations, from −2 to 2.</param>
/// <param name="PValue">Share of the equal-sized partitions of X ∪ Y whose difference is at least as large.</param>
/// <param name="Partitions">How many of them were looked at.</param>
/// <param name="IsExact">Whether those were all there are.</param>
/// <param name="Known">Words of the four sets that have vectors.</param>
/// <param name="Total">Words of the four sets.</param>
public sealed record WordAssociation(double EffectSize, double PValue, long Partitions, bool IsExact, int Known, int Total)
{
    private const uint PartitionPurpose = 0x77656174;
    private const long MostExactPartitions = 200_000;
    private const int SampledPartitions = 100_000;

    /// <summary>Runs the test on the known words of the sets.</summary>
    /// <exception cref="ArgumentException">A set has too few known words: targets two each, attributes one.</exception>
    public static WordAssociation Test(WordVectors vectors, IReadOnlyList<string> x, IReadOnlyList<string> y, IReadOnlyList<string> a,
        IReadOnlyList<string> b, ulong seed = 1)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        int[] Known(IReadOnlyList<string> words) => [.. words.Select(vectors.Find).Where(word => word >= 0)];
        var (X, Y, A, B) = (Known(x), Known(y), Known(a), Known(b));
        if (X.Length < 2 || Y.Length < 2 || A.Length < 1 || B.Length < 1)
            throw new ArgumentException("the test needs two known words in each target set and one in each attribute set; "
                + $"known are {X.Length}, {Y.Length}, {A.Length} and {B.Length}");
        double Association(int word) =>
            A.Average(other => (double)vectors.Similarity(word, other)) - B.Average(other => (double)vectors.Similarity(word, other));
        double[] all = [.. X.Concat(Y).Select(Association)];
        var (mean, observed) = (all.Average(), Difference(all, X.Length));
        var deviation = Math.Sqrt(all.Sum(value => (value - mean) * (value - mean)) / (all.Length - 1));
        var (pValue, partitions, exact) = Permute(all, X.Length, observed, seed);
        return new WordAssociation(observed / deviation, pValue, partitions, exact, X.Length + Y.Length + A.Length + B.Length,
            x.Count + y.Count + a.Count + b.Count);
    }

    private static double Difference(ReadOnlySpan<double> all, int first) =>
        TensorPrimitives.Sum(all[..first]) / first - TensorPrimitives.Sum(all[first..]) / (all.Length - first);

    private static (double PValue, long Partitions, bool Exact) Permute(double[] all, int first, double observed, ulong seed)
    {
        // Sums in another order differ in the last bits; the observed partition itself counts as at least as large.
        var bar = observed - 1e-12;
        if (Binomial(all.Length, first) <= MostExactPartitions)
        {
            var (larger, count, total) = (0L, 0L, all.Sum());

            void Choose(int from, int left, double sum)
            {
                if (left == 0)
                {
                    count++;
                    if (sum / first - (total - sum) / (all.Length - first) >= bar)
                        larger++;
                    return;
                }
                for (var i = from; i <= all.Length - left; i++)
                    Choose(i + 1, left - 1, sum + all[i]);
            }

            Choose(0, first, 0);
            return ((double)larger / count, count, true);
        }
        var (shuffled, hits) = (all.ToArray(), 0);
        for (var sample = 0; sample < SampledPartitions; sample++)
        {
            for (var i = 0; i < first; i++)
            {
                var other = i + (int)(CounterRandom.Bits(seed, PartitionPurpose, (ulong)sample, (ulong)i) % (uint)(all.Length - i));
                (shuffled[i], shuffled[other]) = (shuffled[other], shuffled[i]);
            }
            if (Difference(shuffled, first) >= bar)
                hits++;
        }
        return ((hits + 1.0) / (SampledPartitions + 1), SampledPartitions, false);
    }

    private static double Binomial(int n, int k) => Enumerable.Range(1, k).Aggregate(1.0, (product, i) => product * (n - k + i) / i);
}
