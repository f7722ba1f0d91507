using System.Numerics.Tensors;

namespace Pellucid.Words;

/// <summary>How an analogy is scored.</summary>
public enum AnalogyMethod
{
    /// <summary>cos(x, b − a + c) of unit vectors (Mikolov et al. 2013a).</summary>
    Add,

    /// <summary>cos(x, b) cos(x, c) / (cos(x, a) + 0.001), cosines moved to 0 … 1 (Levy and Goldberg 2014, 3CosMul).</summary>
    Multiply,
}

public sealed partial class WordVectors
{
    private const float MultiplyEpsilon = 0.001f;

    /// <summary>The words nearest to the mean of the unit vectors of some words, those left out.</summary>
    public Neighbour[] Nearest(ReadOnlySpan<int> words, int count) => Nearest(MeanOfUnits(words), count, words);

    /// <summary>The words whose cosine with a vector is largest.</summary>
    /// <param name="vector">Of any length.</param>
    /// <param name="count">Words wanted.</param>
    /// <param name="except">Words left out.</param>
    public Neighbour[] Nearest(ReadOnlySpan<float> vector, int count, ReadOnlySpan<int> except = default)
    {
        var scores = Cosines(vector);
        return Best(scores, count, except);
    }

    /// <summary>a is to b as c is to …: the best words but those three.</summary>
    public Neighbour[] Analogy(int a, int b, int c, int count, AnalogyMethod method = AnalogyMethod.Add)
    {
        if (method == AnalogyMethod.Add)
        {
            var wanted = Unit(b);
            TensorPrimitives.Subtract(wanted, Unit(a), wanted);
            TensorPrimitives.Add(wanted, Unit(c), wanted);
            return Nearest(wanted, count, [a, b, c]);
        }
        var scores = Cosines(this[b]);
        CombineByMultiplying(Cosines(this[a]), scores, Cosines(this[c]), scores);
        return Best(scores, count, [a, b, c]);
    }

    /// <summary>The word that fits least to the others: the smallest cosine with their mean.</summary>
    public int OddOneOut(ReadOnlySpan<int> words)
    {
        if (words.Length < 3)
            throw new ArgumentException("the odd one out needs at least three words");
        var (mean, odd, least) = (MeanOfUnits(words), words[0], float.PositiveInfinity);
        foreach (var word in words)
            if (TensorPrimitives.Dot(mean, this[word]) * _inverseNorms[word] is var score && score < least)
                (odd, least) = (word, score);
        return odd;
    }

    /// <summary>Cosine of two texts, each the mean of the unit vectors of its known words; null when one has none.</summary>
    public float? TextSimilarity(string first, string second)
    {
        var (a, b) = (KnownWords(first), KnownWords(second));
        return a.Length == 0 || b.Length == 0 ? null : TensorPrimitives.CosineSimilarity(MeanOfUnits(a), MeanOfUnits(b));
    }

    internal static void CombineByMultiplying(ReadOnlySpan<float> a, ReadOnlySpan<float> b, ReadOnlySpan<float> c, Span<float> destination)
    {
        for (var i = 0; i < destination.Length; i++)
            destination[i] = (b[i] + 1) * (c[i] + 1) / 2 / (a[i] + 1 + 2 * MultiplyEpsilon);
    }

    private int[] KnownWords(string text) =>
        [.. text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(Find).Where(word => word >= 0)];

    private float[] MeanOfUnits(ReadOnlySpan<int> words)
    {
        var mean = new float[Size];
        foreach (var word in words)
            TensorPrimitives.MultiplyAdd(this[word], _inverseNorms[word], mean, mean);
        TensorPrimitives.Divide(mean, Math.Max(1, words.Length), mean);
        return mean;
    }

    private float[] Cosines(ReadOnlySpan<float> vector)
    {
        var norm = TensorPrimitives.Norm(vector);
        var scores = new float[Count];
        for (var word = 0; word < Count; word++)
            scores[word] = norm == 0 ? 0 : TensorPrimitives.Dot(vector, this[word]) * _inverseNorms[word] / norm;
        return scores;
    }

    private Neighbour[] Best(float[] scores, int count, ReadOnlySpan<int> except)
    {
        foreach (var word in except)
            scores[word] = float.NegativeInfinity;
        // The best so far, the worst of them on top; among equals the first word counts as better.
        var best = new PriorityQueue<int, (float, int)>();
        for (var word = 0; word < scores.Length; word++)
            if (best.Count < count)
                best.Enqueue(word, (scores[word], -word));
            else if (count > 0 && best.TryPeek(out _, out var worst) && scores[word] > worst.Item1)
                best.EnqueueDequeue(word, (scores[word], -word));
        var found = new List<Neighbour>();
        while (best.TryDequeue(out var word, out var priority))
            if (float.IsFinite(priority.Item1))
                found.Add(new Neighbour(Words.Text(word), priority.Item1));
        found.Reverse();
        return [.. found];
    }
}
