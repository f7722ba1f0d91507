namespace Pellucid.Words;

/// <summary>
/// A section of a corpus as sentences of word numbers, epoch after epoch: unknown words left out, frequent ones thinned
/// out at random, sentences cut at 1,000 words.
/// </summary>
internal sealed class SentenceStream(Corpus corpus, Vocabulary vocabulary, float[] keep, bool thinsOut, int epochs, long start, long end)
    : IDisposable
{
    private const int LongestSentence = 1000;

    private readonly int[] _words = new int[LongestSentence];
    private WordReader? _reader;
    private int _length;

    /// <summary>The current sentence; empty when none of its words is left.</summary>
    public ReadOnlySpan<int> Sentence => _words.AsSpan(0, _length);

    /// <summary>Words of the vocabulary read so far, sentence ends included.</summary>
    public long WordsRead { get; private set; }

    /// <summary>Epochs begun.</summary>
    public int Epoch { get; private set; }

    /// <summary>Reads a sentence; false at the end of the last epoch.</summary>
    public bool Next<TRandom>(ref TRandom random) where TRandom : struct, IRandomSequence
    {
        _length = 0;
        while (true)
        {
            if (_reader is null)
            {
                if (Epoch == epochs)
                    return false;
                Epoch++;
                _reader = corpus.Read(start, end);
            }
            while (_reader.Next(out var bytes))
            {
                var word = vocabulary.Words.Find(bytes);
                if (word < 0)
                    continue;
                WordsRead++;
                if (word == 0)
                    return true;
                if (thinsOut && keep[word] < (random.Next() & 0xFFFF) / 65536f)
                    continue;
                _words[_length++] = word;
                if (_length == LongestSentence)
                    return true;
            }
            _reader.Dispose();
            _reader = null;
            if (_length > 0)
                return true;
        }
    }

    public void Dispose() => _reader?.Dispose();
}
