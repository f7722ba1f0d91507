namespace Pellucid.Tokens;

/// <summary>
/// Merges the bytes or characters of a piece into tokens: of all merges that apply the one of the lowest rank is done, the
/// leftmost of equals, until none applies.
/// </summary>
internal sealed class BpeMerger(Alphabet alphabet, MergeTable merges)
{
    // Up to here looking at every pair again after each merge is faster than a queue.
    private const int ShortPiece = 48;

    /// <summary>Tokens of a piece; room for one a byte is needed. Returns how many there are.</summary>
    public int Merge(ReadOnlySpan<byte> piece, Span<int> tokens)
    {
        var count = alphabet.Begin(piece, tokens);
        count = count <= ShortPiece ? MergeShort(tokens[..count]) : MergeLong(tokens[..count]);
        return alphabet.Finish(tokens, count);
    }

    private int MergeShort(Span<int> tokens)
    {
        Span<int> ranks = stackalloc int[ShortPiece];
        var count = tokens.Length;
        for (var i = 0; i + 1 < count; i++)
            ranks[i] = merges.Rank(tokens[i], tokens[i + 1], out _);
        while (count > 1)
        {
            var at = FirstOfSmallest(ranks[..(count - 1)]);
            if (ranks[at] == int.MaxValue)
                break;
            merges.Rank(tokens[at], tokens[at + 1], out tokens[at]);
            tokens[(at + 2)..count].CopyTo(tokens[(at + 1)..]);
            count--;
            ranks[(at + 1)..count].CopyTo(ranks[at..]);
            if (at > 0)
                ranks[at - 1] = merges.Rank(tokens[at - 1], tokens[at], out _);
            if (at + 1 < count)
                ranks[at] = merges.Rank(tokens[at], tokens[at + 1], out _);
        }
        return count;
    }

    private static int FirstOfSmallest(ReadOnlySpan<int> ranks)
    {
        var best = 0;
        for (var i = 1; i < ranks.Length; i++)
            if (ranks[i] < ranks[best])
                best = i;
        return best;
    }

    // A linked list of tokens, and a queue of the pairs that can be merged: n log n for pieces of any length.
    private int MergeLong(Span<int> given)
    {
        var tokens = given.ToArray();
        var (next, previous) = (new int[tokens.Length], new int[tokens.Length]);
        var queue = new PriorityQueue<(int At, int Left, int Right), long>();
        for (var i = 0; i < tokens.Length; i++)
            (next[i], previous[i]) = (i + 1 < tokens.Length ? i + 1 : -1, i - 1);

        void Offer(int at)
        {
            if (at >= 0 && next[at] >= 0 && merges.Rank(tokens[at], tokens[next[at]], out _) is not int.MaxValue and var rank)
                queue.Enqueue((at, tokens[at], tokens[next[at]]), (long)rank << 32 | (uint)at);
        }

        for (var i = 0; i < tokens.Length; i++)
            Offer(i);
        while (queue.TryDequeue(out var pair, out _))
        {
            var right = next[pair.At];
            if (right < 0 || tokens[pair.At] != pair.Left || tokens[right] != pair.Right)
                continue; // one of the two has been merged with another meanwhile
            merges.Rank(pair.Left, pair.Right, out tokens[pair.At]);
            tokens[right] = -1;
            next[pair.At] = next[right];
            if (next[right] >= 0)
                previous[next[right]] = pair.At;
            next[right] = -1;
            Offer(previous[pair.At]);
            Offer(pair.At);
        }
        var count = 0;
        foreach (var token in tokens)
            if (token >= 0)
                given[count++] = token;
        return count;
    }
}
