namespace Pellucid.Words;

/// <summary>How word vectors are trained.</summary>
public enum Word2VecMode
{
    /// <summary>Small matrix products over several words at a time, in steps whose updates are applied in a fixed order:
    /// one seed gives the same bytes on any number of threads.</summary>
    Deterministic,

    /// <summary>The same products by threads that do not wait for each other: no two runs are the same, and none is faster.</summary>
    Fast,

    /// <summary>Word by word on one thread, with the random numbers, the tables and the order of word2vec.c.</summary>
    Exact,
}

/// <summary>Settings of word2vec (Mikolov et al. 2013a and b). Defaults are those of word2vec.c.</summary>
public sealed record Word2VecOptions
{
    /// <summary>Learns to predict a word's neighbours from it instead of a word from the mean of its neighbours.</summary>
    public bool SkipGram { get; init; }

    /// <summary>Predicts along the paths of a Huffman tree; with <see cref="Negative"/> above 0 as well, both are trained.</summary>
    public bool HierarchicalSoftmax { get; init; }

    /// <summary>Noise words a prediction; 0 for none.</summary>
    public int Negative { get; init; } = 5;

    /// <summary>Numbers a vector.</summary>
    public int Size { get; init; } = 100;

    /// <summary>Most neighbours on either side; how many count is drawn anew for each word, from 1 to this.</summary>
    public int Window { get; init; } = 5;

    /// <summary>Share of the text from which on a word is thinned out; 0 for none.</summary>
    public float Sample { get; init; } = 1e-3f;

    /// <summary>How words are thinned out.</summary>
    public Subsampling Subsampling { get; init; }

    /// <summary>Passes over the corpus.</summary>
    public int Epochs { get; init; } = 5;

    /// <summary>Learning rate at the start, from where it falls linearly; 0 for 0.025 with skip-gram and 0.05 without.</summary>
    public float LearningRate { get; init; }

    /// <summary>How the work is done.</summary>
    public Word2VecMode Mode { get; init; }

    /// <summary>Threads that compute; all cores when 0.</summary>
    public int Threads { get; init; }

    /// <summary>Where all chance comes from.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>The learning rate at the start.</summary>
    internal float FirstLearningRate => LearningRate != 0 ? LearningRate : SkipGram ? 0.025f : 0.05f;

    /// <summary>Refuses numbers that make no sense.</summary>
    /// <exception cref="ArgumentException">One line says which.</exception>
    public void Validate()
    {
        Require(Size is >= 1 and <= 10_000, "the size of vectors must lie between 1 and 10,000");
        Require(Window is >= 1 and <= 1000, "the window must lie between 1 and 1,000");
        Require(Negative is >= 0 and <= 1000, "the number of noise words must lie between 0 and 1,000");
        Require(Negative > 0 || HierarchicalSoftmax, "without noise words there must be hierarchical softmax");
        Require(Sample >= 0 && float.IsFinite(Sample), "the share for thinning out must be 0 or above");
        Require(Epochs >= 1, "there must be at least 1 epoch");
        Require(LearningRate >= 0 && float.IsFinite(LearningRate), "the learning rate must be above 0");
        Require(Threads >= 0, "the number of threads cannot be negative");
    }

    /// <summary>The learning rate once a share of the work is done.</summary>
    internal float LearningRateAt(long wordsDone, long totalWords)
    {
        var start = FirstLearningRate;
        var rate = start * (1 - wordsDone / (float)(totalWords + 1));
        return rate < start * 0.0001 ? (float)(start * 0.0001) : rate;
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
            throw new ArgumentException(otherwise);
    }
}
