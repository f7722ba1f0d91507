using Pellucid.Tensors;

namespace Pellucid.Generation;

/// <summary>
/// Pages of texts that were read, kept for texts that begin as they do: a tree whose every step is a page's tokens. Prefixes are found by a
/// hash of all tokens so far and compared token by token. Of pages that nobody uses so many bytes are kept, and those least recently used
/// go first; a page in use is never given away. The last page of a text is kept too, half full as it is, and copied when it is written on.
/// </summary>
internal sealed class PrefixCache(KeyValueStore store, long mostBytes)
{
    private const int Tile = KeyValueStore.TileLength;

    private readonly PrefixNode _root = new(null, [], 0, 0);
    private readonly Dictionary<ulong, PrefixNode> _nodes = [];
    private readonly LinkedList<PrefixNode> _oldestFirst = new(); // a page's tokens always come after those that follow them

    /// <summary>How many of the first tokens have their keys and values here.</summary>
    public int Find(ReadOnlySpan<int> tokens) => Match(tokens).Positions;

    /// <summary>Gives them to an empty sequence.</summary>
    /// <returns>How many they are.</returns>
    public int Take(int sequence, ReadOnlySpan<int> tokens)
    {
        var (nodes, positions) = Match(tokens);
        for (var tile = 0; tile * Tile < positions; tile++)
        for (var layer = 0; layer < store.Layers; layer++)
            if (nodes[tile].Pages[layer] is { } page)
                store.Give(layer, sequence, tile, page);
        if (positions > 0)
            Touch(nodes[(positions - 1) / Tile]);
        return positions;
    }

    /// <summary>Keeps the pages of a sequence's first positions, which it goes on to use.</summary>
    /// <param name="sequence">Whose they are.</param>
    /// <param name="tokens">What stands there; the last page may be half full, if the sequence writes no more.</param>
    public void Keep(int sequence, ReadOnlySpan<int> tokens)
    {
        if (mostBytes <= 0)
            return;
        var node = _root;
        for (var tile = 0; tile * Tile < tokens.Length; tile++)
        {
            var own = tokens[(tile * Tile)..Math.Min(tokens.Length, (tile + 1) * Tile)];
            if (own.Length < Tile && LongestOf(node, own).Count == own.Length)
                break; // another one begins so
            var next = Child(node, own) ?? Add(node, own);
            if (next is null)
                break;
            node = next;
            for (var layer = 0; layer < store.Layers; layer++)
                if (node.Pages[layer] is null && store.Page(layer, sequence, tile) is { IsKept: false } page)
                {
                    store.Pool.Keep(page);
                    node.Pages[layer] = page;
                }
        }
        Touch(node);
    }

    /// <summary>Gives back what nobody uses and there is no room for.</summary>
    public void Trim()
    {
        for (var item = _oldestFirst.First; item is not null && store.Pool.Idle * store.Pool.PageBytes > mostBytes;)
        {
            var node = item.Value;
            item = item.Next;
            for (var layer = 0; layer < store.Layers; layer++)
                if (node.Pages[layer] is { IsIdle: true } page)
                {
                    node.Pages[layer] = null;
                    store.Pool.Forget(page);
                }
            while (node is { Parent: { } parent, Children.Count: 0 } && Array.TrueForAll(node.Pages, page => page is null))
            {
                parent.Children.Remove(node);
                _nodes.Remove(node.Hash);
                item = item == node.Place ? item!.Next : item;
                _oldestFirst.Remove(node.Place);
                node = parent;
            }
        }
    }

    // The longest beginning that is here, and of which every layer has what it sees; a page of which only a part fits may be the last.
    private (List<PrefixNode> Nodes, int Positions) Match(ReadOnlySpan<int> tokens)
    {
        var (nodes, node) = (new List<PrefixNode>(), _root);
        while ((nodes.Count + 1) * Tile <= tokens.Length && Child(node, tokens.Slice(nodes.Count * Tile, Tile)) is { } child)
            nodes.Add(node = child);
        var (whole, last) = (nodes.Count, LongestOf(node, tokens[(nodes.Count * Tile)..]));
        if (last.Node is not null)
            nodes.Add(last.Node);
        if (last.Node is not null && Covers(nodes, whole * Tile + last.Count))
            return (nodes, whole * Tile + last.Count);
        while (whole > 0 && !Covers(nodes, whole * Tile))
            whole--;
        return (nodes, whole * Tile);
    }

    // Whether all that a row behind so many positions sees is here.
    private bool Covers(List<PrefixNode> nodes, int positions)
    {
        for (var layer = 0; layer < store.Layers; layer++)
            for (var tile = store.FirstKey(layer, positions) / Tile; tile * Tile < positions; tile++)
                if (nodes[tile].Pages[layer] is null)
                    return false;
        return true;
    }

    private PrefixNode? Child(PrefixNode parent, ReadOnlySpan<int> tokens) =>
        _nodes.TryGetValue(parent.HashWith(tokens), out var node) && node.Parent == parent && tokens.SequenceEqual(node.Tokens)
            ? node : null;

    // None where another prefix has the hash.
    private PrefixNode? Add(PrefixNode parent, ReadOnlySpan<int> tokens)
    {
        var node = new PrefixNode(parent, tokens.ToArray(), parent.HashWith(tokens), store.Layers);
        if (!_nodes.TryAdd(node.Hash, node))
            return null;
        parent.Children.Add(node);
        _oldestFirst.AddLast(node.Place);
        return node;
    }

    private static (PrefixNode? Node, int Count) LongestOf(PrefixNode parent, ReadOnlySpan<int> tokens)
    {
        var (best, longest) = (default(PrefixNode), 0);
        foreach (var child in parent.Children)
            if (tokens.CommonPrefixLength(child.Tokens) is var count && count > longest)
                (best, longest) = (child, count);
        return (best, longest);
    }

    private void Touch(PrefixNode node)
    {
        for (; node.Parent is not null; node = node.Parent)
        {
            _oldestFirst.Remove(node.Place);
            _oldestFirst.AddLast(node.Place);
        }
    }
}
