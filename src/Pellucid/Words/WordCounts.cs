namespace Pellucid.Words;

/// <summary>Counts of distinct words; when there are too many, the rarest are forgotten, those seen once first,
/// as word2vec.c does it.</summary>
internal sealed class WordCounts(int mostWords)
{
    private long[] _counts = new long[256];
    private long _rarest = 1;

    public WordList Words { get; private set; } = new();

    public long this[int word] => _counts[word];

    public void Add(ReadOnlySpan<byte> word, long count = 1)
    {
        if (Words.Count >= mostWords)
            Forget();
        var index = Words.FindOrAdd(word);
        if (index == _counts.Length)
            Array.Resize(ref _counts, 2 * _counts.Length);
        _counts[index] += count;
    }

    public long Of(ReadOnlySpan<byte> word) => Words.Find(word) is >= 0 and var index ? _counts[index] : 0;

    // The first word stays: a vocabulary's sentence end.
    private void Forget()
    {
        while (Words.Count >= mostWords)
        {
            var kept = new WordList();
            for (var word = 0; word < Words.Count; word++)
                if (word == 0 || _counts[word] > _rarest)
                    _counts[kept.FindOrAdd(Words[word])] = _counts[word];
            Array.Clear(_counts, kept.Count, _counts.Length - kept.Count);
            Words = kept;
            _rarest++;
        }
    }
}
