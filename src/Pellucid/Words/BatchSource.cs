namespace Pellucid.Words;

/// <summary>Cuts the sentences of a stream into batches, drawing windows and noise words.</summary>
internal sealed class BatchSource(SentenceStream stream, Word2VecOptions options, UnigramSampler? sampler, ulong streamNumber) : IDisposable
{
    private const uint RandomPurpose = 0x77327600;

    // Without skip-gram a batch is a product of as many rows as registers take at once; with it, one word's neighbours are.
    private const int CentresOfBag = 4, CentresOfSkipGram = 1;

    private CountedRandom _random = new(options.Seed, RandomPurpose, streamNumber);
    private int _position = -1; // in the sentence; −1 when a new one is due

    /// <summary>Words of the vocabulary read so far.</summary>
    public long WordsRead => stream.WordsRead;

    /// <summary>Most words in the middle of a batch.</summary>
    public static int Centres(Word2VecOptions options) => options.SkipGram ? CentresOfSkipGram : CentresOfBag;

    /// <summary>An empty batch of the size that suits.</summary>
    public static WordBatch NewBatch(Word2VecOptions options) => new(Centres(options), options.Window, options.Negative);

    /// <summary>Fills a batch with words of one sentence; false at the end.</summary>
    public bool Fill(WordBatch batch)
    {
        batch.Clear();
        while (batch.Count == 0)
        {
            if (_position < 0)
            {
                if (!stream.Next(ref _random))
                    return false;
                _position = 0;
            }
            var sentence = stream.Sentence;
            for (; _position < sentence.Length && !batch.IsFull; _position++)
            {
                var reach = (int)(_random.Next() % (ulong)options.Window) + 1;
                var (first, last) = (Math.Max(0, _position - reach), Math.Min(sentence.Length - 1, _position + reach));
                if (first < last)
                    batch.Add(sentence, _position, first, last);
            }
            if (_position >= sentence.Length)
                _position = -1;
        }
        for (var i = 0; i < batch.Negatives.Length; i++)
            batch.Negatives[i] = sampler!.Sample(_random.Next());
        return true;
    }

    public void Dispose() => stream.Dispose();
}
