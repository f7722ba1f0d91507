namespace Pellucid.Words;

/// <summary>
/// Binary Huffman codes of words by count, for hierarchical softmax: frequent words have short paths. Built from
/// sorted counts with two queues in the order of word2vec.c, so that ties fall as they do there.
/// </summary>
internal sealed class HuffmanTree
{
    private readonly int[] _starts;
    private readonly int[] _nodes;
    private readonly byte[] _codes;

    /// <summary>A tree for counts in falling order from the second word on; the first, the sentence end, may be anywhere.</summary>
    public HuffmanTree(ReadOnlySpan<long> counts)
    {
        var V = counts.Length;
        var (count, parent, side) = (new long[2 * V - 1], new int[2 * V - 1], new byte[2 * V - 1]);
        counts.CopyTo(count);
        Array.Fill(count, long.MaxValue, V, V - 1);
        var (leaf, inner) = (V - 1, V);

        int Smallest() => leaf >= 0 && (inner >= count.Length || count[leaf] < count[inner]) ? leaf-- : inner++;

        for (var node = V; node < count.Length; node++)
        {
            var (first, second) = (Smallest(), Smallest());
            count[node] = count[first] + count[second];
            parent[first] = parent[second] = node;
            side[second] = 1;
        }

        _starts = new int[V + 1];
        for (var word = 0; word < V; word++)
            _starts[word + 1] = _starts[word] + Depth(parent, word);
        (_nodes, _codes) = (new int[_starts[V]], new byte[_starts[V]]);
        for (var word = 0; word < V; word++)
            for (int node = word, at = _starts[word + 1] - 1; at >= _starts[word]; node = parent[node], at--)
                (_codes[at], _nodes[at]) = (side[node], parent[node] - V);
        for (var word = 0; word < V; word++)
            LongestCode = Math.Max(LongestCode, _starts[word + 1] - _starts[word]);
    }

    /// <summary>Number of inner nodes: each has an output vector.</summary>
    public int Nodes => _starts.Length - 2;

    public int LongestCode { get; }

    /// <summary>Inner nodes from the root to a word.</summary>
    public ReadOnlySpan<int> Path(int word) => _nodes.AsSpan(_starts[word].._starts[word + 1]);

    /// <summary>At each of them, 1 where the path takes the second child.</summary>
    public ReadOnlySpan<byte> Code(int word) => _codes.AsSpan(_starts[word].._starts[word + 1]);

    private static int Depth(int[] parent, int node)
    {
        var depth = 0;
        for (; node < parent.Length - 1; node = parent[node])
            depth++;
        return depth;
    }
}
