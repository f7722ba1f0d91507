using System.Runtime.InteropServices;

namespace Pellucid.Tokens;

/// <summary>How often every pair of neighbouring tokens occurs, and in which pieces.</summary>
internal sealed class PairCounts
{
    private readonly Comparison<(int Left, int Right)> _ties;
    private readonly int[] _tokens; // of all pieces, one after another
    private readonly (int Start, int Length, long Count)[] _pieces;
    private readonly Dictionary<ulong, int> _numbers = [];
    private readonly List<Pair> _pairs = [];
    private readonly PriorityQueue<int, (long Count, int Pair)> _queue;
    private int _taken;

    /// <summary>Counts all pairs.</summary>
    /// <param name="pieces">Pieces of text.</param>
    /// <param name="ties">Which of two pairs that are equally frequent comes first.</param>
    public PairCounts(PieceCounts pieces, Comparison<(int Left, int Right)> ties)
    {
        _ties = ties;
        _queue = new(Comparer<(long Count, int Pair)>.Create(MoreFrequentFirst));
        _pieces = new (int, int, long)[pieces.All.Count];
        _tokens = new int[checked((int)pieces.All.Sum(piece => (long)piece.Key.Length))];
        var (next, index) = (0, 0);
        foreach (var (piece, count) in pieces.All)
        {
            _pieces[index] = (next, piece.Length, count);
            for (var i = 0; i < piece.Length; i++)
            {
                _tokens[next + i] = piece[i];
                if (i > 0)
                    Grow(piece[i - 1], piece[i], count, index);
            }
            next += piece.Length;
            index++;
        }
        for (var pair = 0; pair < _pairs.Count; pair++)
            _queue.Enqueue(pair, (_pairs[pair].Count, pair));
    }

    /// <summary>The pair to merge next; null when none is left.
    /// A count only ever falls, so an entry of the queue that is out of date is put back.</summary>
    public (int Left, int Right)? TakeMostFrequent()
    {
        while (_queue.TryDequeue(out _taken, out var entry))
        {
            var pair = _pairs[_taken];
            if (pair.Count == entry.Count)
                return (pair.Left, pair.Right);
            if (pair.Count > 0)
                _queue.Enqueue(_taken, (pair.Count, _taken));
        }
        return null;
    }

    /// <summary>Replaces the pair taken last by a token, in every piece that holds it.</summary>
    public void Merge(int token)
    {
        var (taken, firstNew) = (_pairs[_taken], _pairs.Count);
        foreach (var piece in CollectionsMarshal.AsSpan(taken.Places))
            Merge(piece, taken.Left, taken.Right, token);
        taken.Count = 0;
        taken.Places = [];
        for (var pair = firstNew; pair < _pairs.Count; pair++)
            if (_pairs[pair].Count > 0) // it may have come and gone within a piece
                _queue.Enqueue(pair, (_pairs[pair].Count, pair));
    }

    private void Merge(int index, int left, int right, int token)
    {
        ref var piece = ref _pieces[index];
        var tokens = _tokens.AsSpan(piece.Start, piece.Length);
        var written = 0;
        for (var read = 0; read < tokens.Length; read++)
        {
            if (tokens[read] != left || read + 1 == tokens.Length || tokens[read + 1] != right)
            {
                tokens[written++] = tokens[read];
                continue;
            }
            read++;
            if (written > 0)
            {
                Shrink(tokens[written - 1], left, piece.Count);
                Grow(tokens[written - 1], token, piece.Count, index);
            }
            if (read + 1 < tokens.Length)
            {
                Shrink(right, tokens[read + 1], piece.Count);
                Grow(token, tokens[read + 1], piece.Count, index);
            }
            tokens[written++] = token;
        }
        piece.Length = written;
    }

    private void Grow(int left, int right, long count, int piece)
    {
        ref var number = ref CollectionsMarshal.GetValueRefOrAddDefault(_numbers, Key(left, right), out var exists);
        if (!exists)
        {
            number = _pairs.Count;
            _pairs.Add(new Pair(left, right));
        }
        var pair = _pairs[number];
        pair.Count += count;
        if (pair.Places.Count == 0 || pair.Places[^1] != piece)
            pair.Places.Add(piece);
    }

    private void Shrink(int left, int right, long count) => _pairs[_numbers[Key(left, right)]].Count -= count;

    private static ulong Key(int left, int right) => (ulong)(uint)left << 32 | (uint)right;

    private int MoreFrequentFirst((long Count, int Pair) a, (long Count, int Pair) b)
    {
        if (a.Count != b.Count)
            return b.Count.CompareTo(a.Count);
        var (one, other) = (_pairs[a.Pair], _pairs[b.Pair]);
        return _ties((one.Left, one.Right), (other.Left, other.Right));
    }

    private sealed class Pair(int left, int right)
    {
        public readonly int Left = left, Right = right;
        public long Count;
        public List<int> Places = [];
    }
}
