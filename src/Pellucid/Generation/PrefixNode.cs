using Pellucid.Tensors;

namespace Pellucid.Generation;

/// <summary>The tokens of one page, after those of its parents, and where their keys and values lie.</summary>
internal sealed class PrefixNode
{
    private const ulong Multiplier = 0x9e3779b97f4a7c15;

    public PrefixNode(PrefixNode? parent, int[] tokens, ulong hash, int layers)
    {
        (Parent, Tokens, Hash, Pages) = (parent, tokens, hash, new KeyValuePage?[layers]);
        Place = new LinkedListNode<PrefixNode>(this);
    }

    /// <summary>The page before; null at the root, which has no tokens.</summary>
    public PrefixNode? Parent { get; }

    /// <summary>The tokens: as many as a page holds, or fewer at a text's end.</summary>
    public int[] Tokens { get; }

    /// <summary>Of all tokens up to here.</summary>
    public ulong Hash { get; }

    /// <summary>A page a layer; null where it is not here any more.</summary>
    public KeyValuePage?[] Pages { get; }

    /// <summary>Pages that follow.</summary>
    public List<PrefixNode> Children { get; } = [];

    /// <summary>Its place among all, by when they were last used.</summary>
    public LinkedListNode<PrefixNode> Place { get; }

    /// <summary>The hash of these tokens, and then others.</summary>
    public ulong HashWith(ReadOnlySpan<int> tokens)
    {
        var hash = Hash;
        foreach (var token in tokens)
        {
            hash = (hash ^ (uint)token + 1ul) * Multiplier;
            hash ^= hash >> 29;
        }
        return hash;
    }
}
