using System.Text;
using Pellucid.Files;

namespace Pellucid.Words;

/// <summary>How two words in a row are judged.</summary>
public enum PhraseScore
{
    /// <summary>(count(ab) − least) · N / (count(a) · count(b)), pairs counted across line ends:
    /// word2phrase.c (Mikolov et al. 2013b, equation 6).</summary>
    Original,

    /// <summary>Normalised pointwise mutual information, from −1 to 1 (Bouma 2009), pairs counted within lines.</summary>
    Normalized,

    /// <summary>(count(ab) − least) · V / (count(a) · count(b)), where V is how many different words and pairs there are,
    /// pairs counted within lines: what gensim's <c>Phrases</c> computes.</summary>
    Distinct,
}

/// <summary>Finds words that belong together, such as <c>new york</c>, and writes them as one.</summary>
public sealed class WordPhrases
{
    private const int MostCounted = 100_000_000;

    private readonly WordCounts _counts = new(MostCounted);
    private readonly PhraseScore _formula;
    private readonly int _minCount;
    private readonly double _threshold;

    private WordPhrases(PhraseScore formula, int minCount, double threshold) =>
        (_formula, _minCount, _threshold) = (formula, minCount, threshold);

    /// <summary>Words of the corpus, line ends not counted.</summary>
    public long Words { get; private set; }

    /// <summary>Counts words and pairs.</summary>
    /// <param name="corpus">The text.</param>
    /// <param name="formula">How pairs are judged.</param>
    /// <param name="minCount">What words and pairs must occur to be joined.</param>
    /// <param name="threshold">The score above which they are.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <exception cref="InvalidDataException">The corpus has no words.</exception>
    public static WordPhrases Learn(Corpus corpus, PhraseScore formula, int minCount, double threshold,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(corpus);
        var phrases = new WordPhrases(formula, minCount, threshold);
        var pair = new Pair();
        using var reader = corpus.Read(0, corpus.Length);
        while (reader.Next(out var word))
        {
            if (word.SequenceEqual("</s>"u8))
            {
                if (formula != PhraseScore.Original)
                    pair.Clear();
                continue;
            }
            phrases.Words++;
            phrases._counts.Add(word);
            if (pair.Join(word) is { IsEmpty: false } joined)
                phrases._counts.Add(joined);
            pair.Keep(word);
            if (phrases.Words % 1_000_000 == 0)
                cancellation.ThrowIfCancellationRequested();
        }
        return phrases.Words > 0 ? phrases : throw new InvalidDataException($"{corpus.Name} has no words");
    }

    /// <summary>Score of two words in a row; null where one of them or both together are too rare.</summary>
    public double? Score(string first, string second) =>
        Score(Encoding.UTF8.GetBytes(first), Encoding.UTF8.GetBytes(second), Encoding.UTF8.GetBytes($"{first}_{second}"));

    /// <summary>Pairs that score above the threshold, the best first; of equal scores the one that came first.</summary>
    public IReadOnlyList<(string First, string Second, double Score)> Found()
    {
        var found = new List<(string First, string Second, double Score)>();
        for (var index = 0; index < _counts.Words.Count; index++)
        {
            var both = _counts.Words[index];
            for (var at = 0; both[at..].IndexOf((byte)'_') is >= 0 and var next; at++)
            {
                at += next;
                if (at > 0 && Score(both[..at], both[(at + 1)..], both) is { } score && score > _threshold)
                    found.Add((Encoding.UTF8.GetString(both[..at]), Encoding.UTF8.GetString(both[(at + 1)..]), score));
            }
        }
        return [.. found.OrderByDescending(pair => pair.Score)];
    }

    /// <summary>Writes a corpus with its phrases joined by <c>_</c>; a joined word does not join the next one too.</summary>
    /// <returns>How many pairs were joined.</returns>
    public long Join(Corpus corpus, string path, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(corpus);
        var joined = 0L;
        SafeFile.Write(path, stream =>
        {
            var (pair, lineStarts, words) = (new Pair(), true, 0L);
            using var reader = corpus.Read(0, corpus.Length);
            while (reader.Next(out var word))
            {
                if (word.SequenceEqual("</s>"u8))
                {
                    stream.WriteByte((byte)'\n');
                    pair.Clear();
                    lineStarts = true;
                    continue;
                }
                var isPhrase = pair.Join(word) is { IsEmpty: false } both && Score(pair.Last, word, both) > _threshold;
                if (!lineStarts)
                    stream.WriteByte((byte)(isPhrase ? '_' : ' '));
                stream.Write(word);
                lineStarts = false;
                joined += isPhrase ? 1 : 0;
                pair.Keep(isPhrase ? default : word);
                if (++words % 1_000_000 == 0)
                    cancellation.ThrowIfCancellationRequested();
            }
        });
        return joined;
    }

    private double? Score(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, ReadOnlySpan<byte> both)
    {
        var (a, b, ab) = (_counts.Of(first), _counts.Of(second), _counts.Of(both));
        if (a < _minCount || b < _minCount || ab < _minCount)
            return null;
        if (_formula != PhraseScore.Normalized)
            return (ab - _minCount) / (double)a / b * (_formula == PhraseScore.Original ? Words : _counts.Words.Count);
        var together = (double)ab / Words;
        return together == 1 ? 1 : Math.Log(together * Words / a * Words / b) / -Math.Log(together);
    }

    /// <summary>The last word, and the last two with <c>_</c> between.</summary>
    private sealed class Pair
    {
        private byte[] _last = [], _both = [];
        private int _length;

        public ReadOnlySpan<byte> Last => _last.AsSpan(0, _length);

        public void Clear() => _length = 0;

        public void Keep(ReadOnlySpan<byte> word)
        {
            if (_last.Length < word.Length)
                _last = new byte[2 * word.Length];
            word.CopyTo(_last);
            _length = word.Length;
        }

        /// <summary>Both together; empty when there is no last word.</summary>
        public ReadOnlySpan<byte> Join(ReadOnlySpan<byte> word)
        {
            if (_length == 0)
                return default;
            var length = _length + 1 + word.Length;
            if (_both.Length < length)
                _both = new byte[2 * length];
            Last.CopyTo(_both);
            _both[_length] = (byte)'_';
            word.CopyTo(_both.AsSpan(_length + 1));
            return _both.AsSpan(0, length);
        }
    }
}
