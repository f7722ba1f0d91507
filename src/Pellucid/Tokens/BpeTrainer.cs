namespace Pellucid.Tokens;

/// <summary>
/// Learns merges (Sennrich et al. 2016, algorithm 1): the most frequent pair of neighbours becomes a token, again and
/// again. Counts are kept up to date by visiting only the pieces that hold the pair. Of pairs equally frequent the one
/// with the greater bytes wins, so that the result depends on the text alone.
/// </summary>
public static class BpeTrainer
{
    /// <summary>Learns a vocabulary of 256 bytes, merges, and the end-of-text token, which comes last.</summary>
    /// <param name="text">UTF-8, or any other bytes.</param>
    /// <param name="vocabularySize">Tokens in all; fewer where the text has no more pairs to merge.</param>
    /// <param name="progress">Told the number of merges done.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size has no room for 256 bytes and the end of text.</exception>
    public static BpeTokenizer Train(ReadOnlySpan<byte> text, int vocabularySize, IProgress<int>? progress = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabularySize, 257);
        var bytes = new List<byte[]>();
        for (var value = 0; value < 256; value++)
            bytes.Add([(byte)value]);
        var pairs = new PairCounts(CountPieces(text), bytes);
        var merges = new List<(int, int)>();
        while (bytes.Count < vocabularySize - 1 && pairs.TakeMostFrequent() is { } pair)
        {
            bytes.Add([.. bytes[pair.Left], .. bytes[pair.Right]]);
            merges.Add((pair.Left, pair.Right));
            pairs.Merge(pair, bytes.Count - 1);
            progress?.Report(merges.Count);
        }
        bytes.Add([]);
        return new BpeTokenizer([.. bytes], merges, bytes.Count - 1);
    }

    // In order of first appearance, so that nothing depends on how a dictionary orders them.
    private static List<(int[] Tokens, long Count)> CountPieces(ReadOnlySpan<byte> text)
    {
        var places = new Dictionary<byte[], int>(BpeTokenizer.ByteComparer.Instance);
        var lookup = places.GetAlternateLookup<ReadOnlySpan<byte>>();
        var pieces = new List<(int[] Tokens, long Count)>();
        while (!text.IsEmpty)
        {
            var piece = text[..GptSplitter.PieceLength(text)];
            text = text[piece.Length..];
            if (lookup.TryGetValue(piece, out var place))
            {
                pieces[place] = (pieces[place].Tokens, pieces[place].Count + 1);
                continue;
            }
            lookup[piece] = pieces.Count;
            var tokens = new int[piece.Length];
            for (var i = 0; i < tokens.Length; i++)
                tokens[i] = piece[i];
            pieces.Add((tokens, 1));
        }
        return pieces;
    }

    /// <summary>How often every pair of neighbours occurs, and in which pieces.</summary>
    private sealed class PairCounts
    {
        private readonly List<(int[] Tokens, long Count)> _pieces;
        private readonly List<byte[]> _bytes;
        private readonly Dictionary<Pair, long> _counts = [];
        private readonly Dictionary<Pair, HashSet<int>> _places = [];
        private readonly PriorityQueue<(Pair Pair, long Count), (long Count, Pair Pair)> _queue;

        public PairCounts(List<(int[] Tokens, long Count)> pieces, List<byte[]> bytes)
        {
            (_pieces, _bytes) = (pieces, bytes);
            _queue = new(Comparer<(long Count, Pair Pair)>.Create(MoreFrequentFirst));
            for (var place = 0; place < pieces.Count; place++)
                for (var i = 0; i + 1 < pieces[place].Tokens.Length; i++)
                    Change(new(pieces[place].Tokens[i], pieces[place].Tokens[i + 1]), pieces[place].Count, place);
            foreach (var (pair, count) in _counts)
                _queue.Enqueue((pair, count), (count, pair));
        }

        /// <summary>The pair to merge next; null when none is left. Entries of the queue whose count is out of date are put back.</summary>
        public Pair? TakeMostFrequent()
        {
            while (_queue.TryDequeue(out var entry, out _))
            {
                var count = _counts.GetValueOrDefault(entry.Pair);
                if (count == entry.Count && count > 0)
                    return entry.Pair;
                if (count > 0 && count < entry.Count)
                    _queue.Enqueue((entry.Pair, count), (count, entry.Pair));
            }
            return null;
        }

        public void Merge(Pair pair, int token)
        {
            var changed = new HashSet<Pair>();
            foreach (var place in _places[pair])
            {
                var (tokens, count) = _pieces[place];
                for (var i = 0; i + 1 < tokens.Length; i++)
                    Change(new(tokens[i], tokens[i + 1]), -count, place);
                tokens = Merged(tokens, pair, token);
                _pieces[place] = (tokens, count);
                for (var i = 0; i + 1 < tokens.Length; i++)
                {
                    Change(new(tokens[i], tokens[i + 1]), count, place);
                    changed.Add(new(tokens[i], tokens[i + 1]));
                }
            }
            _counts.Remove(pair);
            _places.Remove(pair);
            foreach (var grown in changed.Where(other => other.Left == token || other.Right == token))
                _queue.Enqueue((grown, _counts[grown]), (_counts[grown], grown));
        }

        private static int[] Merged(int[] tokens, Pair pair, int token)
        {
            var merged = new List<int>(tokens.Length);
            for (var i = 0; i < tokens.Length; i++)
                if (i + 1 < tokens.Length && tokens[i] == pair.Left && tokens[i + 1] == pair.Right)
                {
                    merged.Add(token);
                    i++;
                }
                else
                {
                    merged.Add(tokens[i]);
                }
            return [.. merged];
        }

        private void Change(Pair pair, long count, int place)
        {
            _counts[pair] = _counts.GetValueOrDefault(pair) + count;
            if (count < 0)
                return; // a place that no longer holds the pair does no harm
            if (!_places.TryGetValue(pair, out var places))
                _places[pair] = places = [];
            places.Add(place);
        }

        private int MoreFrequentFirst((long Count, Pair Pair) a, (long Count, Pair Pair) b)
        {
            var byCount = b.Count.CompareTo(a.Count);
            if (byCount != 0)
                return byCount;
            var byLeft = _bytes[b.Pair.Left].AsSpan().SequenceCompareTo(_bytes[a.Pair.Left]);
            return byLeft != 0 ? byLeft : _bytes[b.Pair.Right].AsSpan().SequenceCompareTo(_bytes[a.Pair.Right]);
        }
    }

    private readonly record struct Pair(int Left, int Right);
}
