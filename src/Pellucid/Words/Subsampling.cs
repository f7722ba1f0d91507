namespace Pellucid.Words;

/// <summary>How frequent words are dropped at random while reading.</summary>
public enum Subsampling
{
    /// <summary>Kept with probability (sqrt(f / t) + 1) · t / f: what word2vec.c does.</summary>
    Original,

    /// <summary>Kept with probability sqrt(t / f): what the paper says (Mikolov et al. 2013b, equation 5).</summary>
    Paper,
}

/// <summary>Probabilities of keeping a word.</summary>
internal static class KeepProbability
{
    /// <summary>Of each word, for f = count / total and t = <paramref name="sample"/>; 1 and above keeps all.</summary>
    public static float[] Of(Vocabulary vocabulary, Subsampling formula, float sample)
    {
        var keep = new float[vocabulary.Counts.Length];
        // Rounded step by step as the original does it: t · total in single precision.
        var threshold = sample * vocabulary.TotalCount;
        for (var word = 0; word < keep.Length; word++)
        {
            float count = vocabulary.Counts[word];
            keep[word] = sample == 0 || count == 0 ? 1
                : formula == Subsampling.Original ? (float)((Math.Sqrt(count / threshold) + 1) * threshold / count)
                : (float)Math.Sqrt(threshold / count);
        }
        return keep;
    }
}
