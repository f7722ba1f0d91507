namespace Pellucid.Words;

/// <summary>
/// Draws words by count^¾ (Mikolov et al. 2013b, section 2.2), from the same 10⁸ slots as word2vec.c's table: every word
/// has at least one. Kept are only the words' borders, and where to begin to look.
/// </summary>
internal sealed class UnigramSampler
{
    public const int Slots = 100_000_000;

    private const int BucketBits = 10;

    private readonly int[] _ends, _firstOfBucket;

    public UnigramSampler(ReadOnlySpan<long> counts)
    {
        var total = 0.0;
        foreach (var count in counts)
            total += Power(count);
        _ends = new int[counts.Length];
        var (share, end) = (0.0, 0);
        for (var word = 0; word < counts.Length; word++)
        {
            share += Power(counts[word]) / total;
            // The first slot beyond the share is still this word's, as in the original.
            end = Math.Max(end, (int)Math.Min(Slots - 1, share * Slots));
            while (end < Slots && end / (double)Slots <= share)
                end++;
            _ends[word] = end = Math.Min(Slots, end + 1);
        }
        _ends[^1] = Slots;
        _firstOfBucket = new int[(Slots >> BucketBits) + 2];
        for (int bucket = 0, word = 0; bucket < _firstOfBucket.Length; bucket++)
        {
            while (word < _ends.Length - 1 && _ends[word] <= (long)bucket << BucketBits)
                word++;
            _firstOfBucket[bucket] = word;
        }
    }

    /// <summary>A word for 64 random bits; the sentence end is replaced by any other word.</summary>
    public int Sample(ulong random)
    {
        var word = WordOf((int)((random >> 16) % Slots));
        return word != 0 ? word : (int)(random % (ulong)(_ends.Length - 1)) + 1;
    }

    internal int WordOf(int slot)
    {
        var (low, high) = (_firstOfBucket[slot >> BucketBits], _firstOfBucket[(slot >> BucketBits) + 1]);
        while (low < high)
        {
            var middle = low + high >>> 1;
            if (_ends[middle] <= slot)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }

    // c^¾ by square roots, which have the same bits everywhere.
    private static double Power(long count) => Math.Sqrt(count) * Math.Sqrt(Math.Sqrt(count));
}
